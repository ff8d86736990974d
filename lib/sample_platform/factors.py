"""The second factor: time-based codes (RFC 6238), and recovery codes that stand in for them."""

import datetime as dt
import hashlib
import hmac
import secrets
import uuid
from typing import Annotated

import pyotp
from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from . import audit, challenges, counters, notices
from .bodies import JsonRoute
from .environment import Environment
from .errors import Refused, documented
from .identity import Address, Device, Here, Verified
from .models import Account, RecoveryCode
from .schemas import Body, Password, Secret, example
from .sessions import TOKENS, Tokens
from .signins import LOCK_WINDOWS, admit, prove

STEP_S = 30
RECOVERY_CODES = 10
ISSUER = "Sample"

_TRIES = "codes-tried"
_RECOVERY = "0f3a9-5c1d7-e2b84-96a0c"

router = APIRouter(prefix="/auth", tags=["second factor"], route_class=JsonRoute)
_BODY_ERRORS = documented(400, 401, 413, 415, 422, 429)
_OWNER_ERRORS = {**_BODY_ERRORS, **documented(403, 409)}

Code = Annotated[str, Field(min_length=6, max_length=6, pattern="^[0-9]{6}$", examples=["492039"])]
LongCode = Annotated[
    str, Field(min_length=23, max_length=23, pattern="^[0-9a-f]{5}(-[0-9a-f]{5}){3}$", examples=[_RECOVERY])
]


class Enrol(Body):
    """The password, to prove who asks."""

    password: Password


class Enrolment(BaseModel):
    """What an authenticator app needs; it is shown this once."""

    secret: str = Field(description="Base32.")
    uri: str = Field(description="The same as an otpauth address, for a QR code.")


class Confirm(Body):
    """A code of the authenticator app."""

    code: Code


class Confirmed(BaseModel):
    """Codes that stand in for the app, each once; they are shown this once."""

    recovery_codes: list[str]


class Answer(Body):
    """A challenge from sign-in, and a code of the authenticator app."""

    challenge: Secret
    code: Code


class Recovery(Body):
    """A challenge from sign-in, and a recovery code."""

    challenge: Secret
    code: LongCode


class Removal(Body):
    """The password and a code, to prove who asks."""

    password: Password
    code: Code


_ENROLMENT = {
    "secret": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
    "uri": "otpauth://totp/Sample:ada%40example.com?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Sample",
}


@router.post("/me/totp", summary="Begin to enrol a second factor", responses={**example(_ENROLMENT), **_OWNER_ERRORS})
async def enrol(here: Here, asking: Verified, given: Enrol) -> Enrolment:
    """Return a new secret; nothing changes until a code of it is confirmed."""
    await prove(here, asking, given.password)
    secret = pyotp.random_base32()
    async with here.transaction() as session:
        account = await _locked(session, asking.account.id)
        if account.totp_confirmed_at:
            raise Refused(409, "already_enrolled", "A second factor is enrolled; remove it first.")
        account.totp_secret, account.totp_last_step = here.seal.encrypt(secret.encode()), None
    uri = pyotp.TOTP(secret).provisioning_uri(name=asking.account.email, issuer_name=ISSUER)
    return Enrolment(secret=secret, uri=uri)


@router.post(
    "/me/totp/confirm",
    summary="Confirm the second factor",
    responses={**example({"recovery_codes": [_RECOVERY]}), **_OWNER_ERRORS},
)
async def confirm(here: Here, asking: Verified, given: Confirm) -> Confirmed:
    """Demand a code at every sign-in from now on."""
    await _count_try(here, asking.account.id)
    codes = ["-".join(secrets.token_hex(10)[i : i + 5] for i in range(0, 20, 5)) for _ in range(RECOVERY_CODES)]
    async with here.transaction() as session:
        account = await _locked(session, asking.account.id)
        if account.totp_secret is None or account.totp_confirmed_at:
            raise Refused(409, "not_enrolling", "Begin to enrol a second factor first.")
        if not _accepts(here, account, given.code):
            raise Refused(403, "wrong_code", "The code is wrong.")
        account.totp_confirmed_at = func.now()
        await session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account.id))
        session.add_all(RecoveryCode(account_id=account.id, code_hash=_hash(code)) for code in codes)
        notices.tell(session, account, "second_factor_enrolled")
        audit.record(session, account, "factor.enrolled", account.id, asking.address)
    await counters.forget(here, _TRIES, str(asking.account.id))
    return Confirmed(recovery_codes=codes)


