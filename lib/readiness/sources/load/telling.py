"""Telling: one fact of a load test, where its record tells it and leaves out nothing that the fact needs."""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass

from readiness.errors import Unobservable
from readiness.load.foreign import concerned
from readiness.observation import Observation, observed, settled
from readiness.sources.load.records import Loads, Trial, is_number


@dataclass(frozen=True)
class Bounded:
    """A measured value and the ends of its 95 % interval."""

    value: float
    low: float
    high: float


Read = Callable[[Trial], Bounded | float | bool]


async def told(loads: Loads, model: str, facts: Mapping[str, Read]) -> AsyncIterator[Observation]:
    """One observation of each fact, of the newest test of a model that is not older than the fact may be."""
    for fact, read in facts.items():
        yield await settled(fact, _told(loads, model, fact, read))


async def _told(loads: Loads, model: str, fact: str, read: Read) -> Observation:
    from readiness.probes import facts  # probes import what imports the sources

    trial = await loads.newest(model, facts()[fact].max_age)
    omitted = concerned(fact, trial.told.get("omits")) if trial.told.get("foreign") is not False else ""
    if omitted:
        raise Unobservable(f"another tool's summary cannot tell it: {omitted}", trial.artefact)
    value = read(trial)
    if isinstance(value, Bounded):
        return observed(fact, value.value, trial.artefact, low=value.low, high=value.high)
    return observed(fact, value, trial.artefact)


def number(*path: str, per: float = 1.0) -> Read:
    """What reads the number at a path, divided by `per`."""
    return lambda trial: round(trial.number(*path) / per, 4)


def percentile(name: str) -> Read:
    """What reads a percentile of the latency from the intended start, with its interval."""
    return lambda trial: bounded(trial, trial.within("latency_ms"), name)


def bounded(trial: Trial, latency: Mapping[str, object], name: str) -> Bounded:
    """A percentile with its interval, ms.

    Raises:
        Unobservable: It is not told with both ends.
    """
    told = latency.get(name)
    value, low, high = (told.get(key) for key in ("value", "low", "high")) if isinstance(told, Mapping) else (None,) * 3
    if not is_number(value) or not is_number(low) or not is_number(high) or not low <= value <= high:
        raise Unobservable(f"the load test's record does not tell {name} with its interval", trial.artefact)
    return Bounded(value, low, high)
