"""Prometheus: what the platform measures of itself, and the alert rules that watch it."""

import math
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from readiness.address import Address
from readiness.answers.histogram import Histogram, Percentile
from readiness.canary import LONGEST_S, Patience, sought
from readiness.duration import Duration
from readiness.errors import Unobservable
from readiness.observation import Observation, observed, settled, unavailable
from readiness.promql import Queries, Vector, ask, matchers
from readiness.secret import Secret
from readiness.source import Vendor, supplies
from readiness.wire.api import Api, Reading

if TYPE_CHECKING:
    from readiness.probes import Context

MIB = 2**20
DAY_S = 86_400.0
YEAR = 365.0
"""Days beyond which a trend of a week says nothing: what lasts longer is said to last a year."""
Labels = dict[str, str]


class Prometheus(Vendor):
    """Prometheus, or what answers its HTTP API."""

    base: Address = Field(description="address of its HTTP API, such as `https://prometheus.example.com/api/v1`")
    token: Secret | None = Field(None, description="bearer token, a reference")
    labels: Annotated[Labels, Field(min_length=1)] = Field(
        description="labels that every series of the platform's own processes carries, such as `job: api`"
    )
    workload: Labels = Field({}, description="labels of its containers in kube-state-metrics, such as `namespace: api`")
    cache: Labels = Field({}, description="labels of its Redis, where Prometheus scrapes others as well")
    database: Labels = Field({}, description="labels of its database, such as `datname: app`, likewise")
    window: Duration = Field(timedelta(days=1), description="time that latency, memory and CPU are judged over")
    trend: Duration = Field(timedelta(days=7), description="time that a trend is taken from")
    group: str = Field(
        "", description="label that tells groups of operations apart; the slowest group is judged, none together"
    )
    latency_unit: Literal["s", "ms"] = Field("s", description="unit of the latency's buckets")
    critical: Labels = Field({"severity": "critical"}, description="labels of the alert rules that wake somebody")
    business: list[str] = Field([], description="names of the business metrics")
    signups: str | None = Field(None, description="counter of sign-ups, PromQL such as `sum(signups_total{$labels})`")
    patience: Patience = Field(timedelta(minutes=2), description="time in which a sign-up is counted, at most 5m")
    queries: Queries = Field(default_factory=Queries, description="what is asked, see below")

    def filled(self, query: str) -> str:
        """A query with its placeholders replaced.

        Raises:
            Unobservable: It asks for the platform's containers, and the settings do not say which they are.
        """
        if "$workload" in query and not self.workload:
            raise Unobservable("the settings do not name the containers", permission="sources.prometheus.workload")
        for name in ("labels", "workload", "cache", "database"):
            query = query.replace(f"${name}", matchers(getattr(self, name)))
        seconds = int(self.window.total_seconds())
        return query.replace("$window", f"{seconds}s").replace("$seconds", str(seconds)).replace("$group", self.group)


@supplies("latency.samples", "latency.p50_ms", "latency.p99_ms")
async def latency(source: Prometheus, api: Api, context: "Context") -> AsyncIterator[Observation]:
    """Percentiles of the whole histogram of each group; averages of percentiles are never taken."""
    vector = await ask(api, source.filled(source.queries.latency))
    groups: dict[str, list[tuple[float, float]]] = {}
    for sample in vector.need():
        bound = float(sample.labels.get("le", "nan")) * (1000 if source.latency_unit == "s" else 1)
        groups.setdefault(sample.labels.get(source.group, ""), []).append((round(bound, 6), sample.value))
    try:
        histograms = [Histogram.of(buckets) for buckets in groups.values()]
    except ValueError as error:
        raise Unobservable(f"prometheus has {error} for {vector.query}", vector.exchange) from None
    yield observed("latency.samples", int(min(one.samples for one in histograms)), vector.exchange)
    for fact, share in (("latency.p50_ms", 0.5), ("latency.p99_ms", 0.99)):
        found = [one for histogram in histograms if (one := histogram.percentile(share))]
        if len(found) < len(histograms):
            yield unavailable(fact, f"no request within {source.window}", vector.exchange)
        else:
            yield _slowest(fact, found, vector)


