"""Forgeries: none is the token it was made from, and a careful platform takes none."""

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from readiness.answers.forgery import forgeries
from readiness.answers.token import read

CLAIMS = {"iss": "us", "aud": "api", "sub": "1", "iat": 100, "exp": 9_999_999_999}
KEYS = {
    "ES256": ec.generate_private_key(ec.SECP256R1()),
    "ES384": ec.generate_private_key(ec.SECP384R1()),
    "RS256": rsa.generate_private_key(65537, 2048),
    "HS256": "an-unguessable-secret-of-more-than-thirty-two-bytes",
}


def made(algorithm):
    private = KEYS[algorithm]
    text = jwt.encode(CLAIMS, private, algorithm, headers={"kid": "1"})
    verifying = private if algorithm == "HS256" else private.public_key()
    public = [] if algorithm == "HS256" else [jwt.get_algorithm_by_name(algorithm).to_jwk(verifying, as_dict=True)]
    return text, verifying, forgeries(text, read(text), public)


@pytest.mark.parametrize("algorithm", KEYS)
def test_a_platform_that_verifies_takes_no_forgery(algorithm):
    text, verifying, forged = made(algorithm)
    assert len(forged) >= 13
    assert len({one for _, one in forged}) == len(forged)
    for _, one in forged:
        assert one != text
        with pytest.raises(jwt.PyJWTError):
            jwt.decode(one, verifying, [algorithm], audience="api")


def test_a_token_is_confused_in_every_form_of_the_public_key():
    _, _, forged = made("RS256")
    assert [note for note, _ in forged if "HS256" in note] == [
        "with a token signed by HS256 with the public key as JWK",
        "with a token signed by HS256 with the public key as PEM",
        "with a token signed by HS256 with the public key as PEM without its last line break",
    ]


def test_a_key_that_is_none_is_passed_over():
    text, _, _ = made("ES256")
    assert forgeries(text, read(text), [{"kty": "strange"}])


def test_an_opaque_token_is_changed_in_ways_that_make_another():
    forged = [one for _, one in forgeries("pT3l0gT3l2rW0b1kq0H4l0z8sU9cX7aV", None, [])]
    assert len(set(forged)) == 5
    assert "pT3l0gT3l2rW0b1kq0H4l0z8sU9cX7aV" not in forged
