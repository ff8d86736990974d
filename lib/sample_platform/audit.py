"""The audit log: who did what to what, from where, with what result."""

import datetime as dt
import uuid
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from .bodies import JsonRoute
from .environment import Environment
from .errors import Refused, documented
from .identity import ADMIN, Here, Verified
from .models import Account, AuditEvent
from .schemas import example

MOST = 100

router = APIRouter(prefix="/audit", tags=["audit"], route_class=JsonRoute)


class Event(BaseModel):
    """One event."""

    at: dt.datetime
    actor_id: uuid.UUID | None
    action: str
    target: str
    address: str
    result: str


class Events(BaseModel):
    """The newest events first, at most 100."""

    items: list[Event]


EVENT = {
    "at": "2026-01-05T09:30:00Z",
    "actor_id": "4f6d1c52-0c1b-4d7e-9b6a-2f0f7a1f9a11",
    "action": "signin.succeeded",
    "target": "4f6d1c52-0c1b-4d7e-9b6a-2f0f7a1f9a11",
    "address": "203.0.113.7",
    "result": "success",
}


def record(
    session: AsyncSession,
    actor: Account | None,
    action: str,
    target: object,
    address: str,
    result: Literal["success", "refused"] = "success",
) -> None:
    """Add one event to the transaction, so that it is kept if and only if what it tells of is.

    Takes who acted (None for somebody unknown), the action as `<thing>.<done>`, the id of what it was done to,
    and the address it came from. Nothing in it names a person but by id: it outlives the accounts.
    """
    session.add(
        AuditEvent(
            tenant_id=actor.tenant_id if actor else None,
            actor_id=actor.id if actor else None,
            action=action,
            target=str(target)[:120],
            address=address,
            result=result,
        )
    )


def shown(here: Environment, event: AuditEvent) -> Event:
    """Return an event as people see it."""
    return Event(
        at=event.at,
        actor_id=event.actor_id,
        action=event.action,
        target=event.target,
        address=event.address if here.behaviour.audit_shows_address else "",
        result=event.result,
    )


@router.get(
    "", summary="Read the audit log", responses={**example({"items": [EVENT]}), **documented(401, 403, 422, 429)}
)
async def events(here: Here, asking: Verified, actor: Annotated[uuid.UUID | None, Query()] = None) -> Events:
    """Return what somebody did: users see their own events alone, administrators those of anybody."""
    if asking.account.role != ADMIN:
        if actor not in (None, asking.account.id):
            raise Refused(403)
        actor = asking.account.id
    query = select(AuditEvent).order_by(AuditEvent.at.desc()).limit(MOST)
    if actor:
        query = query.where(AuditEvent.actor_id == actor)
    if lag := here.behaviour.audit_lag_s:
        query = query.where(AuditEvent.at < func.now() - dt.timedelta(seconds=lag))
    async with here.transaction() as session:
        found = (await session.scalars(query)).all()
    return Events(items=[shown(here, one) for one in found])
