"""Sessions: opened by signing in, kept up by refreshing, listed and ended by their owner."""

import datetime as dt
import hashlib
import secrets
import uuid

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from . import access_tokens, audit
from .bodies import JsonRoute
from .environment import Environment
from .errors import Refused, documented
from .identity import Here, Verified
from .keys import ACCESS_TOKEN_S
from .models import Account, RefreshToken, Session
from .schemas import example

LIFE = dt.timedelta(hours=12)
REMEMBERED_LIFE = dt.timedelta(days=30)

router = APIRouter(prefix="/sessions", tags=["sessions"], route_class=JsonRoute)


class Tokens(BaseModel):
    """A pair of tokens."""

    access_token: str
    refresh_token: str
    token_type: str = Field("Bearer", pattern="^Bearer$")
    expires_in: int = Field(ACCESS_TOKEN_S, description="Life of the access token in seconds.")
    refresh_expires_in: int = Field(description="Life of the refresh token in seconds.")


class Listed(BaseModel):
    """One session."""

    id: uuid.UUID
    device: str
    address: str
    created_at: dt.datetime
    last_used_at: dt.datetime
    current: bool = Field(description="Whether it is the one that asks.")


class Sessions(BaseModel):
    """The sessions that live, the last used first."""

    items: list[Listed]


TOKENS = example(
    {
        "access_token": "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiI0ZjZkIn0.c2lnbmF0dXJl",
        "refresh_token": "pT3l0gT3l2rW0b1kq0H4l0z8sU9cX7aV",
        "token_type": "Bearer",
        "expires_in": ACCESS_TOKEN_S,
        "refresh_expires_in": int(LIFE.total_seconds()),
    }
)
_SESSION = {
    "id": "5f1f4c7e-26d3-4f0b-8f4e-6d4f6d9f4a10",
    "device": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0",
    "address": "203.0.113.7",
    "created_at": "2026-01-05T09:30:00Z",
    "last_used_at": "2026-01-05T10:05:00Z",
    "current": True,
}


def open_session(
    here: Environment, session: AsyncSession, account: Account, device: str, address: str, remember: bool
) -> Tokens:
    """Open a session for an account that has proven who it is, and return its first tokens."""
    now = dt.datetime.now(dt.UTC)
    ends = now + (REMEMBERED_LIFE if remember else LIFE)
    opened = Session(
        id=uuid.uuid4(), account_id=account.id, device=device, address=address, remember=remember, ends_at=ends
    )
    session.add(opened)
    return continued(here, session, opened)


def continued(here: Environment, session: AsyncSession, opened: Session) -> Tokens:
    """Return further tokens of a session; its end stays where it is."""
    token = secrets.token_urlsafe(32)
    session.add(
        RefreshToken(
            account_id=opened.account_id,
            family_id=opened.id,
            token_hash=_hash(token),
            expires_at=opened.ends_at,
        )
    )
    left = opened.ends_at - dt.datetime.now(dt.UTC)
    return Tokens(
        access_token=access_tokens.issue(here, opened.account_id, opened.id),
        refresh_token=token,
        expires_in=here.behaviour.token_life_s,
        refresh_expires_in=int(left.total_seconds()),
    )


async def latest(session: AsyncSession, account: Account) -> Session | None:
    """Return the session of an account that was opened last and lives."""
    query = select(Session).where(
        Session.account_id == account.id, Session.revoked_at.is_(None), Session.ends_at > func.now()
    )
    return (await session.scalars(query.order_by(Session.created_at.desc()).limit(1))).first()


async def find_refresh(here: Environment, session: AsyncSession, token: str) -> tuple[RefreshToken, Session] | None:
    """Return a refresh token and its session, whatever their state; None if it is unknown."""
    query = (
        select(RefreshToken, Session)
        .join(Session, Session.id == RefreshToken.family_id)
        .where(RefreshToken.token_hash == _hash(token))
    )
    if here.behaviour.refresh_locks:
        query = query.with_for_update()  # of two uses at the same time one is second
    found = (await session.execute(query)).one_or_none()
    return (found[0], found[1]) if found else None


async def revoke(session: AsyncSession, *which: ColumnElement[bool]) -> int:
    """End the sessions that meet these conditions, with their refresh tokens; return how many there were."""
    ended = update(Session).where(Session.revoked_at.is_(None), *which).values(revoked_at=func.now())
    ids = (await session.scalars(ended.returning(Session.id))).all()
    tokens = update(RefreshToken).where(RefreshToken.family_id.in_(ids), RefreshToken.revoked_at.is_(None))
    await session.execute(tokens.values(revoked_at=func.now()))
    return len(ids)


@router.get("", summary="List sessions", responses={**example({"items": [_SESSION]}), **documented(401, 403, 429)})
async def sessions(here: Here, asking: Verified) -> Sessions:
    """Return where the account is signed in."""
    query = (
        select(Session)
        .where(Session.account_id == asking.account.id, Session.revoked_at.is_(None), Session.ends_at > func.now())
        .order_by(Session.last_used_at.desc())
        .limit(100)
    )
    async with here.transaction() as session:
        found = (await session.scalars(query)).all()
    return Sessions(
        items=[
            Listed(
                id=one.id,
                device=one.device if here.behaviour.session_names_device else "Web",
                address=one.address,
                created_at=one.created_at,
                last_used_at=one.last_used_at,
                current=one.id == asking.session_id and here.behaviour.session_current_marked,
            )
            for one in found
        ]
    )


@router.delete("/{id}", status_code=204, summary="End a session", responses=documented(401, 403, 404, 422, 429))
async def end(here: Here, asking: Verified, id: uuid.UUID) -> None:
    """Sign a device out; its tokens are refused from now on."""
    which = [Session.id == id]
    if here.behaviour.session_of_owner_only:
        which.append(Session.account_id == asking.account.id)
    async with here.transaction() as session:
        ended = revoke if here.behaviour.revoking_ends_session else _count
        if not await ended(session, *which):
            raise Refused(404)
        audit.record(session, asking.account, "session.revoked", id, asking.address)


async def _count(session: AsyncSession, *which: ColumnElement[bool]) -> int:
    return (await session.scalars(select(func.count()).select_from(Session).where(*which))).one()


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
