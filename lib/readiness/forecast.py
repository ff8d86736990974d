"""The forecast: when a gate's points will be reached, from how fast they were gained so far, regressions included.

Weeks of the future are drawn from those of the past (Monte Carlo on throughput: Vacanti, 2015, "Actionable Agile
Metrics for Predictability", chapters 12 and 14). How well so few weeks tell the pace is part of the answer: each
future weighs the past weeks anew (Bayesian bootstrap: Rubin, 1981, Annals of Statistics 9), so that a short history
gives late dates.

A date is of points alone. What is mandatory can hold a gate back however many points there are.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

FEWEST_RUNS = 4
FEWEST_WEEKS = 3
"""Changes from week to week that are drawn from."""
FUTURES = 1000
HORIZON = 260
"""Weeks that are looked ahead: five years; what lies beyond is no date."""
SHARES = (0.5, 0.85, 0.95)


@dataclass(frozen=True)
class Forecast:
    """When a gate's points will be reached.

    Attributes:
        why_not: Why there are no dates; empty where there are.
        p50, p85, p95: Dates by which half, 85 % and 95 % of the futures are there; None beyond the horizon.
        reached: The points are there already.
        weekly: Points gained in each past week.
        lacking: Points that are left.
    """

    why_not: str = ""
    p50: date | None = None
    p85: date | None = None
    p95: date | None = None
    reached: bool = False
    weekly: tuple[float, ...] = ()
    lacking: float = 0.0


def forecast(scores: pd.DataFrame, stage: str, *, seed: int = 0) -> Forecast:
    """Forecast one target's gate.

    Args:
        scores: The scores of history: `at`, `stage`, `floor`, `minimum`, `whole`; restricted runs are left out.
        stage: Of the gate.
        seed: Makes it repeatable.
    """
    rows = counted(scores, stage)
    if len(rows) < FEWEST_RUNS:
        return Forecast(f"not enough history: {len(rows)} runs, {FEWEST_RUNS} are needed")
    lacking = float(rows["minimum"].iloc[-1] - rows["floor"].iloc[-1])
    gained = weekly_gains(rows)
    told = tuple(round(float(one), 6) for one in gained)
    if lacking <= 0:
        return Forecast(reached=True, weekly=told)
    if len(gained) < FEWEST_WEEKS:
        weeks = f"{len(gained)} week{'s' if len(gained) != 1 else ''}"
        return Forecast(f"not enough history: runs of {weeks}, {FEWEST_WEEKS} are needed", weekly=told, lacking=lacking)
    weeks_left = weeks_until(gained, lacking, seed=seed)
    today = rows["at"].iloc[-1].date()
    p50, p85, p95 = (_date(today, weeks_left, share) for share in SHARES)
    why_not = "" if p50 else f"not at this pace: {np.mean(gained):+.2f} points a week, {lacking:.1f} are lacking"
    return Forecast(why_not, p50, p85, p95, weekly=told, lacking=round(lacking, 6))


def counted(scores: pd.DataFrame, stage: str) -> pd.DataFrame:
    """The rows of a stage that a pace can be told from: observed, of whole runs, in order of time."""
    rows = scores[(scores["stage"] == stage) & (scores["kind"] == "observed") & scores["whole"]]
    return rows.sort_values("at", kind="stable")


def weekly_gains(rows: pd.DataFrame) -> NDArray[np.float64]:
    """Points gained from week to week, counted back from the latest run; a week without one changed nothing.

    Args:
        rows: `at` and `floor`, in order.
    """
    latest = rows["at"].iloc[-1]
    series = pd.Series(rows["floor"].to_numpy(float), index=pd.DatetimeIndex(rows["at"]))
    weeks = int((latest - rows["at"].iloc[0]) / timedelta(days=7))
    ends = pd.DatetimeIndex([latest - timedelta(days=7 * back) for back in range(weeks, -1, -1)])
    # the last run at or before each week's end
    places = series.index.searchsorted(ends, side="right") - 1
    floors: NDArray[np.float64] = series.to_numpy()[places]
    return np.diff(floors)


def weeks_until(gained: NDArray[np.float64], lacking: float, *, seed: int = 0) -> NDArray[np.float64]:
    """Weeks until the points that are lacking are gained, in each future, in order; infinite beyond the horizon.

    Args:
        gained: Points of each past week.
        lacking: Points, above 0.
        seed: Makes it repeatable.
    """
    random = np.random.default_rng(seed)
    weights = random.dirichlet(np.ones(len(gained)), FUTURES)
    edges = np.cumsum(weights, axis=1)
    draws = random.random((FUTURES, HORIZON))
    drawn = (draws[:, :, None] > edges[:, None, :-1]).sum(axis=2)
    reached = np.cumsum(gained[drawn], axis=1) >= lacking
    weeks = np.where(reached.any(axis=1), reached.argmax(axis=1) + 1.0, np.inf)
    return np.sort(weeks)


def held(scores: pd.DataFrame, stage: str, *, seed: int = 0) -> list[tuple[date, date, date]]:
    """The forecast held against what came: for each run from which a date was forecast, and whose points were reached
    later.

    Returns:
        Day of the run, its P85 date, and the day on which the points were there, for each.
    """
    rows = counted(scores, stage)
    there = rows[rows["floor"] >= rows["minimum"]]
    found = []
    for count in range(FEWEST_RUNS, len(rows)):
        told = forecast(rows.iloc[:count], stage, seed=seed)
        at = rows["at"].iloc[count - 1]
        later = there[there["at"] > at]
        if told.p85 and len(later):
            found.append((at.date(), told.p85, later["at"].iloc[0].date()))
    return found


def _date(today: date, weeks: NDArray[np.float64], share: float) -> date | None:
    value = weeks[min(len(weeks) - 1, int(np.ceil(share * len(weeks))) - 1)]
    return None if np.isinf(value) else today + timedelta(days=7 * int(value))
