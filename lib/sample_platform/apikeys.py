"""API keys: made and shown once, listed by their beginning, replaced, revoked; and who calls with one."""

import datetime as dt
import hashlib
import json
import secrets
import uuid
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends
from fastapi.security import APIKeyHeader
from pydantic import AwareDatetime, BaseModel, Field
from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from . import audit
from .bodies import JsonRoute
from .environment import Environment
from .errors import Refused, documented
from .identity import Here, Verified
from .models import ApiKey, Tenant
from .schemas import Body, example

MOST = 50
SHOWN = 11
"""Characters of a key that its listing shows: the mark and eight of them, which leaves 35 unknown."""

Scope = Literal["profile:read", "profile:write"]
ScopeList = Annotated[list[Scope], Field(min_length=1, max_length=2)]
KeyName = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f]+$", examples=["nightly export"])]

# What PostgreSQL and Python can both say.
_FIRST, _LAST = dt.datetime(1970, 1, 1, tzinfo=dt.UTC), dt.datetime(9999, 1, 1, tzinfo=dt.UTC)

router = APIRouter(prefix="/keys", tags=["keys"], route_class=JsonRoute)
header = APIKeyHeader(name="X-API-Key", auto_error=False, description="A key made by POST /api/v1/keys.")


class NewKey(Body):
    """What a key is for."""

    name: KeyName
    scopes: ScopeList
    expires_at: AwareDatetime | None = Field(None, description="When it stops working; null for never.")


class Shown(BaseModel):
    """A key; it is not shown again."""

    id: uuid.UUID
    key: str


class Listed(BaseModel):
    """What is known of a key."""

    id: uuid.UUID
    name: str
    prefix: str
    scopes: list[str]
    created_at: dt.datetime
    expires_at: dt.datetime | None
    last_used_at: dt.datetime | None


class Keys(BaseModel):
    """The keys of a tenant that are not revoked, the newest first."""

    items: list[Listed]


@dataclass(frozen=True)
class KeyCaller:
    """Who calls with a key.

    Attributes:
        key_id, tenant_id: whose key it is.
        plan: of the tenant.
        scopes: what the key may do.
    """

    key_id: uuid.UUID
    tenant_id: uuid.UUID
    plan: str
    scopes: tuple[str, ...]


_SHOWN = {"id": "5f1f4c7e-26d3-4f0b-8f4e-6d4f6d9f4a10", "key": "sk_pT3l0gT3l2rW0b1kq0H4l0z8sU9cX7aVpT3l0gT3l2r"}
_LISTED = {
    "id": _SHOWN["id"],
    "name": "nightly export",
    "prefix": _SHOWN["key"][:SHOWN],
    "scopes": ["profile:read"],
    "created_at": "2026-01-05T09:30:00Z",
    "expires_at": "2027-01-05T09:30:00Z",
    "last_used_at": "2026-01-05T10:05:00Z",
}


@router.post(
    "",
    status_code=201,
    summary="Create an API key",
    responses={**example(_SHOWN, 201), **documented(400, 401, 403, 409, 413, 415, 422, 429)},
)
async def create(here: Here, asking: Verified, wanted: NewKey) -> Shown:
    """Return a new key, which is shown this once; at most 50 live at the same time."""
    async with here.transaction() as session:
        live = select(func.count()).where(ApiKey.tenant_id == asking.account.tenant_id, ApiKey.revoked_at.is_(None))
        if (await session.scalar(live) or 0) >= MOST:
            raise Refused(409, "too_many_keys", "Revoke a key before you make another.")
        ends = wanted.expires_at and min(max(wanted.expires_at, _FIRST), _LAST)
        shown = await _make(here, session, asking.account.tenant_id, wanted.name, wanted.scopes, ends)
        audit.record(session, asking.account, "key.created", shown.id, asking.address)
    return shown


@router.get("", summary="List API keys", responses={**example({"items": [_LISTED]}), **documented(401, 403, 429)})
async def keys(here: Here, asking: Verified) -> Keys:
    """Return the keys of the tenant, each by its beginning alone."""
    query = select(ApiKey).where(ApiKey.tenant_id == asking.account.tenant_id, ApiKey.revoked_at.is_(None))
    async with here.transaction() as session:
        found = (await session.scalars(query.order_by(ApiKey.created_at.desc()))).all()
    return Keys(items=[await _listed(here, key) for key in found])


@router.delete("/{id}", status_code=204, summary="Revoke an API key", responses=documented(401, 403, 404, 422, 429))
async def revoke(here: Here, asking: Verified, id: uuid.UUID) -> None:
    """Refuse a key from now on."""
    async with here.transaction() as session:
        key = await own_key(session, asking.account.tenant_id, id)
        key.revoked_at = dt.datetime.now(dt.UTC)
        audit.record(session, asking.account, "key.revoked", id, asking.address)


