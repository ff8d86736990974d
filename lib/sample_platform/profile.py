"""The own account: read, changed, deleted."""

import datetime as dt
import uuid

from fastapi import APIRouter
from pydantic import BaseModel
from pydantic.json_schema import SkipJsonSchema
from sqlalchemy import func
from sqlalchemy.exc import IntegrityError

from . import audit, mail_tokens, notices
from .accounts import Token, erase, invalid_token, refuse_weak, switch_off
from .bodies import JsonRoute
from .errors import Refused, documented
from .identity import Address, Here, SignedIn, Verified
from .models import Account, Session
from .schemas import Accepted, Body, Done, Email, Name, NewPassword, Password, example
from .sessions import revoke
from .signins import prove

router = APIRouter(prefix="/auth/me", tags=["me"], route_class=JsonRoute)
_BODY_ERRORS = documented(400, 401, 403, 413, 415, 422, 429)


class Me(BaseModel):
    """The account that a token belongs to."""

    id: uuid.UUID
    email: str
    name: str
    role: str
    tenant_id: uuid.UUID
    product_mail: bool
    created_at: dt.datetime


class Change(Body):
    """What to change; what is left out stays."""

    name: Name | None = None
    product_mail: bool | None = None
    role: SkipJsonSchema[str | None] = None  # known so that a defect can take them, else refused like any other
    tenant_id: SkipJsonSchema[uuid.UUID | None] = None


class NewEmail(Body):
    """Another address, and the password to prove who asks."""

    email: Email
    password: Password


class PasswordChange(Body):
    """The password and the one to replace it."""

    password: Password
    new_password: NewPassword


class Proof(Body):
    """The password, to prove who asks."""

    password: Password


_ME = example(
    {
        "id": "4f6d1c52-0c1b-4d7e-9b6a-2f0f7a1f9a11",
        "email": "ada@example.com",
        "name": "Ada",
        "role": "user",
        "tenant_id": "7d1f0a55-9a51-4a8e-8c1d-0b8a2a7f3c22",
        "product_mail": True,
        "created_at": "2026-01-05T09:30:00Z",
    }
)


@router.get("", summary="Who am I", responses={**_ME, **documented(401, 403, 429)})
async def me(here: Here, asking: Verified) -> Me:
    """Return the account that the access token belongs to."""
    return _shown(asking.account)


@router.patch("", summary="Change the profile", responses={**_ME, **_BODY_ERRORS})
async def change(here: Here, asking: Verified, wanted: Change) -> Me:
    """Change the name, or whether mail other than about security is wanted."""
    if not wanted.model_fields_set <= here.behaviour.profile_members:
        raise Refused(422)
    async with here.transaction() as session:
        account = await session.merge(asking.account)
        for name, value in wanted.model_dump(exclude_none=True).items():
            if name not in here.behaviour.profile_forgets:
                setattr(account, name, value)
    return _shown(account)


@router.post(
    "/email",
    status_code=202,
    summary="Ask for another address",
    responses={
        **example({"status": "accepted", "expires_in": 86_400}, 202),
        **_BODY_ERRORS,
        **documented(409),
    },
)
async def change_email(here: Here, asking: Verified, wanted: NewEmail) -> Accepted:
    """Mail a link to the new address; until it is opened the old one stays."""
    await prove(here, asking, wanted.password)
    if wanted.email.lower() == asking.account.email.lower():
        raise Refused(409, "same_address", "The address is yours already.")
    async with here.transaction() as session:
        token = mail_tokens.issue(here.behaviour, session, asking.account, "email", wanted.email)
        if not here.behaviour.email_waits_for_proof:
            (await session.merge(asking.account)).email = wanted.email
    to = wanted.email if here.behaviour.email_proven_at_new else asking.account.email
    here.post.send(to, "confirm_email", token)
    return Accepted(expires_in=mail_tokens.life_s(here.behaviour, "email"))


@router.post(
    "/email/confirm",
    summary="Confirm the new address",
    responses={**example({"status": "changed"}), **documented(400, 409, 413, 415, 422, 429)},
)
async def confirm_email(here: Here, address: Address, given: Token) -> Done:
    """Take the new address over with what was mailed to it."""
    try:
        async with here.transaction() as session:
            found = await mail_tokens.redeem(here.behaviour, session, given.token, "email")
            if found is None:
                raise invalid_token()
            token, account = found
            if here.behaviour.email_taken_over:
                account.email, account.verified_at = token.email, func.now()
            audit.record(session, account, "email.changed", account.id, address)
    except IntegrityError:
        raise Refused(409, "address_in_use", "The address belongs to another account by now.") from None
    return Done(status="changed")


@router.post("/password", summary="Change the password", responses={**example({"status": "changed"}), **_BODY_ERRORS})
async def change_password(here: Here, asking: Verified, wanted: PasswordChange) -> Done:
    """Replace the password; every other session ends."""
    await prove(here, asking, wanted.password)
    refuse_weak(here, wanted.new_password, asking.account.email)
    password_hash = await here.passwords.hash(wanted.new_password)
    async with here.transaction() as session:
        account = await session.merge(asking.account)
        account.password_hash = password_hash
        await revoke(session, Session.account_id == account.id, Session.id != asking.session_id)
        notices.tell(session, account, "password_changed")
        audit.record(session, account, "password.changed", account.id, asking.address)
    if here.behaviour.password_change_mailed and (account.product_mail or here.behaviour.security_mail_always):
        here.post.send(account.email, "password_changed")
    return Done(status="changed")


@router.post("/delete", status_code=204, summary="Delete the account", responses=_BODY_ERRORS)
async def delete(here: Here, asking: SignedIn, given: Proof) -> None:
    """Erase the account and everything it has, at once."""
    await prove(here, asking, given.password)
    if not here.behaviour.deletion_offered:
        raise Refused(403)
    async with here.transaction() as session:
        if here.behaviour.deletion_erases:
            await erase(session, asking.account)
        else:
            await switch_off(session, asking.account)
        audit.record(session, asking.account, "account.deleted", asking.account.id, asking.address)


def _shown(account: Account) -> Me:
    return Me(
        id=account.id,
        email=account.email,
        name=account.name,
        role=account.role,
        tenant_id=account.tenant_id,
        product_mail=account.product_mail,
        created_at=account.created_at,
    )
