"""Passwords: how they are kept, and which are too well known to be taken."""

import asyncio
import hashlib
import re
import secrets
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# Lower case; digits and signs before and after do not make them better.
_WORDS = (
    "password passwort passphrase letmein welcome qwerty qwertyuiop qwertzuiop asdfgh asdfghjkl zxcvbnm iloveyou "
    "administrator admin monkey dragon sunshine princess football baseball superman batman master shadow michael "
    "trustno changeme secret computer internet samsung starwars whatever hello abc abcdef abcdefgh qazwsx "
    "passwordpassword letmeinletmein qwertyqwerty iloveyouiloveyou"
)
_COMMON = frozenset(_WORDS.split())
_PREFIX = 10  # hexadecimal digits of SHA-1 in `breached.txt`: enough that no good password is met by chance


class Passwords:
    """Hashes passwords with argon2id and checks them.

    Takes whether hashing may be cheap, which is for tests; else it costs 19 MiB and two passes on one lane, the
    least that the OWASP Password Storage Cheat Sheet accepts.
    """

    def __init__(self, cheap: bool = False) -> None:
        cost = {"time_cost": 1, "memory_cost": 64} if cheap else {"time_cost": 2, "memory_cost": 19_456}
        self._hasher = PasswordHasher(**cost, parallelism=1)
        self._nobodys = self._hasher.hash(secrets.token_hex(16))

    async def hash(self, password: str) -> str:
        """Return a salted hash to keep."""
        return await asyncio.to_thread(self._hasher.hash, password)

    async def matches(self, stored: str | None, password: str) -> bool:
        """Say whether a password is the one that was kept; as slow where none was, so that the time does not tell."""
        right = await asyncio.to_thread(self._verify, stored or self._nobodys, password)
        return right and stored is not None

    def _verify(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False


def weakness(password: str, email: str) -> str | None:
    """Say why a password of sufficient length is refused all the same, None if it is not (OWASP ASVS 5.0 V6.2)."""
    plain = password.casefold()
    if plain in (email.casefold(), email.casefold().partition("@")[0]):
        return "It is your e-mail address."
    core = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", plain)
    if core in _COMMON or len(set(plain)) < 4 or not core:
        return "It is one of the most common passwords."
    if hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest()[:_PREFIX] in _breached():
        return "It was found in a breach of another service."
    return None


@cache
def _breached() -> frozenset[str]:
    return frozenset((Path(__file__).parent / "breached.txt").read_text("ascii").split())
