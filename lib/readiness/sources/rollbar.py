"""Rollbar: whether errors arrive, of which release, and whether anybody is told."""

from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from readiness.canary import Patience, sought
from readiness.errors import Unobservable
from readiness.observation import Observation, observed, settled, unavailable
from readiness.secret import Secret
from readiness.source import Vendor, supplies
from readiness.tracking import ALERTS, EVENTS, FIRST, KEYS, RELEASE, current, provoke
from readiness.wire.api import Api, Reading

if TYPE_CHECKING:
    from readiness.probes import Context

WEEK = timedelta(days=7)
CHANNELS = ("email", "slack", "pagerduty", "webhook")


class Rollbar(Vendor):
    """Rollbar (API 1)."""

    BASE: ClassVar[str] = "https://api.rollbar.com/api/1"

    token: Secret = Field(description="project access token with the scope read, a reference")
    environment: str = Field("production", description="environment that production reports as")
    patience: Patience = Field(
        timedelta(seconds=60), description="time in which an error of `routes.failing` arrives, at most 5m"
    )

    def headers(self) -> Mapping[str, str]:
        """See `Vendor.headers`."""
        return {"X-Rollbar-Access-Token": self.token.reveal()}


@supplies(FIRST, KEYS, EVENTS, ALERTS, RELEASE, deadline=100)
async def tracker(source: Rollbar, api: Api, context: "Context") -> AsyncIterator[Observation]:
    """Read the items of the environment, its deployments, and the rules of every channel."""
    yield await settled(RELEASE, _release(source, api, context))
    yield await settled(ALERTS, _alerts(api))
    provoked = await provoke(context)
    latest: Reading | None = None

    async def look() -> int | None:
        nonlocal latest
        latest = await _read(api, "/items", {"environment": source.environment})
        return _recent(latest, context) or None

    recent = await sought(look, source.patience if provoked else timedelta())
    assert latest is not None
    yield observed(FIRST, bool(latest.need("result", "items")), latest.exchange)
    yield observed(EVENTS, recent or 0, latest.exchange, *provoked)
    if recent:  # a project token does not list the keys; that events were accepted shows that there is one
        yield observed(KEYS, 1, latest.exchange)
    else:
        yield unavailable(KEYS, "no event arrived within 7 days that would show an active key", latest.exchange)


def _recent(items: Reading, context: "Context") -> int:
    """Items that occurred within a week: at least as many events were accepted."""
    since = (context.client.time() - WEEK).timestamp()
    return sum((item.get("last_occurrence_timestamp") or 0) >= since for item in items.need("result", "items"))


async def _alerts(api: Api) -> Observation:
    pages = [await _read(api, f"/notifications/{channel}/rules", {}) for channel in CHANNELS]
    enabled = sum(rule.get("enabled", True) for page in pages for rule in page.need("result"))
    return observed(ALERTS, int(enabled), *(page.exchange for page in pages))


async def _release(source: Rollbar, api: Api, context: "Context") -> Observation:
    """The newest deployment of the environment: they are listed newest first."""
    page = await _read(api, "/deploys", {"page": 1})
    deployed = [one for one in page.need("result", "deploys") if one.get("environment") == source.environment]
    return await current(context, deployed[0].get("revision") if deployed else None, page)


async def _read(api: Api, path: str, params: Mapping[str, Any]) -> Reading:
    reading = await api.get(path, params, scope="read")
    if reading.need("err"):
        raise Unobservable(f"rollbar answers with an error: {reading.value.get('message')}", reading.exchange)
    return reading
