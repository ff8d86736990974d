"""The diary: which due moments of a target are done, so that one that was missed is caught up, once."""

import json
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

from readiness import whole
from readiness.schedule.lock import FOLDER, held
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
        ahead: A moment to come that was noted as done, by a clock that was set back since; None for none.
    """

    at: datetime
    missed: int
    late: timedelta
    ahead: datetime | None = None

    @property
    def words(self) -> str:
        """What has to be said of it; empty for one that is on time."""
        told = []
        if self.late >= LATE:
            told.append(f"due at {self.at:%Y-%m-%d %H:%M %Z}, made up for now")
        if self.missed:
            told.append(f"{self.missed} earlier {'run was' if self.missed == 1 else 'runs were'} missed")
        if self.ahead:
            told.append(f"made though a run of {self.ahead:%Y-%m-%d %H:%M %Z} is noted: the clock was set back since")
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
        """What is to be made now; None where the latest due moment is done. One that is to come counts as not noted.

        Args:
            plan: The schedule.
            now: A time with its zone.
            zone: Zone of the plan; None: the machine's.
        """
        at = plan.due(now, zone)
        done = self.done(plan.kind)
        if done is None or done > now:
            return Due(at, 0, now - at, done) if now - at < FRESH else None
        return Due(at, len(plan.missed(done, at, zone)), now - at) if at > done else None

    def done(self, kind: Kind) -> datetime | None:
        """The latest due moment that is done, UTC; None where nothing is noted or the file cannot be read."""
        try:
            return datetime.fromisoformat(self._noted(kind)["done"])
        except (ValueError, KeyError, TypeError):
            return None

    def untold(self, kind: Kind) -> dict[str, Any] | None:
        """What was noted to be told and is not told yet; None for nothing."""
        found = self._noted(kind).get("untold")
        return found if isinstance(found, dict) else None

    def note(self, kind: Kind, at: datetime, outcome: str, untold: Mapping[str, Any] | None = None) -> None:
        """Note that the moment `at` is done, and how it went.

        Args:
            kind: Of which kind of run.
            at: The moment.
            outcome: How it went, in a word.
            untold: What is to be told of it, in JSON; None for nothing.
        """
        with self._alone():
            told = {"done": at.astimezone(UTC).isoformat(), "outcome": outcome}
            self._write(kind, told | ({"untold": dict(untold)} if untold else {}))

    def told(self, kind: Kind, what: Mapping[str, Any]) -> None:
        """Note that this is told; where something else is untold by now, that stays."""
        with self._alone():
            if self.untold(kind) == what:
                self._write(kind, {name: value for name, value in self._noted(kind).items() if name != "untold"})

    def _noted(self, kind: Kind) -> dict[str, Any]:
        found = self._read().get(kind)
        return found if isinstance(found, dict) else {}

    def _read(self) -> dict[str, Any]:
        try:
            found = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def _alone(self) -> AbstractContextManager[None]:
        # the kinds of a target share the file, and a call may tell what another is about to note
        return held(self._path.with_suffix(".diary"), wait=True)

    def _write(self, kind: Kind, noted: Mapping[str, Any]) -> None:
        told = self._read() | {kind: noted}
        whole.write(self._path, (json.dumps(told, indent=2) + "\n").encode())
