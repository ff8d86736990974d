"""Observations: what is said of one fact, a value or the reason there is none."""

from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import timedelta

from readiness.errors import Unobservable
from readiness.evidence import Value
from readiness.wire.exchange import Recorded


@dataclass(frozen=True)
class Observation:
    """What a probe or a source says of one fact: a value, or the reason there is none.

    Attributes:
        permission: The exact grant that is missing, where that is the reason.
        exchanges: What it rests on.
        low, high: Bounds of a measured value.
        max_age: How long it stands as evidence, where that differs from its fact's.
        crashed: The reason is a fault of the code that looked.
    """

    fact: str
    value: Value | None = None
    reason: str = ""
    permission: str = ""
    exchanges: tuple[Recorded, ...] = ()
    low: float | None = None
    high: float | None = None
    max_age: timedelta | None = None
    crashed: bool = False


def observed(
    fact: str, value: Value, *exchanges: Recorded, low: float | None = None, high: float | None = None
) -> Observation:
    """The fact was observed in these exchanges; `low` and `high` bound a measured value."""
    if not exchanges:
        raise ValueError(f"{fact}: an observation needs the exchange it was made in")
    return Observation(fact, value, exchanges=exchanges, low=low, high=high)


def unavailable(fact: str, reason: str, *exchanges: Recorded, permission: str = "") -> Observation:
    """The fact could not be observed; `permission` is the exact grant that is missing, where that is why."""
    return Observation(fact, None, reason=reason, permission=permission, exchanges=exchanges)


async def settled(fact: str, check: Awaitable[Observation]) -> Observation:
    """What the check says of the fact, or why it could not say anything."""
    try:
        return await check
    except Unobservable as obstacle:
        return unavailable(fact, obstacle.reason, *obstacle.exchanges, permission=obstacle.permission)
