"""The stored form of a secret: schemes are told apart, and plain text is known in whatever letters it is written."""

import base64

import pytest
from argon2 import PasswordHasher
from readiness.stored import HEAD, forms, scheme

TOTP = "JBSWY3DPEHPK3PXP"


@pytest.mark.parametrize(
    ("stored", "said"),
    [
        pytest.param(PasswordHasher(time_cost=1, memory_cost=64).hash("a password"), "argon2id", id="of the library"),
        ("argon2$argon2id$v=19$m=102400,t=2,p=8$c2FsdA$aGFzaA", "argon2id"),
        ("$argon2i$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA", "argon2i"),
        ("scrypt:32768:8:1$salt$0123", "scrypt"),
        ("$2b$12$abcdefghijklmnopqrstuv", "bcrypt"),
        ("bcrypt_sha256$$2b$13$abcdefghijklmnopqrstuv", "bcrypt"),
        ("$2y$10$abcdefghijklmnopqrstuv", "bcrypt of cost 10"),
        ("pbkdf2_sha256$600000$salt$hash", "PBKDF2"),
        ("$6$salt$hash", "crypt"),
        ("5f4dcc3b5aa765d61d8327deb882cf99", "none that is known"),
        ("", "none that is known"),
    ],
)
def test_a_password_is_hashed_by_what_its_form_says(stored, said):
    assert scheme(stored[:HEAD]) == said


@pytest.mark.parametrize(
    "stored",
    [
        TOTP,
        f"otpauth://totp/x?secret={TOTP}",
        base64.b32decode(TOTP).hex(),
        base64.b64encode(TOTP.encode()).decode(),
        TOTP.encode().hex(),
    ],
)
def test_a_secret_in_clear_is_known(stored):
    assert any(form in stored.lower() for form in forms(TOTP))


@pytest.mark.parametrize("stored", ["gAAAAABl0ciphertext", ""])
def test_what_is_encrypted_or_empty_shows_nothing(stored):
    assert not any(form in stored.lower() for form in forms(TOTP))
