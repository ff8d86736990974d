"""Plans: the time of day, and of a weekly run its day of the week, in the time zone of the machine."""

import os
import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from pathlib import Path
from typing import Literal

from readiness.errors import BadInput

Kind = Literal["daily", "weekly"]
KINDS: tuple[Kind, ...] = ("daily", "weekly")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TIME = re.compile(r"(?:(?P<day>[a-z]{3})@)?(?P<hour>[01]\d|2[0-3]):(?P<minute>[0-5]\d)")


@dataclass(frozen=True)
class Plan:
    """When one kind of run is due.

    Attributes:
        kind: `daily` or `weekly`.
        at: Time of day.
        day: Day of the week, 0 is Monday; None for a daily one.
    """

    kind: Kind
    at: time
    day: int | None = None

    @classmethod
    def parse(cls, kind: Kind, text: str) -> "Plan":
        """Read `06:00` for a daily plan, `mon@07:00` for a weekly one.

        Raises:
            BadInput: It is not such a time.
        """
        match = _TIME.fullmatch(text)
        wanted = "06:00" if kind == "daily" else "mon@07:00"
        if not match or (match["day"] is None) != (kind == "daily") or (match["day"] or "mon") not in DAYS:
            raise BadInput(f"--{kind}: expected a time such as {wanted}, got {text!r}")
        day = DAYS.index(match["day"]) if match["day"] else None
        return cls(kind, time(int(match["hour"]), int(match["minute"])), day)

    def __str__(self) -> str:
        return f"{self.at:%H:%M}" if self.day is None else f"{DAYS[self.day]}@{self.at:%H:%M}"

    def due(self, now: datetime, zone: tzinfo | None = None) -> datetime:
        """The latest moment, up to `now`, at which it was due.

        Args:
            now: A time with its zone.
            zone: Zone of the plan; None: the machine's.
        """
        return next(moment for moment in self._backwards(now, zone) if moment <= now)

    def missed(self, since: datetime, until: datetime, zone: tzinfo | None = None) -> list[datetime]:
        """The moments after `since` and before `until` at which it was due, oldest first; at most a year of them."""
        found = []
        for index, moment in enumerate(self._backwards(until, zone)):
            if moment <= since or index > 366:
                break
            if moment < until:
                found.append(moment)
        return found[::-1]

    def _backwards(self, now: datetime, zone: tzinfo | None) -> "list[datetime]":
        today = now.astimezone(zone).date()
        days = [today - timedelta(days=number) for number in range(-1, 368)]
        moments = [datetime.combine(day, self.at) for day in days if self.day in (None, day.weekday())]
        # a wall-clock time that a change of clocks leaves out is the moment an hour later, as fold says
        return [moment.replace(tzinfo=zone) if zone else moment.astimezone() for moment in moments]


def zone_name(localtime: Path = Path("/etc/localtime")) -> str:
    """The machine's time zone in words, `Europe/Berlin`; its offset where the name is not told."""
    named = os.environ.get("TZ", "").lstrip(":")
    if named:
        return named
    _, found, name = str(localtime.resolve()).partition("zoneinfo/")
    return name if found else f"UTC{datetime.now().astimezone():%z}"
