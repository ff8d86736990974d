"""Who asks: the account and session behind an access token, and what that account may do."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy import func, select

from . import access_tokens
from .environment import Environment, environment_of
from .errors import Refused
from .models import Account, Session

ADMIN = "admin"

bearer = HTTPBearer(auto_error=False, bearerFormat="JWT", description="An access token from sign-in.")
Here = Annotated[Environment, Depends(environment_of)]
Given = Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]


@dataclass(frozen=True)
class Caller:
    """Who makes a request.

    Attributes:
        account: as it is now.
        session_id: of the sign-in that the access token came from.
        address: of the peer.
    """

    account: Account
    session_id: UUID
    address: str


def address_of(request: Request) -> str:
    """Return the address of the peer; a FastAPI dependency."""
    return request.client.host if request.client else "unknown"


def device_of(request: Request) -> str:
    """Return what the client calls itself, bounded; a FastAPI dependency."""
    return request.headers.get("user-agent", "").strip()[:200] or "unknown"


Address = Annotated[str, Depends(address_of)]
Device = Annotated[str, Depends(device_of)]


async def caller(here: Here, address: Address, given: Given) -> Caller:
    """Return who asks; refuses with 401 unless the access token is valid and its session lives."""
    claimed = access_tokens.read(here, given.credentials) if given else None
    if claimed is None:
        raise Refused(401, WWW_Authenticate="Bearer")
    query = (
        select(Account)
        .join(Session, Session.account_id == Account.id)
        .where(Account.id == claimed.account_id, Session.id == claimed.session_id)
        .where(Session.revoked_at.is_(None), Session.ends_at > func.now())
    )
    async with here.transaction() as session:
        account = (await session.scalars(query)).one_or_none()
    if account is None:
        raise Refused(401, WWW_Authenticate="Bearer")
    return Caller(account, claimed.session_id, address)


async def verified(here: Here, asking: Annotated[Caller, Depends(caller)]) -> Caller:
    """Return who asks; refuses with 403 until the e-mail address is verified."""
    if asking.account.verified_at is None and here.behaviour.verification_demanded:
        raise Refused(403, "email_not_verified", "Verify your e-mail address first.")
    return asking


async def staff(asking: Annotated[Caller, Depends(verified)]) -> Caller:
    """Return who asks; refuses with 403 everybody but administrators."""
    if asking.account.role != ADMIN:
        raise Refused(403)
    return asking


SignedIn = Annotated[Caller, Depends(caller)]
Verified = Annotated[Caller, Depends(verified)]
Staff = Annotated[Caller, Depends(staff)]
