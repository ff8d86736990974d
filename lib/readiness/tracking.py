"""Tracking of errors: what is asked of the platform itself, whichever tracker its errors go to."""

from typing import TYPE_CHECKING

from readiness.answers.release import same
from readiness.errors import Unobservable
from readiness.observation import Observation, observed
from readiness.wire.api import Reading
from readiness.wire.exchange import Exchange

if TYPE_CHECKING:
    from readiness.probes import Context

FIRST, KEYS, EVENTS = "tracker.first_event", "tracker.active_keys", "tracker.recent_events"
ALERTS, RELEASE = "tracker.alerts", "tracker.release_current"


async def provoke(context: "Context") -> list[Exchange]:
    """The answer of the route that fails on purpose, where the platform has one."""
    route = context.target.routes.failing
    return [await context.client.get(context.url(route))] if route else []


async def current(context: "Context", release: str | None, reading: Reading) -> Observation:
    """Whether the release that a tracker names last is the one that production's health answer names."""
    if not release:
        return observed(RELEASE, False, reading.exchange)
    health = await context.client.get(context.url(context.target.routes.health), follow=3)
    agrees = same(str(release), health)
    if agrees is None:
        raise Unobservable("production's health answer does not name its release", health)
    return observed(RELEASE, agrees, reading.exchange, health)
