"""Steadiness: the share of the last runs in which a requirement was met, or a criterion held. Pure.

A run in which it was unknown is no run in which it was met, and none in which it was not: the share is an interval.
"""

from datetime import datetime

import pandas as pd

from readiness.catalog import Catalogue
from readiness.criterion import wanted
from readiness.judge import evaluate

KEYS = ["target", "stage", "requirement", "criterion"]
COLUMNS = {
    **dict.fromkeys(KEYS, "str"),
    "runs": "int64",
    "known": "int64",
    "floor": "float64",
    "ceiling": "float64",
    "flips": "int64",
    "unsteady": "bool",
}
"""Columns of the steadiness frame. `criterion` is empty for a requirement as a whole; `runs` is how many were looked at
and `known` in how many it was settled; `floor` is the share in which it was met, `ceiling` that in which it was met or
unknown, 0 to 1; `flips` is how often it went from met to not met or back, what is unknown between left out; `unsteady`
is whether it did so more than once: what was mended, or broke, and stayed so, flipped once."""

HELD = ["target", "run", "at", *KEYS[1:], "status"]
"""Columns of what criteria said in runs; `status` is met, unmet or unknown."""


def steadiness(findings: pd.DataFrame, runs: int = 10) -> pd.DataFrame:
    """How steady each requirement, or each criterion, was, in the catalogue's order.

    Args:
        findings: The findings of history, or what `criteria` says of its runs, in order of time; what does not apply,
            or was only declared, is left out.
        runs: How many of the last runs of each target to look at.

    Raises:
        ValueError: `runs` is not at least 1.
    """
    if runs < 1:
        raise ValueError(f"runs: expected at least 1, got {runs}")
    rows = findings[(findings["status"] != "not applicable") & (findings["stage"] != "")]
    rows = rows if "criterion" in rows else rows.assign(criterion="")
    last = rows[["target", "at", "run"]].drop_duplicates().sort_values("at").groupby("target", sort=False).tail(runs)
    rows = rows.merge(last[["target", "run"]], on=["target", "run"]).sort_values("at", kind="stable")
    rows = rows.assign(met=rows["status"] == "met", open=rows["status"] == "unknown")
    settled = rows[~rows["open"]]
    before = settled.groupby(KEYS, sort=False)["met"].shift(1)
    flips = settled.assign(flip=before.notna() & (settled["met"] != before)).groupby(KEYS, sort=False)["flip"].sum()
    seen = rows.groupby(KEYS, sort=False).agg(runs=("met", "size"), met=("met", "sum"), open=("open", "sum"))
    seen["known"] = seen["runs"] - seen["open"]
    seen["floor"] = seen["met"] / seen["runs"]
    seen["ceiling"] = (seen["met"] + seen["open"]) / seen["runs"]
    seen["flips"] = flips.reindex(seen.index, fill_value=0)
    seen["unsteady"] = seen["flips"] > 1
    return seen.reset_index()[list(COLUMNS)].astype(COLUMNS)


def criteria(evidence: pd.DataFrame, catalogue: Catalogue, run: str, judged_at: datetime) -> pd.DataFrame:
    """What each criterion of a catalogue, whichever it is, says of a run's evidence: a row each, see `HELD`.

    Criteria are told apart by what they ask, so that one whose threshold changed is another one. One that awaits
    evidence, or does not count yet, is left out.

    Args:
        evidence: The run's.
        catalogue: Today's, or the run's own.
        run: The run's name.
        judged_at: When the run was judged, UTC; evidence is as old as it was then.
    """
    rows = evaluate(evidence, catalogue.criteria, judged_at)
    rows = rows[(rows["operator"] != "awaits") & ~rows["announced"]]
    asked = [
        f"{fact} {'is ' if how == 'is' else ''}{wanted(how, what)}"
        for fact, how, what in zip(rows["fact"], rows["operator"], rows["threshold"], strict=True)
    ]
    status = rows["holds"].map({True: "met", False: "unmet"}).fillna("unknown")
    told = rows.assign(run=run, at=pd.Timestamp(judged_at), criterion=asked, status=status)
    return told[HELD].drop_duplicates(ignore_index=True)
