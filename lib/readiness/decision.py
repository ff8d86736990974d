"""The decision: go, no-go or undetermined for each stage, by what its gate demands of floor and ceiling."""

from typing import Any, Literal

import pandas as pd

from readiness.catalog import DIMENSIONS, Catalogue
from readiness.gate import Gate, Gates
from readiness.stage import STAGES, Stage

Verdict = Literal["go", "no-go", "undetermined"]
Demand = tuple[Verdict, dict[str, Any]]
"""How a demand stands, and what is said of it where it is no go."""


def decide(
    findings: pd.DataFrame,
    scores: pd.DataFrame,
    gates: Gates,
    *,
    catalogue: Catalogue,
    past: pd.DataFrame | None = None,
) -> dict[str, Any]:
    """Decide each stage for one target.

    The floor passes everything: go. The ceiling fails something: no-go. Between: undetermined, with the evidence that
    would settle it, most points first.

    Args:
        findings: Findings of one target.
        scores: Scores of those findings.
        gates: What each stage demands.
        catalogue: For titles and remedies of blockers.
        past: Findings of earlier runs of it, in order of time, see `history.FINDINGS`; None: none is known.

    Returns:
        Stage → verdict, floor, ceiling, minimum, categories, mandatory, blockers, settle; JSON values only.

    Raises:
        ValueError: The findings are not those of exactly one target, or lack a mandatory requirement.
    """
    if len(seen := findings["target"].unique()) != 1:
        raise ValueError(f"a decision is made of one target's findings, got those of {len(seen)}")
    rows: list[Any] = list(findings.itertuples(index=False))
    points: list[Any] = list(scores.itertuples(index=False))
    decisions: dict[str, Any] = {}
    for stage in STAGES:
        gate = gates.gates[stage]
        of_stage = [row for row in rows if row.stage == stage]
        if unjudged := set(gate.mandatory) - {row.requirement for row in of_stage}:
            raise ValueError(f"mandatory for {stage} and not judged: {', '.join(sorted(unjudged))}")
        categories = [row for row in points if row.stage == stage]
        floor, ceiling = (round(sum(getattr(row, side) for row in categories), 6) for side in ("floor", "ceiling"))
        mandatory = [row for row in of_stage if row.requirement in gate.mandatory]
        demands: list[Demand] = []
        if gate.requires:
            earlier = decisions[gate.requires]["verdict"]
            demands.append((earlier, {"kind": "stage", "name": gate.requires, "text": f"{gate.requires} is {earlier}"}))
        demands.append(_points("total", "total", "in total", floor, ceiling, gate.minimum))
        demands += [
            _points("category", row.dimension, f"in {row.dimension}", row.floor, row.ceiling, row.required)
            for row in categories
        ]
        for row in mandatory:
            requirement = catalogue.requirements[row.requirement]
            text = f"{requirement.title}: {row.status}; {row.reason}"
            said = {"kind": "mandatory", "name": requirement.id, "text": text, "remedy": requirement.remedy}
            demands.append((_of(row), said))
        demands += _steady(seen[0], stage, gate, mandatory, catalogue, past)
        verdicts = [verdict for verdict, _ in demands]
        blockers = [{"certain": verdict == "no-go", **said} for verdict, said in demands if verdict != "go"]
        decisions[stage] = {
            "verdict": "no-go" if "no-go" in verdicts else "go" if set(verdicts) == {"go"} else "undetermined",
            "floor": floor,
            "ceiling": ceiling,
            "minimum": gate.minimum,
            "categories": [_category(row) for row in categories],
            "mandatory": [
                {"requirement": row.requirement, "status": row.status, "verdict": _of(row), "reason": row.reason}
                for row in mandatory
            ],
            "blockers": sorted(blockers, key=lambda item: not item["certain"]),
            "settle": _settle(of_stage, categories, gate),
        }
    return decisions


def _points(kind: str, name: str, where: str, floor: float, ceiling: float, needed: float) -> Demand:
    floor, ceiling, needed = round(floor, 6), round(ceiling, 6), round(needed, 6)
    verdict: Verdict = "go" if floor >= needed else "no-go" if ceiling < needed else "undetermined"
    seen = f"{floor:.1f}" if floor == ceiling else f"{floor:.1f} to {ceiling:.1f}"
    return verdict, {"kind": kind, "name": name, "text": f"{seen} points {where}, {needed:g} needed"}


def _category(row: Any) -> dict[str, Any]:
    names = ("weight", "floor", "ceiling", "required", "coverage")
    return {"dimension": row.dimension, **{name: round(getattr(row, name), 6) for name in names}}


def _of(finding: Any) -> Verdict:
    """How the demand stands that it be met in full."""
    return "go" if finding.floor == 1 else "no-go" if finding.ceiling < 1 else "undetermined"


def _steady(
    target: str, stage: Stage, gate: Gate, mandatory: list[Any], catalogue: Catalogue, past: pd.DataFrame | None
) -> list[Demand]:
    """That the mandatory requirements were met in full before as well; of now their own demands tell.

    A run that could not tell, or did not ask, is neither one in which a requirement held nor one in which it did not.
    """
    if not gate.steady_runs:
        return []
    told: dict[tuple[str, str], Verdict] = {}
    runs: list[str] = []
    if past is not None:
        earlier = past[(past["target"] == target) & (past["stage"] == stage)]
        runs = list(dict.fromkeys(earlier["run"]))[1 - gate.steady_runs :]
        known = earlier[earlier["run"].isin(runs) & (earlier["status"] != "not applicable")]
        rows: list[Any] = list(known.itertuples())
        told = {(row.requirement, row.run): _of(row) for row in rows}
    seen, needed = len(runs) + 1, gate.steady_runs
    demands: list[Demand] = []
    if seen < needed:
        text = f"{seen} run{'s' if seen > 1 else ''} so far, {needed} needed to tell what is steady"
        demands.append(("undetermined", {"kind": "steady", "name": "runs", "text": text}))
    for row in mandatory:
        before = [told.get((row.requirement, run), "undetermined") for run in runs]
        if set(before) <= {"go"}:
            continue
        all_ = [*before, _of(row)]
        held, open_ = all_.count("go"), all_.count("undetermined")
        unknown = f" and not known in {open_}" if open_ else ""
        requirement = catalogue.requirements[row.requirement]
        text = f"{requirement.title}: held in {held} of the last {seen} runs{unknown}, {needed} needed"
        verdict: Verdict = "no-go" if "no-go" in before else "undetermined"
        demands.append((verdict, {"kind": "steady", "name": requirement.id, "text": text}))
    return demands


def _settle(findings: list[Any], categories: list[Any], gate: Gate) -> list[dict[str, Any]]:
    """Requirements whose evidence is missing, by the points between their floor and ceiling."""
    whole = dict.fromkeys(DIMENSIONS, 0.0)
    for row in findings:
        whole[row.dimension] += row.weight
    share = {row.dimension: row.weight / whole[row.dimension] if whole[row.dimension] else 0.0 for row in categories}
    told = [
        {
            "requirement": row.requirement,
            "points": round((row.ceiling - row.floor) * row.weight * share[row.dimension], 6),
            "mandatory": row.requirement in gate.mandatory,
            "reason": row.reason,
        }
        for row in findings
        if row.status == "unknown"
    ]
    return sorted(told, key=lambda item: (-item["points"], not item["mandatory"]))
