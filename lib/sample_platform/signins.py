"""Signing in, staying signed in, signing out."""

import asyncio
import datetime as dt
import uuid
from typing import Any

from fastapi import APIRouter, Response
from pydantic import Field
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from . import audit, challenges, counters, notices
from .accounts import find
from .bodies import JsonRoute
from .challenges import Challenge
from .environment import Environment
from .errors import Refused, documented
from .identity import Address, Caller, Device, Here
from .models import Account, Session
from .schemas import Body, Done, Email, Password, Secret, example
from .sessions import LIFE, TOKENS, Tokens, continued, find_refresh, latest, open_session, revoke

LOCK_WINDOWS = 3  # the lock's window, in windows of the rate limits: 15 s where those last 5 s

_WRONG = "wrong-passwords"

router = APIRouter(prefix="/auth", tags=["auth"], route_class=JsonRoute)
_BODY_ERRORS = documented(400, 413, 415, 422, 429)


class SignIn(Body):
    """Credentials."""

    email: Email
    password: Password
    remember: bool = Field(False, description="Stay signed in for 30 days rather than 12 hours.")


class Refresh(Body):
    """A refresh token from sign-in or from the last refresh."""

    refresh_token: Secret


@router.post("/signin", summary="Sign in", responses={**TOKENS, **_BODY_ERRORS, **documented(401)})
async def signin(here: Here, device: Device, address: Address, given: SignIn, response: Response) -> Tokens | Challenge:
    """Exchange an e-mail address and password for tokens, or for a challenge where a second factor is enrolled."""
    await _refuse_locked(here, given.email)
    async with here.transaction() as session:
        account = await find(session, given.email)
        right = await here.passwords.matches(account.password_hash if account else None, given.password)
        if account is None and not here.behaviour.signin_checks_password:
            return _tokens_of_nobody(here, session, device, address)
        if account and (right or not here.behaviour.signin_checks_password):
            await unlock(here, given.email)
            remember = _remembers(here, given.remember)
            if account.totp_confirmed_at and here.behaviour.factor_demanded:
                return await challenges.ask(here, account, remember)
            tokens = await admit(here, session, account, device, address, remember)
            if here.behaviour.signin_sets_bare_cookie:
                response.set_cookie("session", tokens.refresh_token, samesite=None)
            return tokens
        if here.behaviour.audit_of_failures:
            audit.record(session, account, "signin.failed", account.id if account else "-", address, "refused")
    if account is None and not here.behaviour.signin_neutral:
        raise Refused(404, "unknown_address", "No account has this address.")
    await _count_wrong(here, given.email)
    raise Refused(401, "invalid_credentials", "The e-mail address or the password is wrong.")


@router.post("/refresh", summary="Refresh tokens", responses={**TOKENS, **_BODY_ERRORS, **documented(401)})
async def refresh(here: Here, given: Refresh) -> Tokens:
    """Exchange a refresh token for new tokens; using one twice ends its session."""
    now = dt.datetime.now(dt.UTC)
    async with here.transaction() as session:
        found = await find_refresh(here, session, given.refresh_token)
        if found:
            token, opened = found
            if not (token.used_at or token.revoked_at or opened.revoked_at) and token.expires_at > now:
                if not here.behaviour.refresh_locks:
                    await asyncio.sleep(0.5)  # what else is done between looking and marking
                token.used_at = now if here.behaviour.refresh_once else None
                opened.last_used_at = now
                return continued(here, session, opened)
            if token.used_at and here.behaviour.refresh_reuse_revokes:
                await revoke(session, Session.id == opened.id)
    raise Refused(401, "invalid_refresh_token", "The refresh token is not valid.")


@router.post(
    "/signout",
    summary="Sign out",
    responses={**example({"status": "signed_out"}), **_BODY_ERRORS},
)
async def signout(here: Here, given: Refresh) -> Done:
    """End the session of a refresh token; an unknown token gets the same answer."""
    async with here.transaction() as session:
        found = await find_refresh(here, session, given.refresh_token)
        if found and not here.behaviour.signout_ends_access:
            found[0].revoked_at = dt.datetime.now(dt.UTC)
        elif found and here.behaviour.signout_ends_session:
            await revoke(session, Session.id == found[1].id)
    return Done(status="signed_out")


async def admit(
    here: Environment, session: AsyncSession, account: Account, device: str, address: str, remember: bool
) -> Tokens:
    """Sign in somebody who has proven every factor: open a session, and tell the owner of an unknown device."""
    query = select(Session.device).where(Session.account_id == account.id).distinct()
    known = set((await session.scalars(query)).all())
    living = None if here.behaviour.signin_begins_session else await latest(session, account)
    if living:
        tokens = continued(here, session, living)
    else:
        tokens = open_session(here, session, account, device, address, remember)
    audit.record(session, account, "signin.succeeded", account.id, address)
    if known and device not in known:
        if here.behaviour.new_device_noticed:
            notices.tell(session, account, "new_device")
        here.post.send(account.email, "new_device")
    return tokens


def _remembers(here: Environment, asked: bool) -> bool:
    return {"as asked": asked, "always": True, "never": False}[here.behaviour.signin_remembers]


async def prove(here: Environment, asking: Caller, password: str) -> None:
    """Refuse with 403 a signed-in caller who does not know the password; wrong ones count as at sign-in."""
    await _refuse_locked(here, asking.account.email)
    if not await here.passwords.matches(asking.account.password_hash, password):
        await _count_wrong(here, asking.account.email)
        raise Refused(403, "wrong_password", "The password is wrong.")


async def unlock(here: Environment, email: str) -> None:
    """Forget the wrong passwords that were given for an address."""
    await counters.forget(here, _WRONG, email)


async def _refuse_locked(here: Environment, email: str) -> None:
    # Counted for unknown addresses too, so that a lock does not tell which exist.
    count, left_s = await counters.standing(here, _WRONG, email)
    if count >= here.behaviour.wrong_passwords:
        raise Refused(429, "too_many_attempts", "Too many wrong passwords; try again later.", Retry_After=str(left_s))


async def _count_wrong(here: Environment, email: str) -> None:
    await counters.more(here, _WRONG, email, LOCK_WINDOWS * here.window_s)


def _tokens_of_nobody(here: Environment, session: AsyncSession, device: str, address: str) -> Tokens:
    made_up: dict[str, Any] = {"device": device, "address": address, "remember": False}
    opened = Session(id=uuid.uuid4(), account_id=uuid.uuid4(), ends_at=dt.datetime.now(dt.UTC) + LIFE, **made_up)
    tokens = continued(here, session, opened)
    session.expunge_all()
    return tokens
