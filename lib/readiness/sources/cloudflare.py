"""Cloudflare: whether the host is behind its edge, the pools of its load balancer, and what the edge cache answers."""

from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from readiness.errors import Unobservable
from readiness.observation import Observation, observed, unavailable
from readiness.secret import Secret
from readiness.source import Vendor, supplies
from readiness.wire.api import Api, Reading

if TYPE_CHECKING:
    from readiness.probes import Context

WEEK, DAYS = timedelta(days=7), 7
CACHED = {"hit", "stale", "revalidated", "updating"}
"""Cache states of an answer that the origin did not have to give again."""
REQUESTS = """query Requests($zone: String!, $filter: filter) {
  viewer { zones(filter: {zoneTag: $zone}) {
    httpRequestsAdaptiveGroups(limit: 100, filter: $filter) { count dimensions { cacheStatus } }
  } }
}"""


class Cloudflare(Vendor):
    """Cloudflare (API v4)."""

    BASE: ClassVar[str] = "https://api.cloudflare.com/client/v4"

    token: Secret = Field(description="an API token that may read the zone, its DNS and its analytics, a reference")
    zone: str = Field(pattern=r"^[0-9a-f]{32}$", description="id of the zone")
    account: str = Field("", description="id of the account that owns the load balancer's pools; default: the user")
    static: str = Field("", description="host that static files are served from")


async def _get(api: Api, path: str, params: Mapping[str, Any], scope: str) -> Reading:
    """The `result` of an answer; one of 200 that says that it is no success is none."""
    reading = await api.get(path, params, scope=scope)
    if reading.need("success") is not True:
        words = [str(one.get("message")) for one in reading.value.get("errors") or ()]
        raise Unobservable(f"cloudflare answered {reading.exchange.source} with: {'; '.join(words)}", reading.exchange)
    return Reading(reading.need("result"), reading.exchange)


@supplies("edge.fronted")
async def proxied(source: Cloudflare, api: Api, context: "Context") -> AsyncIterator[Observation]:
    """Whether the DNS records of the production host lead to Cloudflare's edge."""
    host = context.target.host
    path = f"/zones/{source.zone}/dns_records"
    records = await _get(api, path, {"name": host, "per_page": 100}, "Zone: DNS: Read")
    mine = [one for one in records.value if one["name"] == host and one["type"] in ("A", "AAAA", "CNAME")]
    if mine:
        yield observed("edge.fronted", all(one.get("proxied") is True for one in mine), records.exchange)
    else:
        yield unavailable("edge.fronted", f"the zone has no address of {host}", records.exchange)


@supplies("edge.origins", "edge.monitored", "edge.fallback")
async def balancer(source: Cloudflare, api: Api, context: "Context") -> AsyncIterator[Observation]:
    """Read the pools that the load balancer of the production host spreads its requests over."""
    host = context.target.host
    path = f"/zones/{source.zone}/load_balancers"
    balancers = await _get(api, path, {}, "Zone: Load Balancers: Read")
    mine: Any = next((one for one in balancers.value if one["name"] == host and one.get("enabled", True)), None)
    if mine is None:
        raise Unobservable(f"the zone has no load balancer called {host}", balancers.exchange)
    owner = f"/accounts/{source.account}" if source.account else "/user"
    listed = await _get(api, f"{owner}/load_balancers/pools", {}, "Account: Load Balancing: Monitors and Pools: Read")
    pools = {one["id"]: one for one in listed.value if one.get("enabled", True)}
    used = [pools[name] for name in mine.get("default_pools") or () if name in pools]
    seen = (balancers.exchange, listed.exchange)
    origins = {one["address"] for pool in used for one in pool.get("origins") or () if one.get("enabled", True)}
    yield observed("edge.origins", len(origins), *seen)
    yield observed("edge.monitored", bool(used) and all(pool.get("monitor") for pool in used), *seen)
    spare = mine.get("fallback_pool")
    # the one pool that is used anyway is nothing to fall back on
    yield observed("edge.fallback", spare in pools and [pool["id"] for pool in used] != [spare], *seen)


@supplies("cdn.requests", "cdn.hit_pct")
async def cache(source: Cloudflare, api: Api, context: "Context") -> AsyncIterator[Observation]:
    """Count the requests of the static host by cache state, day by day: a query may not span more on every plan.

    The zone's own daily sums would count the API's answers, which no cache may keep.
    """
    if not source.static:
        raise Unobservable(
            "the target file does not say where static files are", permission="sources.cloudflare.static"
        )
    counted: dict[str, int] = {}
    seen = []
    for day in range(DAYS):
        start = context.now - WEEK + timedelta(days=day)
        span = {"datetime_geq": _utc(start), "datetime_lt": _utc(start + timedelta(days=1))}
        mine = {"clientRequestHTTPHost": source.static, "requestSource": "eyeball"}
        variables = {"zone": source.zone, "filter": {**span, **mine}}
        answer = await api.query("/graphql", REQUESTS, variables, scope="Zone: Analytics: Read")
        for group in answer.need("viewer", "zones", 0, "httpRequestsAdaptiveGroups"):
            state = str(group["dimensions"]["cacheStatus"])
            counted[state] = counted.get(state, 0) + group["count"]
        seen.append(answer.exchange)
    requests = sum(counted.values())
    yield observed("cdn.requests", requests, *seen)
    if requests:
        cached = sum(number for state, number in counted.items() if state in CACHED)
        yield observed("cdn.hit_pct", round(100 * cached / requests, 2), *seen)
    else:
        yield unavailable("cdn.hit_pct", f"nobody asked {source.static} for anything in {DAYS} days", *seen)


def _utc(when: Any) -> str:
    return f"{when:%Y-%m-%dT%H:%M:%SZ}"
