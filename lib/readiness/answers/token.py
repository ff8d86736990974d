"""Tokens: what an access token tells without asking anybody (RFC 7515, RFC 7519)."""

import base64
import binascii
import hashlib
import hmac
import json
import math
import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

CLAIMS = ("iss", "aud", "sub", "exp")
"""Claims without which a token is good for too much: every issuer, audience, person or time (RFC 8725, 3.8 and 3.9)."""

ENTROPY_BITS = 128
"""What an opaque token has to hold at least (OWASP ASVS 5.0, 7.2.3)."""

RSA_BITS = 2048
"""The shortest RSA key that signatures may be made with (RFC 7518, 3.3)."""

HASHES = {"HS256": "sha256", "HS384": "sha384", "HS512": "sha512"}

_ASYMMETRIC = {"RS": "RSA", "PS": "RSA", "ES": "EC", "Ed": "OKP"}
_ALPHABETS = (string.digits, string.hexdigits, string.ascii_letters, string.ascii_letters + string.digits + "-_+/=")

_WORDS = (
    "secret password passw0rd changeme change-me jwt token key admin test demo dev development production staging "
    "qwerty letmein welcome default example sample private signing session auth access supersecret super-secret "
    "topsecret verysecret notsosecret mysecret my-secret secretkey secret-key secret_key jwtsecret jwt-secret "
    "jwt_secret tokensecret token-secret appsecret app-secret apisecret api-key apikey privatekey signingkey "
    "signature hmac hs256 your-256-bit-secret your-384-bit-secret your-512-bit-secret your-secret your-secret-key "
    "your_jwt_secret your_secret_key insert-secret-here replace-me replaceme todo fixme none null undefined true "
    "false nosecret shhhhh keyboard-cat keyboardcat iloveyou dragon monkey football sunshine princess master hello "
    "helloworld foobar foo bar baz root toor guest user system server backend identity platform company "
    "django-insecure flask laravel spring express node python golang a abc abcd x 0 1 12 123 1234 12345 123456 "
    "12345678 123456789 1234567890"
)


def _common() -> Iterator[bytes]:
    yield b""
    for word in _WORDS.split():
        for text in (word, word.upper(), word.capitalize(), f"{word}!", f"{word}1", f"{word}123", f"{word}{word}"):
            yield text.encode()


COMMON_SECRETS = tuple(dict.fromkeys(_common()))
"""Secrets that people leave in place, or think of first."""


@dataclass(frozen=True)
class Token:
    """A signed JSON Web Token in its compact form.

    Attributes:
        text: As it was given.
        header, claims: Its first two parts.
    """

    text: str
    header: Mapping[str, Any]
    claims: Mapping[str, Any]

    @property
    def algorithm(self) -> str:
        """What it says that it is signed with."""
        return str(self.header.get("alg", ""))

    @property
    def missing(self) -> tuple[str, ...]:
        """Those of `CLAIMS` that it lacks."""
        return tuple(name for name in CLAIMS if self.claims.get(name) in (None, "", []))

    @property
    def life_s(self) -> float | None:
        """Seconds from being issued to expiring; None where it does not say one of both."""
        ends, begins = (_time(self.claims.get(name)) for name in ("exp", "iat"))
        return None if ends is None or begins is None else ends - begins

    @property
    def audiences(self) -> frozenset[str]:
        """Whom it is for."""
        named = self.claims.get("aud")
        return frozenset(map(str, named if isinstance(named, list) else [named] if named else []))

    def common_secret(self) -> bool:
        """Whether its signature is made with one of `COMMON_SECRETS`."""
        header, claims, _ = self.text.split(".")
        return any(sign(header, claims, secret, self.algorithm) == self.text for secret in COMMON_SECRETS)


def read(text: str) -> Token | None:
    """The token, or None where the text is none that can be read: an opaque one, or an encrypted one."""
    parts = text.split(".")
    if len(parts) != 3:
        return None
    header, claims = (_object(part) for part in parts[:2])
    return Token(text, header, claims) if header is not None and claims is not None and "alg" in header else None


def key(token: Token | None, text: str, keys: list[dict[str, Any]]) -> str:
    """What keeps others from making tokens like this one.

    Args:
        token: The token as it was read; None for an opaque one.
        text: The token.
        keys: The platform's public keys (RFC 7517).

    Returns:
        `asymmetric`, `short key`, `secret`, `common secret`, `none`, `opaque`, `short opaque`, or `unknown algorithm`.
    """
    if token is None:
        return "opaque" if entropy_bits(text) >= ENTROPY_BITS else "short opaque"
    if token.algorithm in HASHES:
        return "common secret" if token.common_secret() else "secret"
    if token.algorithm.lower() == "none":
        return "none"
    kind = _ASYMMETRIC.get(token.algorithm[:2])
    if kind is None:
        return "unknown algorithm"
    named = [one for one in keys if one.get("kty") == kind and one.get("kid") == token.header.get("kid")]
    lengths = [8 * len(octets(str(one.get("n", "")))) for one in named]
    return "short key" if kind == "RSA" and any(0 < length < RSA_BITS for length in lengths) else "asymmetric"


def entropy_bits(text: str) -> float:
    """The most that a text can hold: its length times the bits of the smallest usual alphabet it is written in."""
    bare = text.replace("-", "") if len(text) == 36 else text  # the dashes of a UUID stand where they always do
    for alphabet in _ALPHABETS:
        if set(bare) <= set(alphabet):
            size = 16 if alphabet is string.hexdigits else len(alphabet)
            return len(bare) * math.log2(size)
    return len(bare) * math.log2(90)


def sign(header: str, claims: str, secret: bytes, algorithm: str = "HS256") -> str:
    """The two encoded parts with their HMAC (RFC 7518, 3.2)."""
    digest = hmac.new(secret, f"{header}.{claims}".encode(), getattr(hashlib, HASHES[algorithm])).digest()
    return f"{header}.{claims}.{encoded(digest)}"


def encoded(value: bytes | Mapping[str, Any]) -> str:
    """Base64url without padding, of bytes or of an object's compact JSON."""
    data = value if isinstance(value, bytes) else json.dumps(value, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def octets(text: str) -> bytes:
    """The bytes that base64url text stands for; empty where it is none."""
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (ValueError, binascii.Error):
        return b""


def _object(part: str) -> dict[str, Any] | None:
    try:
        found = json.loads(octets(part))
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _time(value: Any) -> float | None:
    good = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return float(value) if good else None
