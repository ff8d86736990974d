"""The forecast: when a gate's points will be reached and its mandatory requirements met, from how fast they were so
far, regressions included.

Weeks of the future are drawn from those of the past (Monte Carlo on throughput: Vacanti, 2015, "Actionable Agile
Metrics for Predictability", chapters 12 and 14). How well so few weeks tell the pace is part of the answer: each
future weighs the past weeks anew (Bayesian bootstrap: Rubin, 1981, Annals of Statistics 9), so that a short history
gives late dates.

What a category needs, and the gate before, are not forecast: either can hold a gate back beyond the date.
"""

from collections.abc import Collection
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
    """When a gate's points will be reached, and its mandatory requirements met.

    Attributes:
        why_not: Why there are no dates; empty where there are.
        p50, p85, p95: Dates by which half, 85 % and 95 % of the futures are there; None beyond the horizon.
        reached: They are there already.
        weekly: Points gained in each past week.
        lacking: Points that are left.
        open: Mandatory requirements that are left.
    """

    why_not: str = ""
    p50: date | None = None
    p85: date | None = None
    p95: date | None = None
    reached: bool = False
    weekly: tuple[float, ...] = ()
    lacking: float = 0.0
    open: int = 0


def forecast(scores: pd.DataFrame, stage: str, mandatory: pd.Series | None = None, *, seed: int = 0) -> Forecast:
    """Forecast one target's gate.

    Args:
        scores: The scores of history: `at`, `stage`, `floor`, `minimum`, `whole`; restricted runs are left out.
        stage: Of the gate.
        mandatory: How many mandatory requirements were open in each run, see `open_mandatory`; None: points alone.
        seed: Makes it repeatable.
    """
    rows = _needs(scores, stage, mandatory)
    if len(rows) < FEWEST_RUNS:
        runs = f"{len(rows)} run{'s' if len(rows) != 1 else ''}"
        return Forecast(f"not enough history: {runs}, {FEWEST_RUNS} are needed")
    left = rows[["lacking", "open"]].iloc[-1].to_numpy(float)
    gained = np.column_stack([weekly_gains(rows, "floor"), -weekly_gains(rows, "open")])
    lacking, still = max(0.0, round(float(left[0]), 6)), int(left[1])
    told = tuple(round(float(one), 6) for one in gained[:, 0])
    if (left <= 0).all():
        return Forecast(reached=True, weekly=told)
    if len(gained) < FEWEST_WEEKS:
        weeks = f"{len(gained)} week{'s' if len(gained) != 1 else ''}"
        why_not = f"not enough history: runs of {weeks}, {FEWEST_WEEKS} are needed"
        return Forecast(why_not, weekly=told, lacking=lacking, open=still)
    weeks_left = weeks_until(gained, left, seed=seed)
    today = scores.loc[scores["kind"] == "observed", "at"].max().date()  # a later run of some dimensions moves it on
    p50, p85, p95 = (_date(today, weeks_left, share) for share in SHARES)
    points, closed = gained.mean(axis=0)
    slow = [f"{points:+.2f} points a week, {lacking:.1f} are lacking"] if lacking else []
    slow += [f"{closed:+.2f} mandatory requirements met a week, {still} are open"] if still else []
    why_not = "" if p50 else f"not at this pace: {'; '.join(slow)}"
    return Forecast(why_not, p50, p85, p95, weekly=told, lacking=lacking, open=still)


def open_mandatory(findings: pd.DataFrame, stage: str, mandatory: Collection[str]) -> pd.Series:
    """How many of a list of requirements were not met in full, by run; one that was not judged was not met.

    Args:
        findings: The findings of one target's history.
        stage: At which stage.
        mandatory: Their ids, as the gate demands them today.
    """
    rows = findings[findings["stage"] == stage]
    met = rows["requirement"].isin(list(mandatory)) & (rows["floor"] == 1)
    runs = list(findings["run"].unique())
    return len(set(mandatory)) - met.groupby(rows["run"]).sum().reindex(runs, fill_value=0)


