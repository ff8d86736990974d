"""Forgeries: tokens that a platform never issued, made from one that it did (RFC 8725; OWASP ASVS 5.0, V9)."""

import json
import secrets
from collections.abc import Iterator
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from readiness.answers.token import HASHES, Token, encoded, octets, sign

NONE = ("none", "None", "NONE", "nOnE")
"""Spellings of the algorithm that signs nothing."""

DAY_S = 86_400
_NOWHERE = "../../../../../../../dev/null"


def forgeries(text: str, token: Token | None, keys: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Forged tokens, each with what is wrong about it.

    Args:
        text: A token that the platform issued.
        token: What could be read of it; None where it is opaque.
        keys: The platform's public keys (RFC 7517).
    """
    if token is None:
        return list(_of_opaque(text))
    return [*_unsigned(token), *_altered(token), *_confused(token, keys), *_signed_by_us(token)]


def _of_opaque(text: str) -> Iterator[tuple[str, str]]:
    middle = len(text) // 2
    yield "with a token of which one character is changed", text[:middle] + _other(text[middle]) + text[middle + 1 :]
    yield "with the first half of a token", text[:middle]
    yield "with a token and one character more", text + "A"
    yield "with a token written backwards", text[::-1]
    yield "with a made-up token", secrets.token_hex(len(text))[: len(text)]


def _unsigned(token: Token) -> Iterator[tuple[str, str]]:
    _, claims, signature = token.text.split(".")
    for name in NONE:
        yield f"with a token whose algorithm is {name}", f"{encoded({**token.header, 'alg': name})}.{claims}."
    header = encoded({**token.header, "alg": "none"})
    yield "with a token whose algorithm is none beside a signature", f"{header}.{claims}.{signature}"


def _altered(token: Token) -> Iterator[tuple[str, str]]:
    header, claims, signature = token.text.split(".")
    middle = len(signature) // 2
    yield "with a token without its signature", f"{header}.{claims}."
    yield "with a token whose signature is cut", f"{header}.{claims}.{signature[:middle]}"
    changed = signature[:middle] + _other(signature[middle]) + signature[middle + 1 :] if signature else "AAAA"
    yield "with a token whose signature is changed", f"{header}.{claims}.{changed}"
    yield "with a token whose signature is zero", f"{header}.{claims}.{encoded(bytes(len(octets(signature))))}"
    later = {**token.claims, "exp": _number(token.claims.get("exp")) + DAY_S}
    yield "with a token whose expiry is changed", f"{header}.{encoded(later)}.{signature}"


def _confused(token: Token, keys: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """Signed by HMAC with what is public, for a platform that takes the algorithm from the token."""
    claims = token.text.split(".")[1]
    header = encoded({**token.header, "alg": "HS256"})
    for public in keys if token.algorithm not in HASHES else []:
        for form, secret in _forms(public):
            yield f"with a token signed by HS256 with the public key as {form}", sign(header, claims, secret)
    header = encoded({**token.header, "alg": "HS256", "kid": _NOWHERE})
    yield "with a token whose kid leads to an empty file", sign(header, claims, b"")


def _forms(public: dict[str, Any]) -> Iterator[tuple[str, bytes]]:
    yield "JWK", json.dumps(public, separators=(",", ":")).encode()
    try:
        loaded: Any = jwt.PyJWK.from_dict(public).key
        pem = loaded.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    except (jwt.PyJWTError, ValueError, AttributeError):  # a key of a kind that is not known here
        return
    yield "PEM", pem
    yield "PEM without its last line break", pem.rstrip()


def _signed_by_us(token: Token) -> Iterator[tuple[str, str]]:
    algorithm, private = _own_key(token.algorithm)
    public = jwt.get_algorithm_by_name(algorithm).to_jwk(private.public_key(), as_dict=True)
    kid = {"kid": token.header["kid"]} if "kid" in token.header else {}
    for note, extra in (
        ("with a token signed by a key of our own", kid),
        ("with a token that brings its own key along", {"jwk": public}),
    ):
        headers = {**{name: value for name, value in token.header.items() if name == "typ"}, **extra}
        yield note, jwt.api_jws.encode(octets(token.text.split(".")[1]), private, algorithm, headers=headers)


def _own_key(algorithm: str) -> tuple[str, Any]:
    if algorithm[:2] in ("RS", "PS"):
        return algorithm, rsa.generate_private_key(65537, 2048)
    if algorithm == "EdDSA":
        return algorithm, ed25519.Ed25519PrivateKey.generate()
    curves: dict[str, ec.EllipticCurve] = {"ES384": ec.SECP384R1(), "ES512": ec.SECP521R1(), "ES256K": ec.SECP256K1()}
    known = algorithm if algorithm in curves else "ES256"
    return known, ec.generate_private_key(curves.get(known, ec.SECP256R1()))


def _other(character: str) -> str:
    return "A" if character != "A" else "B"


def _number(value: Any) -> float:
    return value if isinstance(value, int | float) else 0
