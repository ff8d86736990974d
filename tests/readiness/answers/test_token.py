"""Tokens read without asking anybody."""

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given
from hypothesis import strategies as st
from readiness.answers.token import COMMON_SECRETS, ENTROPY_BITS, entropy_bits, key, read

CLAIMS = {"iss": "us", "aud": "api", "sub": "1", "iat": 100, "exp": 1000}
STRONG = "an-unguessable-secret-of-more-than-thirty-two-bytes"


def token(claims=CLAIMS, secret=STRONG, algorithm="HS256", **headers):
    return jwt.encode(claims, secret, algorithm, headers=headers)


def test_a_token_says_what_is_in_it():
    found = read(token())
    assert (found.algorithm, found.life_s, found.missing) == ("HS256", 900, ())
    assert found.audiences == {"api"}


def test_what_a_token_lacks():
    found = read(token({"iss": "us", "aud": [], "exp": 1000}))
    assert found.missing == ("aud", "sub")
    assert found.life_s is None


@given(st.one_of(st.text(), st.lists(st.text(alphabet="eyJ0=-_."), min_size=3, max_size=3).map(".".join)))
def test_any_text_is_read_or_is_none(text):
    assert read(text) is None or read(text).text == text


@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
def test_a_common_secret_is_found(algorithm):
    assert key(read(text := token(secret="Changeme123", algorithm=algorithm)), text, []) == "secret"
    assert key(read(text := token(secret="changeme123", algorithm=algorithm)), text, []) == "common secret"


def test_what_keeps_others_from_making_tokens():
    small = rsa.generate_private_key(65537, 1024)
    public = {**jwt.algorithms.RSAAlgorithm.to_jwk(small.public_key(), as_dict=True), "kid": "1"}
    curve = token(secret=ec.generate_private_key(ec.SECP256R1()), algorithm="ES256")
    # such a key is refused by whoever signs properly, so the token is only said to be signed with it
    weak = read(token(algorithm="HS256", kid="1"))
    weak.header["alg"] = "RS256"
    assert key(read(curve), curve, []) == "asymmetric"
    assert key(weak, weak.text, [public]) == "short key"
    assert key(read(text := jwt.encode(CLAIMS, None, "none")), text, []) == "none"
    assert key(read(text := token()), text, []) == "secret"


@pytest.mark.parametrize(
    ("text", "enough"),
    [
        ("0b7e3c1f9a4d48d2b6e5c0a1f2d3e4b5", True),
        ("0b7e3c1f9a4d48d2", False),
        ("pT3l0gT3l2rW0b1kq0H4l0z8sU9cX7aV", True),
        ("4f6d1c52-0c1b-4d7e-9b6a-2f0f7a1f9a11", True),
        ("123456789012345678901234567890", False),
    ],
)
def test_an_opaque_token_has_to_be_long_enough(text, enough):
    assert (entropy_bits(text) >= ENTROPY_BITS) is enough
    assert key(None, text, []) == ("opaque" if enough else "short opaque")


def test_the_common_secrets_are_some_hundreds_each_once():
    assert 200 < len(COMMON_SECRETS) == len(set(COMMON_SECRETS))
