"""Sentry: whether errors arrive, of which release, and whether anybody is told."""

from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from readiness.canary import Patience, sought
from readiness.observation import Observation, observed, settled
from readiness.secret import Secret
from readiness.source import Vendor, supplies
from readiness.tracking import ALERTS, EVENTS, FIRST, KEYS, RELEASE, current, provoke
from readiness.wire.api import Api, Reading, linked

if TYPE_CHECKING:
    from readiness.probes import Context

PERIOD = "7d"


class Sentry(Vendor):
    """Sentry (API 0)."""

    BASE: ClassVar[str] = "https://us.sentry.io"

    token: Secret = Field(description="auth token with project:read, org:read and alerts:read, a reference")
    organization: str = Field(pattern=r"^[\w-]+$", description="slug of the organization")
    project: str = Field(pattern=r"^[\w-]+$", description="slug of the project")
    patience: Patience = Field(
        timedelta(seconds=60), description="time in which an error of `routes.failing` arrives, at most 5m"
    )


@supplies(FIRST, KEYS, EVENTS, ALERTS, RELEASE, deadline=100)
async def tracker(source: Sentry, api: Api, context: "Context") -> AsyncIterator[Observation]:
    """Read the project, its keys, events and alerts; one error is provoked where the platform has a route for that."""
    place = f"/api/0/projects/{source.organization}/{source.project}/"
    # both answers hold secrets: of the project, and the addresses that events are sent to
    project = await api.get(place, scope="project:read", private=True)
    yield observed(FIRST, project.need("firstEvent") is not None, project.exchange)
    yield await settled(RELEASE, current(context, (project.value.get("latestRelease") or {}).get("version"), project))
    yield await settled(KEYS, _keys(api, place))
    id = str(project.need("id"))
    yield await settled(ALERTS, _alerts(source, api, id))
    yield await settled(EVENTS, _events(source, api, id, context))


async def _keys(api: Api, place: str) -> Observation:
    pages = [page async for page in api.pages(f"{place}keys/", {"status": "active"}, linked, private=True)]
    active = sum(bool(key.get("isActive")) for page in pages for key in page.value)
    return observed(KEYS, active, *(page.exchange for page in pages))


async def _alerts(source: Sentry, api: Api, project: str) -> Observation:
    path = f"/api/0/organizations/{source.organization}/workflows/"
    pages = [page async for page in api.pages(path, {"project": project}, linked, scope="alerts:read")]
    enabled = sum(bool(one.get("enabled")) for page in pages for one in page.value)
    return observed(ALERTS, enabled, *(page.exchange for page in pages))


async def _events(source: Sentry, api: Api, project: str, context: "Context") -> Observation:
    path = f"/api/0/organizations/{source.organization}/stats_v2/"
    params = {"field": "sum(quantity)", "groupBy": "outcome", "category": "error", "statsPeriod": PERIOD}
    latest: Reading | None = None

    async def look() -> int | None:
        nonlocal latest
        latest = await api.get(path, params | {"project": project}, scope="org:read")
        return sum(_quantity(group) for group in latest.need("groups")) or None

    provoked = await provoke(context)
    accepted = await sought(look, source.patience if provoked else timedelta())
    assert latest is not None
    return observed(EVENTS, accepted or 0, latest.exchange, *provoked)


def _quantity(group: Mapping[str, Any]) -> int:
    return int(group["totals"]["sum(quantity)"]) if group["by"].get("outcome") == "accepted" else 0
