"""Handover: access tokens for less time, or for another service, than the one from signing in."""

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from . import access_tokens
from .bodies import JsonRoute
from .errors import documented
from .identity import Here, Verified
from .schemas import Body, example

router = APIRouter(prefix="/auth/me", tags=["me"], route_class=JsonRoute)


class Wanted(Body):
    """What the token is for."""

    expires_in: int = Field(300, ge=1, le=900, description="Life in seconds; it ends with the session at the latest.")
    audience: Literal["api", "reports"] = Field("api", description="The service that takes it, and no other.")


class Handed(BaseModel):
    """A token to hand on."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"
    expires_in: int


_HANDED = {"access_token": "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiI0ZjZkIn0.c2lnbmF0dXJl", "token_type": "Bearer"}


@router.post(
    "/token",
    summary="Issue a token to hand on",
    responses={**example({**_HANDED, "expires_in": 300}), **documented(400, 401, 403, 413, 415, 422, 429)},
)
async def hand_on(here: Here, asking: Verified, wanted: Wanted) -> Handed:
    """Return an access token of the same session to give to a script or to another service."""
    audience = "" if wanted.audience == "api" else f"{here.base}/{wanted.audience}"
    token = access_tokens.issue(here, asking.account.id, asking.session_id, wanted.expires_in, audience)
    return Handed(access_token=token, expires_in=wanted.expires_in)
