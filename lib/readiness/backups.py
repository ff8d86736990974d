"""Backups: what a list of them says, whoever made it: the age of the newest, how far back they reach, their sizes."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil
from statistics import median
from typing import Any

from readiness.observation import Observation, observed, unavailable
from readiness.wire.exchange import Recorded

HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)
GAP = timedelta(days=8)
"""Longest time between two backups that are still one line of them: older ones are often thinned out to one a week."""
FRESH = timedelta(minutes=15)
"""Archiving of a log that reached no further than this has come to a halt: a platform writes more often."""
END_S = 253402300800
"""The year 10000 as a Unix time."""
AHEAD = HOUR
"""A backup that is dated this much after now is not believed."""


@dataclass(frozen=True)
class Backup:
    """A backup that whoever made it calls finished.

    Attributes:
        taken_at: When, UTC.
        size: In any unit; None where it is not told.
        scheduled: It was made by itself: one that a person made and keeps says nothing of how long others are kept.
    """

    taken_at: datetime
    size: float | None = None
    scheduled: bool = True


def listed(found: Iterable[Backup], now: datetime, *seen: Recorded, days: float | None = None) -> Iterator[Observation]:
    """`backups.newest_age_h` and `backups.kept_days`.

    Args:
        found: The finished backups; those without content do not count.
        now: The run's time, UTC.
        seen: The exchanges that listed them.
        days: For how long they are kept, where that is set; what was never made is kept for no day all the same.
    """
    good = _good(found, now)
    if not good:
        yield unavailable("backups.newest_age_h", "there is no finished backup", *seen)
        yield observed("backups.kept_days", 0, *seen)
        return
    age = max(now - good[0].taken_at, timedelta(0))
    yield observed("backups.newest_age_h", round(age / HOUR, 2), *seen)
    yield observed("backups.kept_days", _reach(good, now) if days is None else days, *seen)


def compared(found: Iterable[Backup], now: datetime, *seen: Recorded) -> Observation:
    """`backups.size_ratio`: of all finished backups, those without content among them."""
    fact, made = "backups.size_ratio", _credible(found, now)
    sizes = [one.size for one in made[1:] if made[0].taken_at - one.taken_at <= WEEK]
    told = [size for size in sizes if size is not None]
    if not told or len(told) < len(sizes) or not median(told) or made[0].size is None:
        return unavailable(fact, "there are no sizes of the newest backup and earlier ones of a week", *seen)
    return observed(fact, round(made[0].size / median(told), 3), *seen)


def epoch(seconds: Any) -> datetime | None:
    """A Unix time, UTC; None for anything else, and for a time that no calendar has."""
    if not isinstance(seconds, int) or isinstance(seconds, bool) or not 0 < seconds < END_S:
        return None
    return datetime.fromtimestamp(seconds, UTC)


def archived(first: datetime, last: datetime, now: datetime, *seen: Recorded) -> Iterator[Observation]:
    """`recovery.window_h` and `recovery.archiving`, of a log that covers the time from `first` to `last`.

    The window is told to the hour: what is kept for a week reaches back a few minutes less.
    """
    yield observed("recovery.window_h", max(round((min(last, now) - first) / HOUR), 0), *seen)
    yield observed("recovery.archiving", -AHEAD <= now - last <= FRESH, *seen)


def _credible(found: Iterable[Backup], now: datetime) -> list[Backup]:
    """The newest first."""
    return sorted((one for one in found if one.taken_at <= now + AHEAD), key=lambda one: one.taken_at, reverse=True)


def _good(found: Iterable[Backup], now: datetime) -> list[Backup]:
    return [one for one in _credible(found, now) if one.size != 0]


def _reach(good: list[Backup], now: datetime) -> int:
    """Days from now back to the oldest scheduled backup of a line without a gap; a begun day counts.

    Of seven daily backups that are kept for seven days, the oldest is younger than that most of the time.
    """
    oldest = now
    for one in good:
        if one.scheduled and oldest - one.taken_at > GAP:
            break
        oldest = min(oldest, one.taken_at) if one.scheduled else oldest
    return ceil(max(now - oldest, timedelta(0)) / DAY)
