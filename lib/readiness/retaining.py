"""Retaining: which runs of a target are kept, and which may go."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd

from readiness.history import began


@dataclass(frozen=True)
class Retention:
    """Which runs are kept.

    Attributes:
        daily: Days, counted back over those that have runs, of each of which the last run is kept.
        weekly: Weeks (ISO 8601), likewise.
    """

    daily: int = 14
    weekly: int = 52


def removable(runs: Sequence[str], retention: Retention, decisions: pd.DataFrame) -> list[str]:
    """Runs that may go, oldest first.

    The newest run is always kept, and so is each in which a verdict became another than in the run before it: without
    it nobody could see when that was.

    Args:
        runs: Names of all runs.
        retention: What is kept.
        decisions: As `History.decisions`.
    """
    kept = set(sorted(runs)[-1:]) | _turns(decisions)
    days: dict[date, str] = {}
    weeks: dict[tuple[int, int], str] = {}
    for run in sorted(runs):
        day = began(run).date()
        days[day] = run
        weeks[day.isocalendar()[:2]] = run
    kept |= set(_last(days.values(), retention.daily)) | set(_last(weeks.values(), retention.weekly))
    return [run for run in sorted(runs) if run not in kept]


def _last(runs: Iterable[str], count: int) -> list[str]:
    return list(runs)[-count:] if count > 0 else []


def _turns(decisions: pd.DataFrame) -> set[str]:
    """Runs in which a stage's verdict is another than in the run before."""
    ordered = decisions.sort_values("run", kind="stable")
    before = ordered.groupby("stage")["verdict"].shift(1)
    return set(ordered.loc[before.notna() & (before != ordered["verdict"]), "run"])
