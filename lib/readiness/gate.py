"""Gates: what a stage demands, and the decision that follows from floor and ceiling."""

from pathlib import Path
from typing import Annotated, Any, Literal

import pandas as pd
from pydantic import Field, model_validator

from readiness.catalog import DIMENSIONS, Catalogue
from readiness.document import Record, line_of
from readiness.errors import BadInput
from readiness.stage import STAGES, Stage

Verdict = Literal["go", "no-go", "undetermined"]
Points = Annotated[float, Field(ge=0, le=100, strict=False)]


class Category(Record):
    """A dimension's weight in a gate and the points it needs at least, both of the stage's 100."""

    weight: Points
    required: Points

    @model_validator(mode="after")
    def _reachable(self) -> "Category":
        if self.required > self.weight:
            raise ValueError(f"required: expected at most the weight, {self.weight:g}, got {self.required:g}")
        return self


class Gate(Record):
    """What one stage demands.

    Attributes:
        requires: An earlier stage that must be a go as well.
        minimum: Points needed in total.
        categories: Weight and required points of each of the ten dimensions.
        mandatory: Ids of requirements that must be met in full.
        not_waivable: Ids of requirements for which no exception counts in the figures with waivers.
        most_waived: Requirements that may be waived at this stage; with more, no exception counts there.
    """

    requires: Stage | None = None
    minimum: Points
    categories: dict[str, Category]
    mandatory: list[str] = Field([])
    not_waivable: list[str] = Field([])
    most_waived: Annotated[int, Field(ge=0)] | None = None

    @model_validator(mode="after")
    def _whole(self) -> "Gate":
        missing = [name for name in DIMENSIONS if name not in self.categories]
        unknown = [name for name in self.categories if name not in DIMENSIONS]
        if missing or unknown:
            raise ValueError(
                f"categories: expected all ten dimensions, missing {missing or 'none'}, unknown {unknown or 'none'}"
            )
        total = sum(category.weight for category in self.categories.values())
        if abs(total - 100) > 1e-9:
            raise ValueError(f"categories: expected weights that add up to 100, got {total:g}")
        return self


class Gates(Record):
    """The decision matrix, `params/gates.yaml`.

    Attributes:
        partial_credit: Credit of a partly met requirement, from 0 to below 1: partly met is never met in full.
        gates: One gate a stage.
    """

    partial_credit: Annotated[float, Field(ge=0, lt=1)]
    gates: dict[Stage, Gate]

    @model_validator(mode="after")
    def _every_stage_in_order(self) -> "Gates":
        if missing := [stage for stage in STAGES if stage not in self.gates]:
            raise ValueError(f"gates: expected a gate for each stage, missing {', '.join(missing)}")
        for stage, gate in self.gates.items():
            if gate.requires and STAGES.index(gate.requires) >= STAGES.index(stage):
                raise ValueError(f"gates: {stage} requires {gate.requires}: expected an earlier stage")
        return self

    @classmethod
    def load(cls, path: Path, catalogue: Catalogue) -> "Gates":
        """Read the matrix and check that what it demands is in the catalogue at that stage.

        Raises:
            BadInput: The file is not as expected.
        """
        gates = cls.read(path)
        problems = []
        for stage, gate in gates.gates.items():
            named = [("mandatory", *pair) for pair in enumerate(gate.mandatory)]
            named += [("not_waivable", *pair) for pair in enumerate(gate.not_waivable)]
            for key, index, name in named:
                requirement = catalogue.requirements.get(name)
                if requirement is None:
                    problem = f"expected a requirement's id, got {name!r}"
                elif STAGES.index(requirement.stage) > STAGES.index(stage):
                    problem = f"{name} is demanded from {requirement.stage} on only"
                else:
                    continue
                line = line_of(path, ("gates", stage, key, index))  # which reads the file once more
                problems.append(f"{path}:{line}: {key}: {problem}")
        if problems:
            raise BadInput(*problems)
        return gates


