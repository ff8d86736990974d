"""Alertmanager: where a critical alert is sent."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from pydantic import Field

from readiness.address import Address
from readiness.answers.routing import receivers, tells
from readiness.errors import Unobservable
from readiness.observation import Observation, observed
from readiness.secret import Secret
from readiness.source import Vendor, supplies
from readiness.wire.api import Api

if TYPE_CHECKING:
    from readiness.probes import Context


class Alertmanager(Vendor):
    """Alertmanager (API v2)."""

    base: Address = Field(description="address of its API, such as `https://alertmanager.example.com/api/v2`")
    token: Secret | None = Field(None, description="bearer token, a reference")
    labels: dict[str, str] = Field({"severity": "critical"}, description="labels that a critical alert carries")


@supplies("alerting.routed")
async def routed(source: Alertmanager, api: Api, context: "Context") -> AsyncIterator[Observation]:
    """Follow a critical alert down the routes that are in force; a receiver without integrations tells nobody."""
    reading = await api.get("/status", private=True)  # the configuration holds addresses that are secrets
    try:
        found = receivers(str(reading.need("config", "original")), source.labels)
    except ValueError as error:
        raise Unobservable(f"alertmanager: {error}", reading.exchange) from None
    yield observed("alerting.routed", any(map(tells, found)), reading.exchange)
