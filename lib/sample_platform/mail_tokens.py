"""Tokens sent by mail: made for one account and one purpose, and good once."""

import datetime as dt
import hashlib
import secrets
from typing import Literal

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from .behaviour import Behaviour
from .models import Account, MailToken

Purpose = Literal["verify", "reset", "email"]


def life_s(behaviour: Behaviour, purpose: Purpose) -> int:
    """Return how long a token lives, in seconds."""
    return behaviour.reset_life_s if purpose == "reset" else behaviour.verification_life_s


def issue(behaviour: Behaviour, session: AsyncSession, account: Account, purpose: Purpose, email: str = "") -> str:
    """Return a new token; only its hash is kept. `email` is what it verifies, by default the account's own."""
    token = secrets.token_urlsafe(32)
    ends = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=life_s(behaviour, purpose))
    kept = {"purpose": purpose, "email": email or account.email, "token_hash": _hash(token), "expires_at": ends}
    session.add(MailToken(account_id=account.id, **kept))
    return token


async def redeem(
    behaviour: Behaviour, session: AsyncSession, token: str, purpose: Purpose
) -> tuple[MailToken, Account] | None:
    """Use a token up and return it with its account; None unless it is for this, unused and in force.

    Others of the account for the same purpose are used up with it.
    """
    query = (
        select(MailToken, Account)
        .join(Account, Account.id == MailToken.account_id)
        .where(MailToken.token_hash == _hash(token), MailToken.purpose == purpose)
        .where(MailToken.used_at.is_(None), MailToken.expires_at > func.now())
        .with_for_update(of=MailToken)  # of two uses at the same time one is second
    )
    found = (await session.execute(query)).one_or_none()
    if found is None:
        return None
    if not (behaviour.reset_once if purpose == "reset" else behaviour.verification_once):
        return found[0], found[1]
    same = update(MailToken).where(MailToken.account_id == found[1].id, MailToken.purpose == purpose)
    await session.execute(same.values(used_at=func.now()))
    return found[0], found[1]


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
