"""Scores: findings and gates to points, always a floor and a ceiling."""

import math
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from readiness.catalog import DIMENSIONS
from readiness.evaluation import located
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
        The scores frame: a row for each target, stage and dimension.
    """
    target, targets = pd.factorize(findings["target"])
    stage, dimension = located(findings["stage"], STAGES), located(findings["dimension"], DIMENSIONS)
    shape = len(targets), len(STAGES), len(DIMENSIONS)
    cell = np.ravel_multi_index((target, stage, dimension), shape)
    weight = findings["weight"].to_numpy()

    def summed(credit: Any) -> NDArray[np.float64]:
        return np.bincount(cell, weight * credit, math.prod(shape)).astype(np.float64)  # of nothing, it is of integers

    whole = summed(1.0)
    some = whole > 0
    floor, ceiling = (
        np.divide(summed(findings[side].to_numpy()), whole, out=np.zeros_like(whole), where=some)
        for side in ("floor", "ceiling")
    )
    demands = [gates.gates[one].categories[name] for one in STAGES for name in DIMENSIONS]
    points = np.tile([item.weight for item in demands], len(targets))
    columns = {
        "target": np.repeat(np.asarray(targets, object), len(demands)),
        "stage": np.tile(np.repeat(STAGES, len(DIMENSIONS)), len(targets)),
        "dimension": np.tile(DIMENSIONS, len(targets) * len(STAGES)),
        "weight": points,
        "floor": np.round(floor * points, 9),
        "ceiling": np.round(ceiling * points, 9),
        "required": np.tile([item.required for item in demands], len(targets)),
        "coverage": np.where(some, 1 - (ceiling - floor), 0.0),
        "floor_share": floor,
        "ceiling_share": ceiling,
    }
    return pd.DataFrame(columns).astype(COLUMNS)


def worth(findings: pd.DataFrame, gates: Gates) -> pd.Series:
    """Points of the stage's 100 that each finding's requirement is worth: its share of its dimension's weight."""
    whole = findings.groupby(["target", "stage", "dimension"])["weight"].transform("sum")
    pairs = zip(findings["stage"], findings["dimension"], strict=True)
    points = np.array([gates.gates[stage].categories[dimension].weight for stage, dimension in pairs])
    share: pd.Series = findings["weight"] / whole.where(whole > 0)
    told: pd.Series = (share * points).fillna(0.0)
    return told


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
