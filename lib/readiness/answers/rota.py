"""Rotas: at which times somebody is on call, and how the time is shared."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Shift:
    """Somebody is on call in [start, end); without a start or an end, since ever or for ever."""

    person: str
    start: datetime | None = None
    end: datetime | None = None


def uncovered_s(shifts: Iterable[Shift], since: datetime, until: datetime) -> float:
    """Seconds between two times at which nobody is on call."""
    left, reached = 0.0, since
    for start, end in sorted(_clipped(shift, since, until) for shift in shifts):
        left += max((start - reached).total_seconds(), 0)
        reached = max(reached, end)
    return left + (until - reached).total_seconds()


def shares(shifts: Iterable[Shift], since: datetime, until: datetime) -> dict[str, float]:
    """Share of the time between two times (0 to 1) that each person is on call; those who never are, are left out."""
    own: dict[str, list[Shift]] = {}
    for shift in shifts:
        own.setdefault(shift.person, []).append(shift)
    length = (until - since).total_seconds()
    found = {person: 1 - uncovered_s(theirs, since, until) / length for person, theirs in own.items()}
    return {person: share for person, share in found.items() if share > 0}


def _clipped(shift: Shift, since: datetime, until: datetime) -> tuple[datetime, datetime]:
    start = min(max(shift.start or since, since), until)
    return start, max(start, min(shift.end or until, until))