def decide(findings: pd.DataFrame, scores: pd.DataFrame, gates: Gates, *, catalogue: Catalogue) -> dict[str, Any]:
    """Decide each stage for one target.

    The floor passes everything: go. The ceiling fails something: no-go. Between: undetermined, with the evidence that
    would settle it, most points first.

    Args:
        findings: Findings of one target.
        scores: Scores of those findings.
        gates: What each stage demands.
        catalogue: For titles and remedies of blockers.

    Returns:
        Stage → verdict, floor, ceiling, minimum, categories, mandatory, blockers, settle; JSON values only.

    Raises:
        ValueError: The findings are not those of exactly one target, or lack a mandatory requirement.
    """
    if len(seen := findings["target"].unique()) != 1:
        raise ValueError(f"a decision is made of one target's findings, got those of {len(seen)}")
    decisions: dict[str, Any] = {}
    for stage in STAGES:
        gate = gates.gates[stage]
        of_stage = findings[findings["stage"] == stage]
        if unjudged := set(gate.mandatory) - set(of_stage["requirement"]):
            raise ValueError(f"mandatory for {stage} and not judged: {', '.join(sorted(unjudged))}")
        points = scores[scores["stage"] == stage]
        floor, ceiling = (round(float(points[side].sum()), 6) for side in ("floor", "ceiling"))
        categories = [_category(row) for row in points.itertuples()]
        mandatory = [_mandatory(row) for row in of_stage.itertuples() if row.requirement in gate.mandatory]
        demands: list[tuple[Verdict, dict[str, Any]]] = []
        if gate.requires:
            earlier = decisions[gate.requires]["verdict"]
            demands.append((earlier, {"kind": "stage", "name": gate.requires, "text": f"{gate.requires} is {earlier}"}))
        total = {"kind": "total", "name": "total", "text": _interval(floor, ceiling, gate.minimum, "in total")}
        demands.append((_against(floor, ceiling, gate.minimum), total))
        for item in categories:
            words = _interval(item["floor"], item["ceiling"], item["required"], f"in {item['dimension']}")
            verdict = _against(item["floor"], item["ceiling"], item["required"])
            demands.append((verdict, {"kind": "category", "name": item["dimension"], "text": words}))
        for item in mandatory:
            requirement = catalogue.requirements[item["requirement"]]
            text = f"{requirement.title}: {item['status']}; {item['reason']}"
            demands.append(
                (
                    item["verdict"],
                    {"kind": "mandatory", "name": requirement.id, "text": text, "remedy": requirement.remedy},
                )
            )
        verdicts = [verdict for verdict, _ in demands]
        decisions[stage] = {
            "verdict": "no-go" if "no-go" in verdicts else "go" if set(verdicts) == {"go"} else "undetermined",
            "floor": floor,
            "ceiling": ceiling,
            "minimum": gate.minimum,
            "categories": categories,
            "mandatory": mandatory,
            "blockers": [{"certain": v == "no-go", **text} for v, text in demands if v != "go"],
            "settle": _settle(of_stage, points, gate),
        }
        decisions[stage]["blockers"].sort(key=lambda item: not item["certain"])
    return decisions


def _against(floor: float, ceiling: float, needed: float) -> Verdict:
    return "go" if floor >= needed else "no-go" if ceiling < needed else "undetermined"


def _interval(floor: float, ceiling: float, needed: float, where: str) -> str:
    seen = f"{floor:.1f}" if floor == ceiling else f"{floor:.1f} to {ceiling:.1f}"
    return f"{seen} points {where}, {needed:g} needed"


def _category(row: Any) -> dict[str, Any]:
    names = ("weight", "floor", "ceiling", "required", "coverage")
    return {"dimension": row.dimension, **{name: round(float(getattr(row, name)), 6) for name in names}}


def _mandatory(row: Any) -> dict[str, Any]:
    verdict: Verdict = "go" if row.floor == 1 else "no-go" if row.ceiling < 1 else "undetermined"
    return {"requirement": row.requirement, "status": row.status, "verdict": verdict, "reason": row.reason}


def _settle(findings: pd.DataFrame, points: pd.DataFrame, gate: Gate) -> list[dict[str, Any]]:
    """Requirements whose evidence is missing, by the points between their floor and ceiling."""
    whole = findings.groupby("dimension")["weight"].sum()
    share = (points.set_index("dimension")["weight"] / whole.where(whole > 0)).fillna(0.0)
    gap = (findings["ceiling"] - findings["floor"]) * findings["weight"] * findings["dimension"].map(share)
    rows = findings.assign(points=gap.round(6), mandatory=findings["requirement"].isin(gate.mandatory))
    rows = rows[rows["status"] == "unknown"].sort_values(["points", "mandatory"], ascending=False, kind="stable")
    return [
        {"requirement": row.requirement, "points": row.points, "mandatory": row.mandatory, "reason": row.reason}
        for row in rows.itertuples()
    ]
