"""Applications that sign people in through this platform: registered and removed by whoever owns them."""

import secrets
import uuid
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlalchemy import delete

from . import audit
from .bodies import JsonRoute
from .errors import Refused, documented
from .grants import hashed
from .identity import Here, Verified
from .models import OidcClient
from .schemas import Body, Name, example

REDIRECT = r"^https://[A-Za-z0-9.-]{1,253}(:\d{1,5})?/[!$%&'()*+,./0-9:;=?@A-Z_a-z~-]*$"
"""What can be registered: an https address without a fragment (RFC 6749, 3.1.2)."""

router = APIRouter(prefix="/oidc/clients", tags=["oidc"], route_class=JsonRoute)


class NewClient(Body):
    """An application to register."""

    name: Name
    redirect_uris: list[Annotated[str, Field(max_length=500, pattern=REDIRECT)]] = Field(
        min_length=1, max_length=5, examples=[["https://shop.example/callback"]]
    )


class Client(BaseModel):
    """A registered application; its secret is told this once."""

    id: uuid.UUID
    secret: str


@router.post(
    "",
    status_code=201,
    summary="Register an application",
    responses={
        **example({"id": "5b0c8f3e-3a52-4f0e-9a53-6d7f1c2b3a4d", "secret": "pT3l0gT3l2rW0b1kq0H4l0z8sU9cX7aV"}, 201),
        **documented(400, 401, 403, 413, 415, 422, 429),
    },
)
async def register(here: Here, asking: Verified, wanted: NewClient) -> Client:
    """Register an application that may sign in the people of the caller's tenant."""
    secret = secrets.token_urlsafe(32)
    tenant = asking.account.tenant_id
    row = OidcClient(tenant_id=tenant, name=wanted.name, secret_hash=hashed(secret), redirect_uris=wanted.redirect_uris)
    async with here.transaction() as session:
        session.add(row)
        await session.flush()
        audit.record(session, asking.account, "oidc_client.created", row.id, asking.address)
    return Client(id=row.id, secret=secret)


@router.delete(
    "/{client_id}", status_code=204, summary="Remove an application", responses=documented(401, 403, 404, 422, 429)
)
async def remove(here: Here, asking: Verified, client_id: uuid.UUID) -> None:
    """Remove an application of the caller's tenant; its tokens end with it."""
    own = (OidcClient.id == client_id) & (OidcClient.tenant_id == asking.account.tenant_id)
    async with here.transaction() as session:
        if (await session.scalar(delete(OidcClient).where(own).returning(OidcClient.id))) is None:
            raise Refused(404)
        audit.record(session, asking.account, "oidc_client.deleted", client_id, asking.address)
