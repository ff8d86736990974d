"""Retention of runs: which are kept. Pure; `Reports.remove` is what removes one."""

import pandas as pd


def kept(scores: pd.DataFrame, *, daily: int, weekly: int) -> dict[str, str]:
    """The runs of one target that are kept, and why.

    The newest of each of the last `daily` days and `weekly` ISO weeks in which there was a run; the newest of all; and
    each in which the verdict of a stage is another than in the run before: what was decided stays explained.

    Args:
        scores: The scores of the target's history.
        daily: Days, at least 0.
        weekly: Weeks, at least 0.

    Returns:
        Run → reason, the oldest first.
    """
    observed = scores[scores["kind"] == "observed"]
    verdicts = observed.pivot_table(index=["at", "run"], columns="stage", values="verdict", aggfunc="first").fillna("")
    runs = verdicts.reset_index().sort_values("at", ignore_index=True)
    if runs.empty:
        return {}
    reasons: dict[str, str] = {}
    newest_first = runs[["run", "at"]].iloc[::-1]
    calendar = newest_first["at"].dt.isocalendar()
    day, week = newest_first["at"].dt.date, calendar["year"] * 100 + calendar["week"]
    reasons[newest_first["run"].iloc[0]] = "the newest"
    for count, period, why in ((daily, day, "newest of its day"), (weekly, week, "newest of its week")):
        for run in newest_first["run"][~period.duplicated()].head(count):
            reasons.setdefault(run, why)
    stages = [name for name in runs.columns if name not in ("at", "run")]
    changed = (runs[stages] != runs[stages].shift(1)).any(axis=1)
    for run in runs["run"][changed]:
        reasons.setdefault(run, "a verdict changed")
    return {run: reasons[run] for run in runs["run"] if run in reasons}
