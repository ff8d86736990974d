"""Capacity: the largest load that holds what has to hold, found in steps that double and then close in.

The knee is the level with the greatest power, throughput divided by response time (Kleinrock, 1979, "Power and
deterministic rules of thumb for probabilistic problems in computer communications"): beyond it each request more is
paid for with more waiting than it is worth.
"""

import math
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from readiness.load.record import INTERRUPTED
from readiness.load.scalability import Scalability, fit

FACTOR = 2.0
"""How much larger each step is."""
CLOSE = 1.1
"""The search ends when the smallest load that broke is so little larger than the largest that held."""
MOST_LEVELS = 16

Measure = Callable[[float], Awaitable[dict[str, Any]]]


@dataclass(frozen=True)
class Level:
    """What one load came to.

    Attributes:
        load: Requests a second, or users.
        throughput: Completed a second.
        mean_ms, p99_ms, low_ms, high_ms: From the intended start: mean, 99th percentile and its interval; None where
            nothing was measured.
        error_pct: Failures.
        held: Whether what has to hold did; None where that is too close to say.
        why: What that rests on, or why the level says nothing.
        void: The generator may have shaped it.
        failing: The platform failed: the test stopped itself, or nothing was completed.
    """

    load: float
    throughput: float
    mean_ms: float | None
    p99_ms: float | None
    low_ms: float | None
    high_ms: float | None
    error_pct: float | None
    held: bool | None
    why: str
    void: bool = False
    failing: bool = False

    @classmethod
    def of(cls, record: dict[str, Any]) -> "Level":
        """The level that a load test's record stands for."""
        latency = record["latency_ms"]
        return cls(
            load=record["rate"] if record["model"] == "open" else record["users"],
            throughput=record["rate_achieved"],
            mean_ms=latency["mean"]["value"],
            p99_ms=latency["p99"]["value"],
            low_ms=latency["p99"]["low"],
            high_ms=latency["p99"]["high"],
            error_pct=record["error_pct"],
            held=_held(record),
            why=(record["void"] or [record["partial"] or record["slo"]["why"]])[0],
            void=bool(record["void"]),
            failing=record["partial"] not in ("", INTERRUPTED) or not record["completed"],
        )

    @property
    def concurrency(self) -> float:
        """Requests under way at a time, mean: throughput times response time (Little's law)."""
        return self.throughput * (self.mean_ms or 0.0) / 1000


@dataclass(frozen=True)
class Capacity:
    """What a search came to.

    Attributes:
        unit: Of the loads: `requests/s` or `users`.
        levels: Everything that was measured, by load.
        largest: The largest load that held; None where none did.
        smallest_broken: The smallest that did not; None where none was found.
        knee: The load with the greatest power.
        why: Why the search ended.
        scalability: The fit of the Universal Scalability Law, or why there is none.
    """

    unit: str
    levels: tuple[Level, ...]
    largest: float | None
    smallest_broken: float | None
    knee: float | None
    why: str
    scalability: Scalability

    def as_json(self) -> dict[str, Any]:
        """JSON values, as in a load record under `capacity`."""
        return asdict(self) | {"levels": [asdict(level) for level in self.levels]}


async def search(
    measure: Measure, *, start: float, most: float, unit: str, whole: bool = False
) -> tuple[Capacity, dict[str, Any] | None]:
    """Find the largest load that holds.

    Args:
        measure: Carries out one load test and gives its record; None of it is decided here.
        start: Load of the first level.
        most: Load that is never exceeded.
        unit: Of the loads.
        whole: Loads are whole numbers.

    Returns:
        The capacity, and the record of the largest level that held; None where none did.
    """
    levels: dict[float, Level] = {}
    held: dict[float, dict[str, Any]] = {}
    most = math.floor(most) if whole else most
    load, why = min(start, most), f"{MOST_LEVELS} levels were measured"
    while len(levels) < MOST_LEVELS:
        record = await measure(load)
        level = levels[load] = Level.of(record)
        if level.void:
            why = f"the generator may have shaped the level of {load:g} {unit}: {level.why}"
            break
        if record["partial"] == INTERRUPTED:
            why = INTERRUPTED
            break
        if level.failing:
            why = f"the platform failed at {load:g} {unit}: {level.why}"
            break
        if level.held:
            held[load] = record
        good = max(held, default=0.0)
        bad = min((one for one in levels.values() if not one.held and one.load > good), key=_load, default=None)
        if good >= most:
            why = f"{most:g} {unit} held, and no more are allowed"
            break
        if bad is None:
            load = good * FACTOR
        elif not good:
            load = bad.load / FACTOR
        else:
            load = math.sqrt(good * bad.load)
        load = min(max(1.0, float(round(load))) if whole else float(f"{load:.3g}"), most)
        if bad and (load in levels or load < min(1.0, start) or (good and bad.load / good <= CLOSE)):
            short = "did not" if bad.held is False else "is too close to say"
            why = f"{good:g} {unit} held and {bad.load:g} {short}" if good else f"not even {bad.load:g} {unit} held"
            break
    ordered = tuple(levels[one] for one in sorted(levels))
    largest = max(held, default=None)
    broken = [one.load for one in ordered if one.held is False and not one.void and one.load > (largest or 0.0)]
    capacity = Capacity(
        unit, ordered, largest, min(broken, default=None), _knee(ordered), why, fit(*_measured(ordered))
    )
    return capacity, held[largest] if largest is not None else None


def _load(level: Level) -> float:
    return level.load


def _held(record: dict[str, Any]) -> bool | None:
    if record["partial"] == INTERRUPTED:
        return None
    held: bool | None = record["slo"]["held"]
    return False if record["partial"] or not record["completed"] else held


def _measured(levels: Sequence[Level]) -> tuple[list[float], list[float]]:
    told = [level for level in levels if level.mean_ms and level.throughput and not level.void and not level.failing]
    return [level.concurrency for level in told], [level.throughput for level in told]


def _knee(levels: Sequence[Level]) -> float | None:
    power = {
        level.load: level.throughput / level.mean_ms
        for level in levels
        if level.mean_ms and not level.void and not level.failing
    }
    return max(power, key=lambda load: power[load]) if len(power) > 2 else None
