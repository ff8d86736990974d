"""Accounts: signed up, verified by mail, erased."""

import asyncio

from fastapi import APIRouter, Request
from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from . import audit, counters, mail_tokens
from .bodies import JsonRoute
from .environment import Environment
from .errors import Refused, documented
from .identity import Address, Here, address_of, bearer, caller
from .models import Account, ApiKey, RefreshToken, Session, Tenant
from .passwords import weakness
from .schemas import Accepted, Body, Done, Email, Name, NewPassword, Secret, example

router = APIRouter(prefix="/auth", tags=["auth"], route_class=JsonRoute)
_BODY_ERRORS = documented(400, 413, 415, 422, 429)
_ACCEPTED = example({"status": "accepted", "expires_in": 86_400}, 202)


class SignUp(Body):
    """A new account."""

    email: Email
    password: NewPassword
    name: Name = ""


class Token(Body):
    """What was sent by mail."""

    token: Secret


class To(Body):
    """Whom to send a mail to."""

    email: Email


@router.post("/signup", status_code=202, summary="Sign up", responses={**_ACCEPTED, **_BODY_ERRORS})
async def signup(here: Here, address: Address, wanted: SignUp) -> Accepted:
    """Create an account and mail a link that verifies it; the answer does not tell whether there was one."""
    refuse_weak(here, wanted.password, wanted.email)
    password_hash = await here.passwords.hash(wanted.password)
    async with here.transaction() as session:
        attempt = await session.begin_nested()
        tenant = Tenant()
        session.add(tenant)
        await session.flush()
        row = insert(Account).values(
            tenant_id=tenant.id, email=wanted.email, password_hash=password_hash, name=wanted.name
        )
        known = not here.behaviour.emails_unique and await _looks_known(session, wanted.email)
        made = None if known else await session.scalars(row.on_conflict_do_nothing().returning(Account))
        account = made.one_or_none() if made else None
        # A known address takes the same steps, so that the time does not tell.
        if account is None:
            await attempt.rollback()
            audit.record(session, None, "account.created", "-", address, "refused")
        else:
            await attempt.commit()
            audit.record(session, account, "account.created", account.id, address)
    if account is None and not here.behaviour.signup_neutral:
        raise Refused(409, "address_in_use", "The address has an account already.")
    if here.behaviour.signup_in_background:
        here.later(_greet(here, wanted.email))
    else:
        await _greet(here, wanted.email)
        await here.post.sent(wanted.email)
    return Accepted(expires_in=mail_tokens.life_s(here.behaviour, "verify"))


@router.post(
    "/verify",
    summary="Verify an address",
    responses={**example({"status": "verified"}), **_BODY_ERRORS},
)
async def verify(here: Here, request: Request, address: Address, given: Token) -> Done:
    """Verify the address that a token was mailed to; it works once."""
    async with here.transaction() as session:
        found = await mail_tokens.redeem(here.behaviour, session, given.token, "verify")
        if found is None:
            raise invalid_token()
        _, account = found
        if not here.behaviour.verification_by_token:
            account = await _whoever_asks(here, request, session) or account
        account.verified_at = func.now()
        audit.record(session, account, "account.verified", account.id, address)
    return Done(status="verified")


@router.post(
    "/verify/resend",
    status_code=202,
    summary="Send the verification mail again",
    responses={**_ACCEPTED, **_BODY_ERRORS},
)
async def resend(here: Here, given: To) -> Accepted:
    """Mail another link; the answer does not tell whether there is anything to verify."""
    here.later(_greet(here, given.email, again=True))
    return Accepted(expires_in=mail_tokens.life_s(here.behaviour, "verify"))


async def _whoever_asks(here: Environment, request: Request, session: AsyncSession) -> Account | None:
    try:
        asking = await caller(here, address_of(request), await bearer(request))
    except Refused:
        return None
    return await session.merge(asking.account)


async def find(session: AsyncSession, email: str) -> Account | None:
    """Return the account of an address, whatever its case."""
    query = select(Account).where(func.lower(Account.email) == email.lower())
    return (await session.scalars(query)).one_or_none()


async def erase(session: AsyncSession, account: Account) -> None:
    """Remove an account with everything it has; its tenant too if nobody else is in it."""
    await session.execute(delete(Account).where(Account.id == account.id))
    others = select(Account.id).where(Account.tenant_id == account.tenant_id)
    await session.execute(delete(Tenant).where(Tenant.id == account.tenant_id, ~others.exists()))


async def switch_off(session: AsyncSession, account: Account) -> None:
    """Keep an account, and let nobody in any more."""
    now = {"revoked_at": func.now()}
    await session.execute(update(Account).where(Account.id == account.id).values(password_hash=""))
    await session.execute(update(Session).where(Session.account_id == account.id).values(now))
    await session.execute(update(RefreshToken).where(RefreshToken.account_id == account.id).values(now))
    await session.execute(update(ApiKey).where(ApiKey.tenant_id == account.tenant_id).values(now))


def refuse_weak(here: Environment, password: str, email: str) -> None:
    """Refuse a new password with 422 if it is too short, too long or too well known."""
    if reason := weakness(here.behaviour, password, email):
        raise Refused(422, "weak_password", reason)


def invalid_token() -> Refused:
    """Return the refusal of a token that was mailed: unknown, used, or too old."""
    return Refused(400, "invalid_token", "The link is not valid any more; ask for another.")


async def _looks_known(session: AsyncSession, email: str) -> bool:
    """Look for an address before it is inserted, as a platform does by mistake instead of relying on an index."""
    found = (await session.scalars(select(Account.id).where(func.lower(Account.email) == email.lower()))).first()
    await asyncio.sleep(0.5)  # what else is done between looking and inserting
    return found is not None


async def _greet(here: Environment, email: str, again: bool = False) -> None:
    async with here.transaction() as session:
        account = await find(session, email)
        if account is None or (account.verified_at and again):
            return
        kind = "known" if account.verified_at else "verify"
        sent = await counters.more(here, f"mails-{kind}", email, counters.HOUR_S)
        if sent > here.behaviour.verification_mails_an_hour or not here.behaviour.verification_mailed:
            return
        token = "" if account.verified_at else mail_tokens.issue(here.behaviour, session, account, "verify")
    here.post.send(account.email, "verify" if token else "known", token)
