"""The record of a load test: everything it came to, as one plain JSON document that stands as evidence."""

import math
from collections import Counter
from datetime import datetime
from typing import Any

import numpy as np

from readiness import __version__
from readiness.load.generator import health
from readiness.load.interval import Estimate, percentiles
from readiness.load.plan import Plan, Slo
from readiness.load.recording import BySecond, Latencies, Recording, together

FORMAT = 1
INTERRUPTED = "interrupted"
"""Why a test is partial that was stopped from outside: it says nothing of the platform."""
PERCENTILES = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "p99_9": 0.999}
CURVE = (0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975, 0.99, 0.995, 0.9975, 0.999, 0.9995, 0.9999)
BUCKETS_PER_DECADE = 16
MOST_COLUMNS = 300
"""Columns of the heat map; of a long test each stands for several seconds."""


def record_of(recording: Recording, plan: Plan, started_at: datetime, partial: str = "") -> dict[str, Any]:
    """The record of what was measured.

    Args:
        recording: Of all workers.
        plan: What was to be done.
        started_at: When the measured part began, UTC.
        partial: Why it ended early; empty where it did not.

    Returns:
        JSON values. Latencies are milliseconds; where nothing was measured they are None.
    """
    failed: Counter[str] = Counter()
    for (_, kind), count in recording.failed.items():
        failed[kind] += count
    completed, scheduled = recording.completed.total(), recording.scheduled
    measured_s = _measured(recording, plan, partial)
    seconds = together({}, *recording.seconds.values())
    latency, curve = _latencies(seconds)
    service, _ = _latencies(together({}, *recording.services.values()))
    error_pct = 100 * failed.total() / scheduled if scheduled else None
    generator = health(recording, plan, latency["p50"]["value"] if latency["samples"] else 0.0, bool(partial))
    return {
        "kind": "load",
        "format": FORMAT,
        "tool": f"readiness {__version__}",
        "foreign": False,
        "omits": [],
        "target": plan.target,
        "address": plan.address,
        "journey": plan.journey,
        "steps": [step.name for step in plan.steps],
        "model": "open" if plan.rate is not None else "closed",
        "rate": plan.rate,
        "users": plan.users,
        "think_s": round(plan.think_s, 3),
        "poisson": plan.poisson,
        "started_at": started_at.isoformat(),
        "warm_up_s": plan.warm_up_s,
        "seconds": round(measured_s, 3),
        "timeout_s": plan.timeout_s,
        "seed": plan.seed,
        "workers": recording.workers,
        "partial": partial,
        "void": generator.void,
        "scheduled": scheduled,
        "sent": recording.sent,
        "completed": completed,
        "failed": dict(sorted(failed.items())),
        "dropped": failed["dropped"],
        "error_pct": None if error_pct is None else round(error_pct, 4),
        "unanswered": recording.unanswered,
        "rate_achieved": round(recording.answered / measured_s, 2) if measured_s else 0.0,
        "latency_ms": latency,
        "service_ms": service,
        "by_step": {step.name: _of_step(recording, step.name) for step in plan.steps},
        "slo": _slo(plan.slo, latency, error_pct, scheduled, partial),
        "generator": generator.figures,
        **_tables(recording, seconds, measured_s),
        "curve": curve,
        "capacity": None,
        "watched": None,
    }


def estimate_of(told: dict[str, Any], name: str) -> Estimate:
    """A percentile of a record's `latency_ms` or `service_ms`."""
    one = told[name]
    return Estimate(one["value"], one["low"], one["high"], told["samples"])


def _measured(recording: Recording, plan: Plan, partial: str) -> float:
    """Seconds that were measured: all that were planned, or as far as a test came that ended early."""
    if not partial:
        return plan.seconds
    return min(max(recording.wall_s - plan.warm_up_s, 0.0), plan.seconds)


def _latencies(seconds: BySecond) -> tuple[dict[str, Any], dict[str, list[float]]]:
    if not any(seconds.values()):
        nothing = {name: {"value": None, "low": None, "high": None} for name in PERCENTILES}
        empty: dict[str, list[float]] = {"share": [], "ms": [], "low": [], "high": []}
        return {**nothing, "mean": {"value": None}, "max": {"value": None}, "samples": 0}, empty
    found = percentiles(seconds, [*PERCENTILES.values(), *CURVE])
    told: dict[str, Any] = {
        name: {"value": round(one.value, 3), "low": round(one.low, 3), "high": round(one.high, 3)}
        for name, one in zip(PERCENTILES, found, strict=False)
    }
    largest = max(max(counts) for counts in seconds.values() if counts)
    whole = sum(value * count for counts in seconds.values() for value, count in counts.items())
    told |= {
        "mean": {"value": round(whole / found[0].samples / 1000, 3)},
        "max": {"value": round(largest / 1000, 3)},
        "samples": found[0].samples,
    }
    on_curve = found[len(PERCENTILES) :]
    curve = {
        "share": list(CURVE),
        "ms": [round(one.value, 3) for one in on_curve],
        "low": [round(one.low, 3) for one in on_curve],
        "high": [round(one.high, 3) for one in on_curve],
    }
    return told, curve


