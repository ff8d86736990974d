"""The diary: which due moments of a target are done, so that one that was missed is caught up, once."""

import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

from readiness.schedule.lock import FOLDER
from readiness.schedule.plan import Kind, Plan

FRESH = timedelta(hours=1)
"""Where nothing is noted yet, a moment as old as this is not caught up: it was before the schedule."""
LATE = timedelta(minutes=10)
"""A start this long after its moment is said to be late."""


@dataclass(frozen=True)
class Due:
    """One run that is to be made.

    Attributes:
        at: The moment that it was due.
        missed: How many due moments before that had no run.
        late: How long after its moment it starts.
    """

    at: datetime
    missed: int
    late: timedelta

    @property
    def words(self) -> str:
        """What has to be said of it; empty for one that is on time."""
        told = []
        if self.late >= LATE:
            told.append(f"due at {self.at:%Y-%m-%d %H:%M %Z}, made up for now")
        if self.missed:
            told.append(f"{self.missed} earlier {'run was' if self.missed == 1 else 'runs were'} missed")
        return "; ".join(told)


class Diary:
    """What is done of a target's schedule, one file beside its runs.

    Args:
        reports: Where its runs are published.
        target: Its short name.
    """

    def __init__(self, reports: Path, target: str) -> None:
        self._path = reports / FOLDER / f"{target}.json"

    def due(self, plan: Plan, now: datetime, zone: tzinfo | None = None) -> Due | None:
        """What is to be made now; None where the latest due moment is done.

        Args:
            plan: The schedule.
            now: A time with its zone.
            zone: Zone of the plan; None: the machine's.
        """
        at = plan.due(now, zone)
        done = self.done(plan.kind)
        if done is None:
            return Due(at, 0, now - at) if now - at < FRESH else None
        return Due(at, len(plan.missed(done, at, zone)), now - at) if at > done else None

    def done(self, kind: Kind) -> datetime | None:
        """The latest due moment that is done, UTC; None where nothing is noted or the file cannot be read."""
        try:
            return datetime.fromisoformat(json.loads(self._path.read_text(encoding="utf-8"))[kind]["done"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def note(self, kind: Kind, at: datetime, outcome: str) -> None:
        """Note that the moment `at` is done, and how it went."""
        try:
            told = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            told = {}
        told = (told if isinstance(told, dict) else {}) | {
            kind: {"done": at.astimezone(UTC).isoformat(), "outcome": outcome}
        }
        self._path.parent.mkdir(parents=True, exist_ok=True)
        partial = self._path.with_name(f".{self._path.name}.{os.getpid()}.partial")
        partial.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
        partial.replace(self._path)
