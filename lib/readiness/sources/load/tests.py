"""Tests: what the newest test with users and the newest with a rate of arrivals came to."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from readiness.errors import Unobservable
from readiness.observation import Observation
from readiness.source import supplies
from readiness.sources.load import Load
from readiness.sources.load.records import Loads, Trial, at
from readiness.sources.load.telling import Bounded, Read, bounded, number, percentile, told

if TYPE_CHECKING:
    from readiness.probes import Context


def _passed(trial: Trial) -> bool:
    slo = trial.within("slo")
    if slo.get("p99_ms") is None and slo.get("error_pct") is None:
        raise Unobservable("the load test had no thresholds", trial.artefact)
    if not isinstance(slo.get("held"), bool):
        raise Unobservable(str(slo.get("why") or "the load test does not settle its thresholds"), trial.artefact)
    return bool(slo["held"])


def _achieved(trial: Trial) -> float:
    """The lesser of what was sent of the schedule and of what was answered of the rate."""
    scheduled, rate = trial.number("scheduled"), trial.number("rate")
    if scheduled <= 0 or rate <= 0:
        raise Unobservable("the load test scheduled no request", trial.artefact)
    share = min(trial.number("sent") / scheduled, trial.number("rate_achieved") / rate)
    return round(min(100 * share, 100), 2)


_USERS = {
    "load_tests.users": number("users"),
    "load_tests.minutes": number("seconds", per=60),
    "load_tests.completed": number("completed"),
    "load_tests.error_pct": number("error_pct"),
    "load_tests.p99_ms": percentile("p99"),
    "load_tests.passed": _passed,
    "load_tests.think_s": number("think_s"),
    "load_tests.generator_cpu_pct": number("generator", "cpu_pct"),
}
_RATE = {
    "load_tests.rate": number("rate"),
    "load_tests.rate_minutes": number("seconds", per=60),
    "load_tests.rate_achieved_pct": _achieved,
    "load_tests.rate_error_pct": number("error_pct"),
    "load_tests.rate_p99_ms": percentile("p99"),
}


@supplies(*_USERS)
async def users(source: Load, loads: Loads, context: "Context") -> AsyncIterator[Observation]:
    """Read the test with virtual users: the closed model."""
    async for observation in told(loads, "closed", _USERS):
        yield observation


@supplies(*_RATE)
async def arrivals(source: Load, loads: Loads, context: "Context") -> AsyncIterator[Observation]:
    """Read the test with a rate of arrivals: the open model."""
    async for observation in told(loads, "open", _RATE):
        yield observation


def _samples(trial: Trial) -> float:
    counts = [at(step, "samples") for step in _steps(trial)]
    if not all(isinstance(count, int) and count > 0 for count in counts):
        raise Unobservable("the load test's record does not tell the samples of every step", trial.artefact)
    return float(min(counts))


def _slowest(name: str) -> Read:
    def read(trial: Trial) -> Bounded:
        found = [bounded(trial, step, name) for step in _steps(trial)]
        return Bounded(*(max(getattr(one, end) for one in found) for end in ("value", "low", "high")))

    return read


def _steps(trial: Trial) -> list[dict[str, object]]:
    """Latencies of each step: the journey's percentiles together would hide its slowest behind the others."""
    steps = [at(step, "latency_ms") for step in trial.within("by_step").values()]
    if not steps or not all(isinstance(step, dict) for step in steps):
        raise Unobservable("the load test's record does not tell its steps apart", trial.artefact)
    return steps


_LATENCY: dict[str, Read] = {
    "latency.samples": _samples,
    "latency.p50_ms": _slowest("p50"),
    "latency.p99_ms": _slowest("p99"),
}


@supplies(*_LATENCY)
async def latency(source: Load, loads: Loads, context: "Context") -> AsyncIterator[Observation]:
    """Percentiles of the slowest step, each request timed from its intended start."""
    async for observation in told(loads, "open", _LATENCY):
        yield observation
