"""What if: scores and decision as they would be with other weights, or with some requirements done.

What is imagined is put into findings and gates, and what follows from them is told by `score` and `decide`, the same
as in a run. Four rules say what is put there:

1. A requirement that is done has a floor and a ceiling of 1 at every stage that demands it.
2. A requirement's other weight replaces its own, at every stage. Neither touches what does not apply to the target:
   that weighs 0.
3. A category's other weight replaces the gate's at that stage; the rest keep theirs. Then all of that stage's weights
   are multiplied by one number, so that they add up to 100, and rounded to 9 decimals.
4. A category's required points stay the same share of its weight (0 where it weighed nothing), rounded to 9 decimals.

The minimum and what is mandatory stay as they are. Points are those as is, without waivers.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

import pandas as pd

from readiness.catalog import Catalogue
from readiness.decision import decide
from readiness.errors import BadInput
from readiness.gate import Category, Gate, Gates
from readiness.score import score
from readiness.shortest_path import completed
from readiness.stage import STAGES, Stage


@dataclass(frozen=True)
class WhatIf:
    """What would be.

    Attributes:
        findings, gates: With what is imagined in them.
        scores, decision: What follows; as `score` and `decide` give them.
    """

    findings: pd.DataFrame
    gates: Gates
    scores: pd.DataFrame
    decision: dict[str, Any]


def what_if(
    findings: pd.DataFrame,
    gates: Gates,
    catalogue: Catalogue,
    *,
    categories: Mapping[Stage, Mapping[str, float]] | None = None,
    weights: Mapping[str, float] | None = None,
    done: Collection[str] = (),
    past: pd.DataFrame | None = None,
) -> WhatIf:
    """Score and decide as if.

    Args:
        findings: Findings of one target.
        gates, catalogue: What they were judged by.
        categories: Stage → dimension → weight, 0 or more; what is not named keeps its own.
        weights: Requirement id → weight within its dimension, 0 or more.
        done: Ids of requirements that are met.
        past: Findings of earlier runs, which nothing imagined changes; as `decide` takes them.

    Raises:
        BadInput: A dimension, stage or requirement that there is none of, a weight below 0, or a stage whose categories
            weigh nothing at all.
    """
    for given in ({"done": done}, {"weights": weights or {}}):
        for name, ids in given.items():
            if unknown := [one for one in ids if one not in catalogue.requirements]:
                raise BadInput(f"{name}: expected a requirement's id, got {unknown[0]!r}")
    _weigh("weights", weights or {})
    imagined = completed(findings, done, STAGES[-1])
    if weights:
        applies = imagined["status"] != "not applicable"
        other = imagined["requirement"].map(weights).where(applies)
        imagined = imagined.assign(weight=other.fillna(imagined["weight"]).astype("float64"))
    weighed = reweighed(gates, categories or {})
    scores = score(imagined, weighed)
    return WhatIf(imagined, weighed, scores, decide(imagined, scores, weighed, catalogue=catalogue, past=past))


def reweighed(gates: Gates, categories: Mapping[Stage, Mapping[str, float]]) -> Gates:
    """The gates with other weights of categories, see rules 3 and 4; raises as `what_if` does."""
    if unknown := [stage for stage in categories if stage not in STAGES]:
        raise BadInput(f"categories: expected one of {', '.join(STAGES)}, got {unknown[0]!r}")
    own = {
        stage: gate if not categories.get(stage) else _gate(gate, stage, categories[stage])
        for stage, gate in gates.gates.items()
    }
    return gates.model_copy(update={"gates": own})


def _gate(gate: Gate, stage: Stage, weights: Mapping[str, float]) -> Gate:
    if unknown := [name for name in weights if name not in gate.categories]:
        raise BadInput(f"categories: expected a dimension, got {unknown[0]!r}")
    _weigh(f"categories of {stage}", weights)
    asked = {name: float(weights.get(name, category.weight)) for name, category in gate.categories.items()}
    if not (total := sum(asked.values())):
        raise BadInput(f"categories of {stage}: expected a weight above 0")
    categories = {}
    for name, category in gate.categories.items():
        weight = round(asked[name] * 100 / total, 9)
        share = category.required / category.weight if category.weight else 0.0
        categories[name] = Category(weight=weight, required=round(share * weight, 9))
    # not validated again: rounded, the ten add up to 100 to within less than `decide` looks at
    return gate.model_copy(update={"categories": categories})


def _weigh(name: str, weights: Mapping[str, float]) -> None:
    for key, weight in weights.items():
        if not (isfinite(weight) and weight >= 0):
            raise BadInput(f"{name}: {key}: expected a weight of 0 or more, got {weight:g}")
