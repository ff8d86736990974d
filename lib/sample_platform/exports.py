"""Exports: everything that is kept on an account, for its owner to take away."""

import datetime as dt
import uuid
from collections.abc import Iterable
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import ColumnElement, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from . import audit
from .audit import Event
from .bodies import JsonRoute
from .environment import Environment
from .errors import documented
from .identity import Caller, Here, Verified
from .models import Account, ApiKey, AuditEvent, Notice, OidcClient, Session, Webhook
from .profile import Proof
from .schemas import example
from .signins import prove

router = APIRouter(prefix="/auth/me", tags=["me"], route_class=JsonRoute)


class _Row(BaseModel):
    """A row of a table, without what only the platform has a use for: hashes and secrets above all."""

    model_config = ConfigDict(from_attributes=True)


class Profile(_Row):
    """The account itself."""

    id: uuid.UUID
    tenant_id: uuid.UUID
    email: str
    name: str
    role: str
    product_mail: bool
    verified_at: dt.datetime | None
    created_at: dt.datetime


class SessionRow(_Row):
    """One sign-in, ended ones included."""

    id: uuid.UUID
    device: str
    address: str
    created_at: dt.datetime
    last_used_at: dt.datetime
    ends_at: dt.datetime
    revoked_at: dt.datetime | None


class KeyRow(_Row):
    """One API key, by its beginning alone, revoked ones included."""

    id: uuid.UUID
    name: str
    prefix: str
    scopes: list[str]
    created_at: dt.datetime
    expires_at: dt.datetime | None
    revoked_at: dt.datetime | None
    last_used_at: dt.datetime | None


class WebhookRow(_Row):
    """One address that events are sent to."""

    id: uuid.UUID
    url: str
    created_at: dt.datetime


class ApplicationRow(_Row):
    """One application that signs people in."""

    id: uuid.UUID
    name: str
    redirect_uris: list[str]
    created_at: dt.datetime


class NoticeRow(_Row):
    """One notice in the app."""

    id: uuid.UUID
    kind: str
    created_at: dt.datetime
    read_at: dt.datetime | None


class Export(BaseModel):
    """Everything that is kept on an account."""

    made_at: dt.datetime
    profile: Profile
    sessions: list[SessionRow]
    api_keys: list[KeyRow]
    webhooks: list[WebhookRow]
    applications: list[ApplicationRow]
    notices: list[NoticeRow]
    audit_events: list[Event] = Field(description="What the account did.")


_ID = "4f6d1c52-0c1b-4d7e-9b6a-2f0f7a1f9a11"
_AT = "2026-01-05T09:30:00Z"
_EXPORT = {
    "made_at": _AT,
    "profile": {
        "id": _ID,
        "tenant_id": "7d1f0a55-9a51-4a8e-8c1d-0b8a2a7f3c22",
        "email": "ada@example.com",
        "name": "Ada",
        "role": "user",
        "product_mail": True,
        "verified_at": _AT,
        "created_at": _AT,
    },
    "sessions": [],
    "api_keys": [],
    "webhooks": [{"id": _ID, "url": "https://hooks.example.com/sample", "created_at": _AT}],
    "applications": [],
    "notices": [{"id": _ID, "kind": "new_device", "created_at": _AT, "read_at": _AT}],
    "audit_events": [audit.EVENT],
}


@router.post(
    "/export",
    summary="Export the own data",
    responses={**example(_EXPORT), **documented(400, 401, 403, 413, 415, 422, 429)},
)
async def export(here: Here, asking: Verified, given: Proof) -> Export:
    """Return everything that is kept on the account; asks for the password again."""
    if here.behaviour.export_needs_password:
        await prove(here, asking, given.password)
    async with here.transaction() as session:
        made = await _gather(here, session, asking)
        audit.record(session, asking.account, "account.exported", asking.account.id, asking.address)
    return made


async def _gather(here: Environment, session: AsyncSession, asking: Caller) -> Export:
    async def rows(table: Any, *which: ColumnElement[bool]) -> Iterable[Any]:
        return (await session.scalars(select(table).where(*which).order_by(table.id))).all()

    account, behaviour = asking.account, here.behaviour
    tenant = account.tenant_id
    own_sessions = Session.account_id == account.id if behaviour.export_of_account_only else true()
    keys = await rows(ApiKey, ApiKey.tenant_id == tenant) if behaviour.export_with_keys else []
    return Export(
        made_at=dt.datetime.now(dt.UTC),
        profile=Profile.model_validate(await session.get_one(Account, account.id)),
        sessions=[SessionRow.model_validate(one) for one in await rows(Session, own_sessions)],
        api_keys=[KeyRow.model_validate(one) for one in keys],
        webhooks=[WebhookRow.model_validate(one) for one in await rows(Webhook, Webhook.tenant_id == tenant)],
        applications=[
            ApplicationRow.model_validate(one) for one in await rows(OidcClient, OidcClient.tenant_id == tenant)
        ],
        notices=[NoticeRow.model_validate(one) for one in await rows(Notice, Notice.account_id == account.id)],
        audit_events=[audit.shown(here, one) for one in await rows(AuditEvent, AuditEvent.actor_id == account.id)],
    )