def _slowest(fact: str, found: Sequence[Percentile], vector: Vector) -> Observation:
    """The percentile of the slowest group; it lies between the largest bounds."""
    value, low, high = (max(getattr(one, name) for one in found) for name in ("value", "low", "high"))
    return observed(fact, value, vector.exchange, low=low, high=high)


@supplies("memory.largest_mib", "memory.growth_pct")
async def memory(source: Prometheus, api: Api, context: "Context") -> AsyncIterator[Observation]:
    """The largest process, and how much the one that grew most has grown."""
    yield await settled("memory.largest_mib", _number("memory.largest_mib", source, api, source.queries.memory, MIB))
    yield await settled("memory.growth_pct", _number("memory.growth_pct", source, api, source.queries.memory_growth))


async def _number(fact: str, source: Prometheus, api: Api, query: str, unit: float = 1.0) -> Observation:
    vector = await ask(api, source.filled(query))
    return observed(fact, vector.number / unit, vector.exchange)


@supplies("cpu.limit_declared", "cpu.p95_pct")
async def cpu(source: Prometheus, api: Api, context: "Context") -> AsyncIterator[Observation]:
    """CPU of the busiest process against the smallest limit, and whether every container has a limit."""
    containers = await ask(api, source.filled(source.queries.containers))
    limits = await ask(api, source.filled(source.queries.cpu_limits))
    both = containers.exchange, limits.exchange
    yield observed("cpu.limit_declared", len(limits.samples) >= len(containers.need()), *both)
    used = await ask(api, source.filled(source.queries.cpu))
    if not limits.samples:
        yield unavailable("cpu.p95_pct", "no container has a CPU limit to compare with", *both)
    else:
        least = min(sample.value for sample in limits.samples)
        yield observed("cpu.p95_pct", 100 * used.number / least, used.exchange, *both)


@supplies("cache.lookups", "cache.hit_pct")
async def cache(source: Prometheus, api: Api, context: "Context") -> AsyncIterator[Observation]:
    """Lookups within the window and the share that hit: totals since the start would hide a cache that broke since."""
    hits, misses = [
        await ask(api, source.filled(query)) for query in (source.queries.cache_hits, source.queries.cache_misses)
    ]
    lookups, both = hits.number + misses.number, (hits.exchange, misses.exchange)
    yield observed("cache.lookups", int(lookups), *both)
    if lookups:
        yield observed("cache.hit_pct", 100 * hits.number / lookups, *both)
    else:
        yield unavailable("cache.hit_pct", f"no lookup within {source.window}", *both)


@supplies("connections.most", "connections.refused")
async def connections(source: Prometheus, api: Api, context: "Context") -> AsyncIterator[Observation]:
    """The most connections at any time of the window, and those that were refused: the server itself counts none."""
    most = "connections.most"
    yield await settled(most, _number(most, source, api, source.queries.connections))
    if not source.queries.connections_refused:
        reason, setting = "the settings do not say what counts them", "sources.prometheus.queries.connections_refused"
        yield unavailable("connections.refused", reason, permission=setting)
    else:
        yield await _number("connections.refused", source, api, source.queries.connections_refused)


@supplies("alerting.critical", "alerting.unhealthy", "alerting.routed")
async def alerting(source: Prometheus, api: Api, context: "Context") -> AsyncIterator[Observation]:
    """Critical rules that evaluate; what is broken on their way; that nobody takes their alerts, where that is so."""
    reading = await api.get("/rules", {"type": "alert"})
    rules = [rule for group in reading.need("data", "groups") for rule in group["rules"] if rule.get("labels")]
    critical = [rule for rule in rules if source.critical.items() <= rule["labels"].items()]
    sound = sum(rule["health"] == "ok" for rule in critical)
    yield observed("alerting.critical", sound, reading.exchange)
    yield await settled("alerting.unhealthy", _unhealthy(source, api, len(critical) - sound, reading))
    takers = await api.get("/alertmanagers")
    if not takers.need("data", "activeAlertmanagers"):
        yield observed("alerting.routed", False, takers.exchange)
    else:  # one that is listed was found by discovery, and need not even run
        reason = "the Alertmanager that takes the alerts has to be asked where it sends them"
        yield unavailable("alerting.routed", reason, takers.exchange, permission="sources.alertmanager")


