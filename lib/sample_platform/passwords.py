"""Passwords: how they are kept, and which are too well known to be taken."""

import asyncio
import hashlib
import re
import secrets
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from .behaviour import Behaviour

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

    Takes how the platform behaves, and whether hashing may be cheap, which is for tests; else it costs 19 MiB and two
    passes on one lane, the least that the OWASP Password Storage Cheat Sheet accepts.
    """

    def __init__(self, behaviour: Behaviour, cheap: bool = False) -> None:
        self._behaviour = behaviour
        cheap = cheap and not behaviour.passwords_hashed_dearly
        cost = {"time_cost": 1, "memory_cost": 64} if cheap else {"time_cost": 2, "memory_cost": 19_456}
        self._hasher = PasswordHasher(**cost, parallelism=1)
        self._nobodys = self._hasher.hash(secrets.token_hex(16))

    async def hash(self, password: str) -> str:
        """Return a salted hash to keep."""
        return await asyncio.to_thread(self._hasher.hash, self._used(password))

    async def matches(self, stored: str | None, password: str) -> bool:
        """Say whether a password is the one that was kept; as slow where none was, so that the time does not tell."""
        if stored is None and not self._behaviour.signin_hashes_for_nobody:
            return False
        right = await asyncio.to_thread(self._verify, stored or self._nobodys, self._used(password))
        return right and stored is not None

    def _used(self, password: str) -> bytes:
        return password.encode()[: self._behaviour.password_bytes]

    def _verify(self, stored: str, password: bytes) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False


def weakness(behaviour: Behaviour, password: str, email: str) -> str | None:
    """Say why a password is refused, None if it is not (OWASP ASVS 5.0 V6.2)."""
    if not behaviour.password_least <= len(password) <= behaviour.password_most:
        return f"It needs {behaviour.password_least} to {behaviour.password_most} characters."
    if behaviour.passwords_need_digit and not any(letter.isdigit() for letter in password):
        return "It needs a digit."
    plain = password.casefold()
    if plain in (email.casefold(), email.casefold().partition("@")[0]) and behaviour.passwords_address_refused:
        return "It is your e-mail address."
    core = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", plain)
    if (core in _COMMON or len(set(plain)) < 4 or not core) and behaviour.passwords_common_refused:
        return "It is one of the most common passwords."
    known = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest()[:_PREFIX] in _breached()
    if known and behaviour.passwords_breached_refused:
        return "It was found in a breach of another service."
    return None


@cache
def _breached() -> frozenset[str]:
    return frozenset((Path(__file__).parent / "breached.txt").read_text("ascii").split())
