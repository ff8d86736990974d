"""Steadiness: the share of the last runs in which a requirement was met. Pure.

A run in which it was unknown is no run in which it was met, and none in which it was not: the share is an interval.
"""

import pandas as pd

KEYS = ["target", "stage", "requirement"]
COLUMNS = {
    "target": "str",
    "stage": "str",
    "requirement": "str",
    "runs": "int64",
    "known": "int64",
    "floor": "float64",
    "ceiling": "float64",
    "flips": "int64",
    "unsteady": "bool",
}
"""Columns of the steadiness frame. `runs` is how many were looked at and `known` in how many it was settled; `floor` is
the share in which it was met, `ceiling` that in which it was met or unknown, 0 to 1; `flips` is how often it went from
met to not met or back, what is unknown between left out; `unsteady` is whether it did at all."""


def steadiness(findings: pd.DataFrame, runs: int = 10) -> pd.DataFrame:
    """How steady each requirement was, in the catalogue's order.

    Args:
        findings: The findings of history, in order of time; what does not apply, or was only declared, is left out.
        runs: How many of the last runs of each target to look at.

    Raises:
        ValueError: `runs` is not at least 1.
    """
    if runs < 1:
        raise ValueError(f"runs: expected at least 1, got {runs}")
    rows = findings[(findings["status"] != "not applicable") & (findings["stage"] != "")]
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
    seen["unsteady"] = seen["flips"] > 0
    return seen.reset_index()[list(COLUMNS)].astype(COLUMNS)