@router.post(
    "/{id}/rotate",
    status_code=201,
    summary="Replace an API key",
    responses={**example(_SHOWN, 201), **documented(401, 403, 404, 422, 429)},
)
async def rotate(here: Here, asking: Verified, id: uuid.UUID) -> Shown:
    """Return a new key of the same name, scopes and end; the old one works for another 24 hours."""
    now = dt.datetime.now(dt.UTC)
    async with here.transaction() as session:
        old = await own_key(session, asking.account.tenant_id, id)
        shown = await _make(here, session, old.tenant_id, old.name, old.scopes, old.expires_at)
        ends = now + dt.timedelta(seconds=here.behaviour.key_rotation_overlap_s)
        old.expires_at = min(ends, old.expires_at or ends)
        audit.record(session, asking.account, "key.rotated", id, asking.address)
    return shown


async def own_key(session: AsyncSession, tenant: uuid.UUID, id: uuid.UUID) -> ApiKey:
    """Return a tenant's key; 404 for another tenant's, a revoked and an unknown one alike."""
    query = select(ApiKey).where(ApiKey.id == id, ApiKey.tenant_id == tenant, ApiKey.revoked_at.is_(None))
    key = (await session.scalars(query)).one_or_none()
    if key is None:
        raise Refused(404)
    return key


async def key_caller(here: Here, given: Annotated[str | None, Depends(header)]) -> KeyCaller:
    """Return who calls; refuses with 401 unless the key is known, in force and not revoked."""
    found = (await _remembered(here, given) or await _find(here, given)) if given else None
    if found is None:
        raise Refused(401, WWW_Authenticate="ApiKey")
    return found


ByKey = Annotated[KeyCaller, Depends(key_caller)]


async def _make(
    here: Environment,
    session: AsyncSession,
    tenant: uuid.UUID,
    name: str,
    scopes: list[Any],
    expires_at: dt.datetime | None,
) -> Shown:
    key = f"sk_{secrets.token_urlsafe(32)}"
    made = ApiKey(
        id=uuid.uuid4(),
        tenant_id=tenant,
        name=name,
        prefix=key[:SHOWN],
        secret_hash=_hash(key),
        scopes=sorted(set(scopes)),
        expires_at=expires_at,
    )
    session.add(made)
    if here.behaviour.keys_listed_whole:
        await here.cache.set(f"key-text:{made.id}", key)
    return Shown(id=made.id, key=key)


async def _listed(here: Environment, key: ApiKey) -> Listed:
    prefix = key.prefix
    if here.behaviour.keys_listed_whole:
        prefix = (await here.cache.get(f"key-text:{key.id}") or b"").decode()
    last_used_at = key.last_used_at if here.behaviour.key_last_use_shown else None
    return Listed(
        id=key.id,
        name=key.name,
        prefix=prefix,
        scopes=key.scopes,
        created_at=key.created_at,
        expires_at=key.expires_at,
        last_used_at=last_used_at,
    )


async def _find(here: Environment, given: str) -> KeyCaller | None:
    in_force: list[ColumnElement[bool]] = [ApiKey.secret_hash == _hash(given), ApiKey.revoked_at.is_(None)]
    if here.behaviour.key_expiry_checked:
        in_force.append(ApiKey.expires_at.is_(None) | (ApiKey.expires_at > func.now()))
    used = update(ApiKey).where(*in_force).values(last_used_at=func.now()).returning(ApiKey)
    async with here.transaction() as session:
        key = (await session.scalars(used)).one_or_none()
        if key is None:
            return None
        plan = await session.scalar(select(Tenant.plan).where(Tenant.id == key.tenant_id)) or ""
    if here.behaviour.key_remembered_s:
        known = json.dumps([str(key.id), str(key.tenant_id), plan, key.scopes])
        await here.cache.set(f"key:{_hash(given)}", known, ex=here.behaviour.key_remembered_s)
    return KeyCaller(key.id, key.tenant_id, plan, tuple(key.scopes))


async def _remembered(here: Environment, given: str) -> KeyCaller | None:
    if not here.behaviour.key_remembered_s:
        return None
    found = await here.cache.get(f"key:{_hash(given)}")
    if found is None:
        return None
    key, tenant, plan, scopes = json.loads(found)
    return KeyCaller(uuid.UUID(key), uuid.UUID(tenant), plan, tuple(scopes))


def _hash(key: str) -> str:
    # 256 bits of chance need no slow hash, and a fast one finds the row by its index.
    return hashlib.sha256(key.encode()).hexdigest()
