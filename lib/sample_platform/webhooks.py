"""Webhooks: addresses of a tenant that its events are sent to."""

import base64
import datetime as dt
import secrets
import uuid
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from . import audit
from .bodies import JsonRoute
from .deliveries import deliver
from .destinations import Forbidden, destination
from .errors import Refused, documented
from .identity import Here, Verified
from .models import Delivery, Webhook
from .schemas import Body, example

MOST = 20

Url = Annotated[
    str,
    Field(max_length=490, pattern=r"^https?://[!-~]{1,480}$", examples=["https://hooks.example.com/sample"]),
]

router = APIRouter(prefix="/webhooks", tags=["webhooks"], route_class=JsonRoute)


class NewWebhook(Body):
    """Where to send events."""

    url: Url


class Made(BaseModel):
    """A webhook and the secret that its events are signed with, which is not shown again."""

    id: uuid.UUID
    secret: str


class Listed(BaseModel):
    """One webhook."""

    id: uuid.UUID
    url: str
    created_at: dt.datetime


class Webhooks(BaseModel):
    """The webhooks of a tenant, the newest first."""

    items: list[Listed]


class Sent(BaseModel):
    """An event on its way."""

    id: uuid.UUID


_ID = "5f1f4c7e-26d3-4f0b-8f4e-6d4f6d9f4a10"
_MADE = {"id": _ID, "secret": "whsec_cFQzbDBnVDNsMnJXMGIxa3EwSDRsMHo4c1U5Y1g3YVY="}
_LISTED = {"id": _ID, "url": "https://hooks.example.com/sample", "created_at": "2026-01-05T09:30:00Z"}
_ERRORS = documented(401, 403, 404, 422, 429)


@router.post(
    "",
    status_code=201,
    summary="Create a webhook",
    responses={**example(_MADE, 201), **documented(400, 401, 403, 409, 413, 415, 422, 429)},
)
async def create(here: Here, asking: Verified, wanted: NewWebhook) -> Made:
    """Have events sent to an address of the public internet; at most 20 live at the same time."""
    try:
        await destination(here, wanted.url, check=here.behaviour.webhook_resolves)
    except Forbidden as reason:
        raise Refused(422, "forbidden_address", str(reason)) from None
    secret = secrets.token_bytes(32)
    made = Webhook(id=uuid.uuid4(), tenant_id=asking.account.tenant_id, url=wanted.url, secret=secret)
    async with here.transaction() as session:
        count = select(func.count()).where(Webhook.tenant_id == asking.account.tenant_id)
        if (await session.scalar(count) or 0) >= MOST:
            raise Refused(409, "too_many_webhooks", "Remove a webhook before you make another.")
        session.add(made)
        audit.record(session, asking.account, "webhook.created", made.id, asking.address)
    return Made(id=made.id, secret=f"whsec_{base64.b64encode(secret).decode()}")


@router.get("", summary="List webhooks", responses={**example({"items": [_LISTED]}), **documented(401, 403, 429)})
async def webhooks(here: Here, asking: Verified) -> Webhooks:
    """Return the webhooks of the tenant."""
    query = select(Webhook).where(Webhook.tenant_id == asking.account.tenant_id).order_by(Webhook.created_at.desc())
    async with here.transaction() as session:
        found = (await session.scalars(query)).all()
    return Webhooks(items=[Listed(id=one.id, url=one.url, created_at=one.created_at) for one in found])


@router.delete("/{id}", status_code=204, summary="Remove a webhook", responses=_ERRORS)
async def remove(here: Here, asking: Verified, id: uuid.UUID) -> None:
    """Send no more events there; one on its way is not tried again."""
    async with here.transaction() as session:
        await session.delete(await _own(session, asking.account.tenant_id, id))
        audit.record(session, asking.account, "webhook.deleted", id, asking.address)


@router.post(
    "/{id}/events", status_code=202, summary="Send a test event", responses={**example({"id": _ID}, 202), **_ERRORS}
)
async def send(here: Here, asking: Verified, id: uuid.UUID) -> Sent:
    """Send an event of the kind `webhook.test`; it is sent again after 1, 2, 4 and 8 s until answered with 2xx."""
    sent = uuid.uuid4()
    body: dict[str, object] = {
        "id": str(sent),
        "type": "webhook.test",
        "created_at": dt.datetime.now(dt.UTC).isoformat(),
    }
    async with here.transaction() as session:
        webhook = await _own(session, asking.account.tenant_id, id)
        session.add(Delivery(id=sent, webhook_id=webhook.id, event="webhook.test", body=body))
    here.later(deliver(here, sent))
    return Sent(id=sent)


async def _own(session: AsyncSession, tenant: uuid.UUID, id: uuid.UUID) -> Webhook:
    webhook = (
        await session.scalars(select(Webhook).where(Webhook.id == id, Webhook.tenant_id == tenant))
    ).one_or_none()
    if webhook is None:
        raise Refused(404)
    return webhook
