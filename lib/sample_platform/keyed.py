"""What a key can call, and how often it did."""

import datetime as dt
import uuid
from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from .apikeys import KeyCaller, KeyName, Scope, own_key
from .bodies import JsonRoute
from .errors import Refused, documented
from .identity import Here, Verified
from .models import Account, Tenant, Usage
from .plans import WithinPlan
from .schemas import Body, example

MOST = 1000

router = APIRouter(prefix="/keyed", tags=["keyed"], route_class=JsonRoute)
usage = APIRouter(prefix="/keys", tags=["keys"], route_class=JsonRoute)


class Profile(BaseModel):
    """The tenant that the key belongs to."""

    tenant_id: uuid.UUID
    plan: str
    created_at: dt.datetime


class Members(BaseModel):
    """How many people the tenant has."""

    count: int


class Note(Body):
    """A note about the tenant."""

    name: KeyName


class Counted(BaseModel):
    """How often an operation was called with a key on a day (UTC)."""

    operation: str
    day: dt.date
    count: int


class Counts(BaseModel):
    """Usage of a key, the latest day first; `count` is the sum of all days."""

    items: list[Counted]
    count: int = Field(description="Calls that were served, of all operations and days.")


def scoped(scope: Scope) -> Callable[..., Awaitable[KeyCaller]]:
    """A FastAPI dependency: who calls with a key of this scope, refused with 403 otherwise; the call is counted."""

    async def dependency(here: Here, request: Request, calling: WithinPlan) -> KeyCaller:
        if here.behaviour.key_scopes_checked and scope not in calling.scopes:
            raise Refused(403, "scope_missing", f"The key has no scope {scope}.")
        every = here.behaviour.usage_counts_every
        if every > 1 and await here.cache.incr(f"calls:{calling.key_id}") % every:
            return calling
        operation = f"{request.method} {request.url.path}" if here.behaviour.usage_by_operation else "all"
        row = insert(Usage).values(
            id=uuid.uuid4(), key_id=calling.key_id, operation=operation, day=dt.datetime.now(dt.UTC).date(), count=1
        )
        more = {"count": Usage.count + 1}
        async with here.transaction() as session:
            await session.execute(row.on_conflict_do_update(index_elements=["key_id", "operation", "day"], set_=more))
        return calling

    return dependency


Reads = Annotated[KeyCaller, Depends(scoped("profile:read"))]
Writes = Annotated[KeyCaller, Depends(scoped("profile:write"))]

_PROFILE = {
    "tenant_id": "4f6d1c52-0c1b-4d7e-9b6a-2f0f7a1f9a11",
    "plan": "free",
    "created_at": "2026-01-05T09:30:00Z",
}
_COUNTS = {"items": [{"operation": "GET /api/v1/keyed/profile", "day": "2026-01-05", "count": 7}], "count": 7}


@router.get(
    "/profile",
    summary="Read the tenant's profile by key",
    responses={**example(_PROFILE), **documented(401, 403, 429)},
)
async def profile(here: Here, calling: Reads) -> Profile:
    """Return the tenant of the key."""
    async with here.transaction() as session:
        tenant = await session.get_one(Tenant, calling.tenant_id)
    return Profile(tenant_id=tenant.id, plan=tenant.plan, created_at=tenant.created_at)


@router.get(
    "/members",
    summary="Count the tenant's people by key",
    responses={**example({"count": 1}), **documented(401, 403, 429)},
)
async def members(here: Here, calling: Reads) -> Members:
    """Return how many people the tenant of the key has."""
    async with here.transaction() as session:
        count = await session.scalar(select(func.count()).where(Account.tenant_id == calling.tenant_id))
    return Members(count=count or 0)


@router.post(
    "/notes",
    summary="Check a note by key",
    responses={**example({"name": "Ada"}), **documented(400, 401, 403, 413, 415, 422, 429)},
)
async def note(calling: Writes, given: Note) -> Note:
    """Return the note as it would be kept."""
    return given


@usage.get(
    "/{id}/usage", summary="Read a key's usage", responses={**example(_COUNTS), **documented(401, 403, 404, 422, 429)}
)
async def counts(here: Here, asking: Verified, id: uuid.UUID) -> Counts:
    """Return how often a key was used, for each operation and day."""
    query = select(Usage).where(Usage.key_id == id).order_by(Usage.day.desc(), Usage.operation).limit(MOST)
    async with here.transaction() as session:
        await own_key(session, asking.account.tenant_id, id)
        found = (await session.scalars(query)).all()
    items = [Counted(operation=one.operation, day=one.day, count=one.count) for one in found]
    return Counts(items=items, count=sum(item.count for item in items))