def _of_step(recording: Recording, name: str) -> dict[str, Any]:
    return {
        "completed": recording.completed[name],
        "failed": {kind: count for (step, kind), count in sorted(recording.failed.items()) if step == name},
        "latency_ms": _latencies(recording.seconds.get(name, {}))[0],
        "service_ms": _latencies(recording.services.get(name, {}))[0],
        "histograms": _encoded(recording.steps.get(name)),
    }


def _encoded(latencies: Latencies | None) -> dict[str, str]:
    """The histograms as HdrHistogram's own text, which its readers in other languages merge without loss."""
    if latencies is None:
        return {}
    kinds = {"intended": latencies.intended, "service": latencies.service}
    return {kind: histogram.encode().decode("ascii") for kind, histogram in kinds.items()}


def _slo(slo: Slo, latency: dict[str, Any], error_pct: float | None, scheduled: int, partial: str) -> dict[str, Any]:
    """Whether what has to hold did: None where that is too close to say."""
    told: dict[str, Any] = {"p99_ms": slo.p99_ms, "error_pct": slo.error_pct}
    if partial == INTERRUPTED:
        return told | {"held": None, "why": "the test was interrupted"}
    if not scheduled or error_pct is None:
        return told | {"held": False, "why": "no request was sent"}
    if error_pct >= slo.error_pct:
        return told | {"held": False, "why": f"{error_pct:.2f} % failed, {slo.error_pct:g} % is too many"}
    p99 = estimate_of(latency, "p99")
    if p99.settles(slo.p99_ms):
        side = "below" if p99.value < slo.p99_ms else "not below"
        return told | {"held": p99.value < slo.p99_ms, "why": f"p99 is {p99.value:g} ms, {side} {slo.p99_ms:g} ms"}
    needed = p99.needed(slo.p99_ms)
    why = f"p99 is between {p99.low:g} and {p99.high:g} ms, too close to {slo.p99_ms:g} ms"
    return told | {"held": None, "why": f"{why}; about {needed} requests would settle it ({p99.samples} were measured)"}


def _tables(recording: Recording, by_second: BySecond, measured_s: float) -> dict[str, Any]:
    seconds = range(math.ceil(measured_s))
    counts = [by_second.get(second, Counter()) for second in seconds]
    errors = [recording.errors.get(second, Counter()) for second in seconds]
    failed = [sum(kinds.values()) for kinds in errors]
    scheduled = [sum(values.values()) for values in counts]
    kinds = sorted({kind for of_second in errors for _, kind in of_second})
    return {
        "seconds_table": {
            "second": list(seconds),
            "scheduled": scheduled,
            "completed": [all_ - bad for all_, bad in zip(scheduled, failed, strict=True)],
            "failed": failed,
            "p50_ms": [_share(values, 0.5) for values in counts],
            "p99_ms": [_share(values, 0.99) for values in counts],
        },
        "heat": _heat(counts),
        "errors": {
            "second": list(seconds),
            "kinds": {
                kind: [sum(n for (_, one), n in of_second.items() if one == kind) for of_second in errors]
                for kind in kinds
            },
        },
    }


def _share(counts: Counter[int], share: float) -> float | None:
    rank, seen = math.ceil(share * counts.total()), 0
    for value in sorted(counts):
        seen += counts[value]
        if seen >= rank:
            return round(value / 1000, 3)
    return None


def _heat(counts: list[Counter[int]]) -> dict[str, Any]:
    """How many requests of each time took how long: edges are milliseconds, evenly spaced on a logarithmic scale."""
    values = [value for of_second in counts for value in of_second]
    if not values:
        return {"second": [], "edges_ms": [], "counts": []}
    first = math.floor(math.log10(min(values)) * BUCKETS_PER_DECADE)
    last = math.floor(math.log10(max(values)) * BUCKETS_PER_DECADE) + 1
    together = math.ceil(len(counts) / MOST_COLUMNS)
    columns = []
    for start in range(0, len(counts), together):
        column = np.zeros(last - first, dtype=int)
        for of_second in counts[start : start + together]:
            for value, count in of_second.items():
                column[math.floor(math.log10(value) * BUCKETS_PER_DECADE) - first] += count
        columns.append(column.tolist())
    edges = [round(10 ** (edge / BUCKETS_PER_DECADE) / 1000, 6) for edge in range(first, last + 1)]
    return {"second": list(range(0, len(counts), together)), "edges_ms": edges, "counts": columns}
