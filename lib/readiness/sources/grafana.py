"""Grafana: a dashboard that shows how the platform does."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from pydantic import Field

from readiness.address import Address
from readiness.answers.dashboard import Dashboard
from readiness.errors import Unobservable
from readiness.observation import Observation, observed, unavailable
from readiness.secret import Secret
from readiness.source import Vendor, supplies
from readiness.wire.api import Api

if TYPE_CHECKING:
    from readiness.probes import Context

MOST = 50
"""Dashboards that are looked at."""


class Grafana(Vendor):
    """Grafana."""

    base: Address = Field(description="address of its API, such as `https://grafana.example.com/api`")
    token: Secret = Field(description="service account token (Viewer, and datasources:read), a reference")
    tags: list[str] = Field([], description="tags of the platform's dashboards; default: all are looked at")


@supplies("dashboards.complete", "dashboards.dead_panels")
async def dashboards(source: Grafana, api: Api, context: "Context") -> AsyncIterator[Observation]:
    """Read the platform's dashboards, and the data sources that there are."""
    listed = await api.get("/search", {"type": "dash-db", "tag": source.tags, "limit": MOST + 1})
    if len(listed.value) > MOST:
        reason = f"grafana lists more than {MOST} dashboards, too many to look at"
        raise Unobservable(reason, listed.exchange, permission="sources.grafana.tags")
    readings = [await api.get(f"/dashboards/uid/{one['uid']}") for one in listed.value]
    seen = [reading.exchange for reading in (listed, *readings)]
    found = [Dashboard(reading.need("dashboard")) for reading in readings]
    complete = [one for one in found if one.complete]
    yield observed("dashboards.complete", len(complete), *seen)
    if not complete:
        yield unavailable("dashboards.dead_panels", "no dashboard shows all four signals", *seen)
        return
    sources = await api.get("/datasources", scope="datasources:read", private=True)
    dead = min(one.dead(sources.value) for one in complete)
    yield observed("dashboards.dead_panels", dead, sources.exchange, *seen)