@router.post("/challenge", summary="Answer a challenge", responses={**TOKENS, **_BODY_ERRORS})
async def challenge(here: Here, device: Device, address: Address, given: Answer) -> Tokens:
    """Exchange a challenge and a code for tokens."""
    return await _answer(here, given, device, address)


@router.post("/challenge/recovery", summary="Answer a challenge by recovery code", responses={**TOKENS, **_BODY_ERRORS})
async def recover(here: Here, device: Device, address: Address, given: Recovery) -> Tokens:
    """Exchange a challenge and a recovery code for tokens; the code is used up."""
    return await _answer(here, given, device, address)


@router.post("/me/totp/disable", status_code=204, summary="Remove the second factor", responses=_OWNER_ERRORS)
async def disable(here: Here, asking: Verified, given: Removal) -> None:
    """Sign in by password alone from now on."""
    proven = here.behaviour.factor_removal_proven
    if proven:
        await prove(here, asking, given.password)
        await _count_try(here, asking.account.id)
    async with here.transaction() as session:
        account = await _locked(session, asking.account.id)
        if account.totp_confirmed_at is None:
            raise Refused(409, "not_enrolled", "There is no second factor.")
        if proven and not _accepts(here, account, given.code):
            raise Refused(403, "wrong_code", "The code is wrong.")
        account.totp_secret = account.totp_confirmed_at = account.totp_last_step = None
        await session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account.id))
        notices.tell(session, account, "second_factor_removed")
        audit.record(session, account, "factor.removed", account.id, asking.address)


async def _answer(here: Environment, given: Answer | Recovery, device: str, address: str) -> Tokens:
    pending = await challenges.find(here, given.challenge)
    await _count_try(here, pending.account_id)
    async with here.transaction() as session:
        account = await _locked(session, pending.account_id)
        right = (
            _accepts(here, account, given.code)
            if isinstance(given, Answer)
            else await _redeems(here, session, account, given.code)
        )
        if right:
            tokens = await admit(here, session, account, device, address, pending.remember)
            await challenges.answered(here, given.challenge)
            await counters.forget(here, _TRIES, str(account.id))
            return tokens
        audit.record(session, account, "signin.failed", account.id, address, "refused")
    raise Refused(401, "wrong_code", "The code is wrong.")


async def _locked(session: AsyncSession, account_id: uuid.UUID) -> Account:
    # Locked, so that of two uses of one code at the same time one is second.
    query = select(Account).where(Account.id == account_id).with_for_update()
    account = (await session.scalars(query)).one_or_none()
    if account is None:
        raise Refused(401, WWW_Authenticate="Bearer")
    return account


def _accepts(here: Environment, account: Account, code: str) -> bool:
    """Whether the code is right and not used yet; it is used up then."""
    if account.totp_secret is None:
        return False
    totp = pyotp.TOTP(here.seal.decrypt(account.totp_secret).decode())
    current, steps = int(dt.datetime.now(dt.UTC).timestamp()) // STEP_S, here.behaviour.factor_steps
    for step in range(current - steps, current + steps + 1):
        if hmac.compare_digest(totp.generate_otp(step), code):
            used = account.totp_last_step is not None and step <= account.totp_last_step
            if used and here.behaviour.factor_codes_once:
                return False
            account.totp_last_step = max(step, account.totp_last_step or 0)
            return True
    return False


async def _redeems(here: Environment, session: AsyncSession, account: Account, code: str) -> bool:
    query = select(RecoveryCode).where(RecoveryCode.account_id == account.id, RecoveryCode.code_hash == _hash(code))
    found = (await session.scalars(query)).one_or_none()
    if found is None or (found.used_at and here.behaviour.factor_recovery_once):
        return False
    found.used_at = func.now()
    return True


async def _count_try(here: Environment, account_id: uuid.UUID) -> None:
    """Refuse with 429 one try too many, the right code as well; counted first, so that tries at once do not slip by."""
    window_s = LOCK_WINDOWS * here.window_s
    if await counters.more(here, _TRIES, str(account_id), window_s) > here.behaviour.factor_tries:
        _, left_s = await counters.standing(here, _TRIES, str(account_id))
        raise Refused(429, "too_many_attempts", "Too many wrong codes; try again later.", Retry_After=str(left_s or 1))


def _hash(code: str) -> str:
    # 80 bits of chance need no slow hash.
    return hashlib.sha256(code.encode()).hexdigest()