def _needs(scores: pd.DataFrame, stage: str, mandatory: pd.Series | None) -> pd.DataFrame:
    """The counted rows with what each lacked: points, and mandatory requirements."""
    rows = counted(scores, stage)
    still = 0 if mandatory is None else rows["run"].map(mandatory).fillna(0)
    return rows.assign(lacking=rows["minimum"] - rows["floor"], open=still)


def counted(scores: pd.DataFrame, stage: str) -> pd.DataFrame:
    """The rows of a stage that a pace can be told from: observed, of whole runs, in order of time."""
    rows = scores[(scores["stage"] == stage) & (scores["kind"] == "observed") & scores["whole"]]
    return rows.sort_values("at", kind="stable")


def weekly_gains(rows: pd.DataFrame, of: str = "floor") -> NDArray[np.float64]:
    """Points gained from week to week, counted back from the latest run; a week without one changed nothing.

    Args:
        rows: `at` and `floor`, in order.
        of: The column, where it is another.
    """
    latest = rows["at"].iloc[-1]
    series = pd.Series(rows[of].to_numpy(float), index=pd.DatetimeIndex(rows["at"]))
    weeks = int((latest - rows["at"].iloc[0]) / timedelta(days=7))
    ends = pd.DatetimeIndex([latest - timedelta(days=7 * back) for back in range(weeks, -1, -1)])
    # the last run at or before each week's end
    places = series.index.searchsorted(ends, side="right") - 1
    values: NDArray[np.float64] = series.to_numpy()[places]
    return np.diff(values)


def weeks_until(
    gained: NDArray[np.float64], lacking: float | NDArray[np.float64], *, seed: int = 0
) -> NDArray[np.float64]:
    """Weeks until what is lacking is gained, in each future, in order; infinite beyond the horizon.

    Args:
        gained: Of each past week; of several things that are needed at once, a column each: a week is drawn whole.
        lacking: Of each thing.
        seed: Makes it repeatable.
    """
    random = np.random.default_rng(seed)
    weights = random.dirichlet(np.ones(len(gained)), FUTURES)
    edges = np.cumsum(weights, axis=1)
    draws = random.random((FUTURES, HORIZON))
    drawn = (draws[:, :, None] > edges[:, None, :-1]).sum(axis=2)
    columns = gained.reshape(len(gained), -1)
    reached = np.all(
        [np.cumsum(one[drawn], axis=1) >= need for one, need in zip(columns.T, np.atleast_1d(lacking), strict=True)],
        axis=0,
    )
    weeks = np.where(reached.any(axis=1), reached.argmax(axis=1) + 1.0, np.inf)
    return np.sort(weeks)


def held(
    scores: pd.DataFrame, stage: str, mandatory: pd.Series | None = None, *, seed: int = 0
) -> list[tuple[date, date, date]]:
    """The forecast held against what came: for each run from which a date was forecast, and whose needs were met later.

    Returns:
        Day of the run, its P85 date, and the day on which what was needed was there, for each.
    """
    rows = _needs(scores, stage, mandatory)
    there = rows[(rows["lacking"] <= 0) & (rows["open"] == 0)]
    found = []
    for count in range(FEWEST_RUNS, len(rows)):
        told = forecast(rows.iloc[:count], stage, mandatory, seed=seed)
        at = rows["at"].iloc[count - 1]
        later = there[there["at"] > at]
        if told.p85 and len(later):
            found.append((at.date(), told.p85, later["at"].iloc[0].date()))
    return found


def _date(today: date, weeks: NDArray[np.float64], share: float) -> date | None:
    value = weeks[min(len(weeks) - 1, int(np.ceil(share * len(weeks))) - 1)]
    return None if np.isinf(value) else today + timedelta(days=7 * int(value))
