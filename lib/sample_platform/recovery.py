"""Recovery: a forgotten password is reset by mail."""

from fastapi import APIRouter, Request

from . import audit, counters, mail_tokens, notices
from .accounts import To, Token, find, invalid_token, refuse_weak
from .addresses import APP_ORIGIN
from .bodies import JsonRoute
from .environment import Environment
from .errors import Refused, documented
from .identity import Address, Here
from .models import Session
from .schemas import Accepted, Done, NewPassword, example
from .sessions import revoke
from .signins import unlock

router = APIRouter(prefix="/auth", tags=["auth"], route_class=JsonRoute)
_BODY_ERRORS = documented(400, 413, 415, 422, 429)


class Reset(Token):
    """A new password, and what was sent by mail."""

    password: NewPassword


@router.post(
    "/forgot",
    status_code=202,
    summary="Ask to reset the password",
    responses={**example({"status": "accepted", "expires_in": 1800}, 202), **_BODY_ERRORS},
)
async def forgot(here: Here, request: Request, given: To) -> Accepted:
    """Mail a link to choose a new password; the answer does not tell whether there is an account."""
    origin = APP_ORIGIN if here.behaviour.reset_link_is_ours else _origin_asked(request)
    work = _send(here, given.email, origin)
    if here.behaviour.forgot_in_background:
        here.later(work)
    else:
        await work
    if not here.behaviour.forgot_neutral:
        async with here.transaction() as session:
            if await find(session, given.email) is None:
                raise Refused(404, "unknown_address", "No account has this address.")
    return Accepted(expires_in=mail_tokens.life_s(here.behaviour, "reset"))


@router.post("/reset", summary="Reset the password", responses={**example({"status": "changed"}), **_BODY_ERRORS})
async def reset(here: Here, address: Address, given: Reset) -> Done:
    """Set a new password with what was mailed; ends every session of the account."""
    password_hash = await here.passwords.hash(given.password)
    async with here.transaction() as session:
        found = await mail_tokens.redeem(here.behaviour, session, given.token, "reset")
        if found is None:
            raise invalid_token()
        _, account = found
        refuse_weak(here, given.password, account.email)
        account.password_hash = password_hash
        if here.behaviour.reset_ends_sessions:
            await revoke(session, Session.account_id == account.id)
        notices.tell(session, account, "password_changed")
        audit.record(session, account, "password.reset", account.id, address)
    await unlock(here, account.email)
    here.post.send(account.email, "password_changed")
    return Done(status="changed")


async def _send(here: Environment, email: str, origin: str) -> None:
    async with here.transaction() as session:
        account = await find(session, email)
        if account is None:
            return
        if await counters.more(here, "mails-reset", email, counters.HOUR_S) > here.behaviour.reset_mails_an_hour:
            return
        token = mail_tokens.issue(here.behaviour, session, account, "reset")
    here.post.send(account.email, "reset", token, origin)
    if not here.behaviour.forgot_in_background:
        await here.post.sent(account.email)


def _origin_asked(request: Request) -> str:
    host = request.headers.get("x-forwarded-host") or request.headers.get("host", "")
    return f"https://{host}"
