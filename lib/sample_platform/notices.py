"""Notices: what a person is told in the app."""

import datetime as dt
import uuid

from fastapi import APIRouter
from pydantic import BaseModel
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from .bodies import JsonRoute
from .errors import documented
from .identity import Here, Verified
from .models import Account, Notice
from .schemas import example

MOST = 100

router = APIRouter(prefix="/notices", tags=["notices"], route_class=JsonRoute)


class Told(BaseModel):
    """One notice."""

    id: uuid.UUID
    kind: str
    created_at: dt.datetime
    read: bool


class Notices(BaseModel):
    """The newest notices first."""

    items: list[Told]


_NOTICE = {
    "id": "5f1f4c7e-26d3-4f0b-8f4e-6d4f6d9f4a10",
    "kind": "password_changed",
    "created_at": "2026-01-05T09:30:00Z",
    "read": False,
}


def tell(session: AsyncSession, account: Account, kind: str) -> None:
    """Add an unread notice to the transaction."""
    session.add(Notice(account_id=account.id, kind=kind))


@router.get("", summary="List notices", responses={**example({"items": [_NOTICE]}), **documented(401, 403, 429)})
async def notices(here: Here, asking: Verified) -> Notices:
    """Return what the account was told in the app, the last 100."""
    query = select(Notice).where(Notice.account_id == asking.account.id).order_by(Notice.created_at.desc()).limit(MOST)
    async with here.transaction() as session:
        found = (await session.scalars(query)).all()
    return Notices(
        items=[
            Told(
                id=one.id,
                kind=one.kind,
                created_at=one.created_at,
                read=one.read_at is not None or not here.behaviour.notices_shown_unread,
            )
            for one in found
        ]
    )


@router.post("/read", status_code=204, summary="Mark notices as read", responses=documented(401, 403, 429))
async def read(here: Here, asking: Verified) -> None:
    """Mark every notice of the account as read."""
    unread = update(Notice).where(Notice.account_id == asking.account.id, Notice.read_at.is_(None))
    async with here.transaction() as session:
        await session.execute(unread.values(read_at=func.now()))
