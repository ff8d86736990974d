"""Scores: findings and gates to points, always a floor and a ceiling."""

import pandas as pd

from readiness.catalog import DIMENSIONS
from readiness.gate import Gates
from readiness.stage import STAGES

COLUMNS: dict[str, str] = {
    "target": "str",
    "stage": "str",
    "dimension": "str",
    "weight": "float64",
    "floor": "float64",
    "ceiling": "float64",
    "required": "float64",
    "coverage": "float64",
    "floor_share": "float64",
    "ceiling_share": "float64",
}
"""Columns of the scores frame. `weight`, `floor`, `ceiling` and `required` are points of the stage's 100; the shares
are of the dimension's own requirements, 0 to 1, and say something of weightless dimensions too; `coverage` is the share
that rests on fresh evidence, 0 to 1: what is not between floor and ceiling."""


def score(findings: pd.DataFrame, gates: Gates) -> pd.DataFrame:
    """Score every dimension for every stage.

    A dimension's points are its weight times the weighted mean credit of its requirements at that stage. Where none of
    them applies to the target, there is nothing to give points for: floor and ceiling are 0.

    Args:
        findings: The findings frame.
        gates: Weights and required points.

    Returns:
        The scores frame: a row for each target, stage and dimension that has requirements there or a weight.
    """
    earned = findings.assign(low=findings["floor"] * findings["weight"], high=findings["ceiling"] * findings["weight"])
    grouped = earned.groupby(["target", "stage", "dimension"], sort=False)[["weight", "low", "high"]].sum()
    sums = {row[0]: row[1:] for row in grouped.itertuples(name=None)}
    rows = []
    for target in findings["target"].unique():
        for stage in STAGES:
            for dimension in DIMENSIONS:
                category = gates.gates[stage].categories[dimension]
                key = (target, stage, dimension)
                whole, low, high = sums.get(key, (0.0, 0.0, 0.0))
                floor, ceiling = (low / whole, high / whole) if whole else (0.0, 0.0)
                points = (round(share * category.weight, 9) for share in (floor, ceiling))
                coverage = 1 - (ceiling - floor) if whole else 0.0
                rows.append((*key, category.weight, *points, category.required, coverage, floor, ceiling))
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(COLUMNS)


def with_waivers(findings: pd.DataFrame, gates: Gates) -> pd.DataFrame:
    """The findings as they would be if what is waived were met; to be shown beside them, never instead of them.

    A gate may forbid exceptions from requirements, and bound how many there are: with more, none counts at its stage.

    Args:
        findings: The findings frame; `waived` says for which requirements an exception is in force.
        gates: What each stage admits.
    """
    credit = findings["waived"] & (findings["status"] != "not applicable")
    for stage, gate in gates.gates.items():
        here = findings["stage"] == stage
        credit &= ~(here & findings["requirement"].isin(gate.not_waivable))
        if gate.most_waived is not None:
            waived = findings[here & credit].groupby("target")["requirement"].nunique()
            credit &= ~(here & findings["target"].isin(waived.index[waived > gate.most_waived]))
    return findings.assign(
        floor=findings["floor"].mask(credit, 1.0),
        ceiling=findings["ceiling"].mask(credit, 1.0),
        status=findings["status"].mask(credit, "met"),
    )
