"""Challenges: the way from a right password to the second factor, kept in the cache for five minutes."""

import hashlib
import json
import secrets
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from pydantic import BaseModel, Field
from redis.exceptions import RedisError

from .environment import Environment
from .errors import Refused
from .models import Account

LIFE_S = 300


class Challenge(BaseModel):
    """What a right password gets where a second factor is enrolled: no tokens, but the right to give a code."""

    challenge: str
    methods: list[str] = Field(description="How it can be answered.")
    expires_in: int = Field(LIFE_S, description="Life of the challenge in seconds.")


@dataclass(frozen=True)
class Pending:
    """A sign-in that waits for its second factor.

    Attributes:
        account_id: whose.
        remember: what was asked for with the password.
    """

    account_id: uuid.UUID
    remember: bool


async def ask(here: Environment, account: Account, remember: bool) -> Challenge:
    """Return a new challenge for an account that has proven its password."""
    token = secrets.token_urlsafe(32)
    with _needing_the_cache():
        await here.cache.set(_key(token), json.dumps([str(account.id), remember]), ex=LIFE_S)
    return Challenge(challenge=token, methods=["totp", "recovery_code"])


async def find(here: Environment, token: str) -> Pending:
    """Return what a challenge stands for; refuses with 401 one that is unknown, answered or too old."""
    with _needing_the_cache():
        kept = await here.cache.get(_key(token))
    if kept is None:
        raise Refused(401, "invalid_challenge", "The challenge is not valid; sign in again.")
    account_id, remember = json.loads(kept)
    return Pending(uuid.UUID(account_id), remember)


async def answered(here: Environment, token: str) -> None:
    """Forget a challenge."""
    with _needing_the_cache():
        await here.cache.delete(_key(token))


@contextmanager
def _needing_the_cache() -> Iterator[None]:
    try:
        yield
    except (RedisError, OSError):
        raise Refused(503, Retry_After="5") from None


def _key(token: str) -> str:
    return f"challenge:{hashlib.sha256(token.encode()).hexdigest()}"
