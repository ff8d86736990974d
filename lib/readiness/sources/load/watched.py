"""Watched: what the platform's sources told while a load test ran, where that is what a fact means.

Left out: growth of memory, as minutes under load fill caches that a day does not; and what `/metrics` tells of memory
and processor, as only one of the processes behind an address answers.
"""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from readiness.errors import Unobservable
from readiness.load.watch import OF_LIMIT, OF_ROLE, PROMETHEUS
from readiness.observation import Observation
from readiness.source import supplies
from readiness.sources.load import Load
from readiness.sources.load.records import Loads, Trial, is_number
from readiness.sources.load.telling import told

if TYPE_CHECKING:
    from readiness.probes import Context

COVERED = 0.8
"""Share of the measured part that a series has to span: what was not looked at may have held the peak."""
SLACK_S = 2.0
"""How long after the end the last reading may come."""
RATE_S = 60.0
"""Seconds that a value of the processor's use looks back on: one from before that is of the time before the test."""
FEWEST = 20
"""Values that a 95th percentile takes: the highest of fewer is above it."""


def _values(trial: Trial, name: str, source: str = "", unit: str = "", since_s: float = 0.0) -> list[float]:
    """Values of a series within the measured part, or from a time on within it.

    Raises:
        Unobservable: It is missing, was watched for a part alone, or is not what the fact means.
    """
    listed = trial.within("watched")
    for one in _objects(listed.get("missing")):
        own = source != PROMETHEUS or str(one.get("source")).startswith(PROMETHEUS.rstrip(": "))
        if own and one.get("name") == name:
            reason = f"while the load test ran: {one.get('reason')}"
            raise Unobservable(reason, trial.artefact, permission=str(one.get("permission") or ""))
    found = [one for one in _objects(listed.get("series")) if one.get("name") == name]
    fitting = [one for one in found if source in str(one.get("source")) and unit in ("", one.get("unit"))]
    if not fitting:
        other = f": what was watched is {found[0].get('source')} in {found[0].get('unit')}" if found else ""
        raise Unobservable(f"the load test did not watch it{other}", trial.artefact)
    at_s, value = fitting[0].get("at_s"), fitting[0].get("value")
    if not isinstance(at_s, list) or not isinstance(value, list) or not all(map(is_number, at_s + value)):
        raise Unobservable(f"the load test's record holds no readable series {name}", trial.artefact)
    seconds = trial.number("seconds")
    pairs = [pair for pair in zip(at_s, value, strict=False) if since_s <= pair[0] <= seconds + SLACK_S]
    span = pairs[-1][0] - pairs[0][0] if pairs else 0.0
    if not pairs or span < COVERED * (seconds - since_s):
        after = f" after the first {since_s:.0f} s" if since_s else ""
        raise Unobservable(f"{name} was watched for {span:.0f} of {seconds:.0f} s{after}", trial.artefact)
    return [pair[1] for pair in pairs]


def _grown(trial: Trial, name: str, source: str = "") -> float:
    """What a counter grew by within the measured part."""
    values = _values(trial, name, source)
    return round(values[-1] - values[0], 6)


def _objects(value: object) -> list[dict[str, object]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _busy(trial: Trial) -> float:
    for one in _objects(trial.within("watched").get("missing")):
        if one.get("name") == "cpu limit":
            needs = str(one.get("permission") or "")
            raise Unobservable("no CPU limit was known to compare with", trial.artefact, permission=needs)
    values = sorted(_values(trial, "cpu", PROMETHEUS, OF_LIMIT, since_s=RATE_S))
    if len(values) < FEWEST:
        raise Unobservable(f"cpu has {len(values)} values, a 95th percentile takes {FEWEST}", trial.artefact)
    return round(values[-(-95 * len(values) // 100) - 1], 2)


def _mean(trial: Trial) -> float:
    calls = _grown(trial, "queries", OF_ROLE)
    if not calls:
        raise Unobservable("the platform's role sent no statement while the load test ran", trial.artefact)
    return round(_grown(trial, "query time", OF_ROLE) / calls, 3)


def _hits(trial: Trial) -> float:
    hits, lookups = _grown(trial, "cache hits"), _lookups(trial)
    if not lookups:
        raise Unobservable("nothing was looked up in the cache while the load test ran", trial.artefact)
    return 100 * hits / lookups


def _lookups(trial: Trial) -> float:
    return _grown(trial, "cache hits") + _grown(trial, "cache misses")


_FACTS = {
    "connections.most": lambda trial: max(_values(trial, "connections", OF_ROLE)),
    "memory.largest_mib": lambda trial: max(_values(trial, "memory", PROMETHEUS)),
    "cpu.p95_pct": _busy,
    "queries.calls": lambda trial: _grown(trial, "queries", OF_ROLE),
    "queries.mean_ms": _mean,
    "cache.lookups": _lookups,
    "cache.hit_pct": _hits,
    "durability.transactions": lambda trial: _grown(trial, "transactions"),
    "durability.deadlocks": lambda trial: _grown(trial, "deadlocks"),
}


@supplies(*_FACTS)
async def watched(source: Load, loads: Loads, context: "Context") -> AsyncIterator[Observation]:
    """Read what was watched during the newest test, whatever its model."""
    async for observation in told(loads, "", _FACTS):
        yield observation