async def _unhealthy(source: Prometheus, api: Api, rules: int, reading: Reading) -> Observation:
    if rules:
        return observed("alerting.unhealthy", rules, reading.exchange)
    failed = await ask(api, source.filled(source.queries.failed_notifications))
    return observed("alerting.unhealthy", math.ceil(failed.number), failed.exchange, reading.exchange)


@supplies("scrape.targets", "scrape.down")
async def scrape(source: Prometheus, api: Api, context: "Context") -> AsyncIterator[Observation]:
    """The platform's targets, and those that could not be scraped."""
    found, exchange = await _targets(source, api)
    yield observed("scrape.targets", len(found), exchange)
    down = [one for one in found if one.get("health") != "up" or one.get("lastError")]
    yield observed("scrape.down", len(down), exchange)


async def _targets(source: Prometheus, api: Api) -> tuple[list[Any], Any]:
    reading = await api.get("/targets", {"state": "active"})
    active = reading.need("data", "activeTargets")
    return [one for one in active if source.labels.items() <= one["labels"].items()], reading.exchange


@supplies("business.metrics", "business.missing", "business.moved", deadline=LONGEST_S + 60)
async def business(source: Prometheus, api: Api, context: "Context") -> AsyncIterator[Observation]:
    """Whether each declared metric exists, and whether the counter of sign-ups counts one of our own."""
    if not source.business:
        raise Unobservable("the settings name no business metrics", permission="sources.prometheus.business")
    asked = [await ask(api, f"{name}{{{matchers(source.labels)}}}") for name in source.business]
    seen = [vector.exchange for vector in asked]
    yield observed("business.metrics", len(asked), *seen)
    yield observed("business.missing", sum(not vector.samples for vector in asked), *seen)
    yield await settled("business.moved", _moved(source, api, context))


async def _moved(source: Prometheus, api: Api, context: "Context") -> Observation:
    if source.signups is None:
        raise Unobservable("the settings name no counter of sign-ups", permission="sources.prometheus.signups")
    query = source.filled(source.signups)
    before = await ask(api, query)
    least, latest = before.number + 1, before
    await context.accounts.new()

    async def look() -> Vector | None:
        nonlocal latest
        latest = await ask(api, query)
        return latest if latest.number >= least else None

    found = await sought(look, source.patience)
    return observed("business.moved", found is not None, before.exchange, latest.exchange)


@supplies("capacity.days_left")
async def capacity(source: Prometheus, api: Api, context: "Context") -> AsyncIterator[Observation]:
    """Days until the first of disk, connections and memory runs out, by the trend (least squares) of each."""
    queries = (source.queries.disk_left, source.queries.connections_left, source.queries.memory_left)
    least, seen = YEAR, []
    for query in map(source.filled, queries):
        left = await ask(api, query)
        left.need()
        slopes = await ask(api, f"deriv(({query})[{int(source.trend.total_seconds())}s:1h])")
        seen += [left.exchange, slopes.exchange]
        falling = {_series(sample.labels): sample.value for sample in slopes.need()}
        for sample in left.need():
            slope = falling.get(_series(sample.labels))
            if slope is None:
                raise Unobservable(f"prometheus has no trend for {query}", slopes.exchange)
            if sample.value <= 0:
                least = 0.0
            elif slope < 0:
                least = min(least, sample.value / -slope / DAY_S)
    yield observed("capacity.days_left", round(least, 1), *seen)


def _series(labels: Mapping[str, str]) -> frozenset[tuple[str, str]]:
    return frozenset((name, value) for name, value in labels.items() if name != "__name__")


async def replicas(context: "Context", label: str) -> list[str]:
    """Values of a label of the platform's targets: the names of the replicas that run.

    Raises:
        Unobservable: No Prometheus is configured, or its targets do not have that label.
    """
    api = await context.supply.connection("prometheus", context)
    found, exchange = await _targets(context.target.sources.prometheus, api)  # type: ignore[attr-defined]
    names = sorted({one["labels"][label] for one in found if label in one["labels"]})
    if not names:
        raise Unobservable(f"no target that prometheus scrapes has the label {label}", exchange)
    return names
