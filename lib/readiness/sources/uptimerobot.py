"""UptimeRobot, API v3: monitors of the health route, whom they alert, and the uptime they measured."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

from pydantic import Field

from readiness.observation import Observation, observed, unavailable
from readiness.secret import Secret
from readiness.source import Vendor, supplies
from readiness.wire.api import Api, Reading

if TYPE_CHECKING:
    from readiness.probes import Context

MONITORS, INTERVAL, CONTACTS = "uptime.monitors", "uptime.interval_s", "uptime.contacts"
RATIO = "uptime.ratio_30d_pct"
IDLE = {"PAUSED", "STARTED"}
"""States of a monitor that is not looking, or has not looked yet."""
MONTH = timedelta(days=30)


class UptimeRobot(Vendor):
    """UptimeRobot (API v3)."""

    BASE: ClassVar[str] = "https://api.uptimerobot.com/v3"

    token: Secret = Field(description="a read-only API key, a reference")


@supplies(MONITORS, INTERVAL, CONTACTS, RATIO)
async def monitors(source: UptimeRobot, api: Api, context: "Context") -> AsyncIterator[Observation]:
    """Read the monitors of the production host, and the 30 days of the quickest one that is active."""
    listed: list[Reading] = []
    async for page in api.pages("/monitors", {"url": context.target.host, "limit": 50}, _next):
        listed.append(page)
    seen = [page.exchange for page in listed]
    watching = [item for page in listed for item in page.need("data") if _watches(item, context)]
    active = sorted((item for item in watching if item.get("status") not in IDLE), key=lambda item: item["interval"])
    yield observed(MONITORS, len(active), *seen)
    if not active:
        for fact in (INTERVAL, CONTACTS, RATIO):
            yield unavailable(fact, "no active monitor watches the production host and health route", *seen)
        return
    yield observed(INTERVAL, active[0]["interval"], *seen)
    yield observed(CONTACTS, max(len(item.get("assignedAlertContacts") or []) for item in active), *seen)
    now = context.client.time()
    window = {"from": (now - MONTH).isoformat(), "to": now.isoformat()}
    stats = await api.get(f"/monitors/{active[0]['id']}/stats/uptime", window)
    yield observed(RATIO, stats.need("uptime"), *seen, stats.exchange)


def _watches(monitor: Any, context: "Context") -> bool:
    """The filter by address is by part of it: host and path are compared here."""
    watched, wanted = urlsplit(str(monitor.get("url", ""))), urlsplit(context.url(context.target.routes.health))
    return (watched.hostname, watched.path or "/") == (wanted.hostname, wanted.path)


def _next(page: Reading) -> str | None:
    return page.value.get("nextLink") if isinstance(page.value, dict) else None
