"""Rescoring: stored evidence judged again, offline, as of the run's own time, by another catalogue or other gates."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from readiness import probes
from readiness.assessment import Assessment, Parameters, assess
from readiness.catalog import Catalogue
from readiness.document import line_of
from readiness.errors import BadInput
from readiness.gate import Gates
from readiness.run import RunFolder


@dataclass(frozen=True)
class Move:
    """A requirement that is judged otherwise.

    Attributes:
        stage, requirement: Which.
        before, after: Status; None where the requirement is not demanded at that stage.
        credit: What its floor moves by, -1 to 1.
        reason: Of the new finding.
    """

    stage: str
    requirement: str
    before: str | None
    after: str | None
    credit: float
    reason: str


@dataclass(frozen=True)
class Rescored:
    """What would change.

    Attributes:
        before: Stage → decision, as the run's folder holds it.
        after: The new assessment.
        moves: Requirements that are judged otherwise, in the catalogue's order.
    """

    before: dict[str, Any]
    after: Assessment
    moves: list[Move]


def with_others(parameters: Parameters, catalog: Path | None, gates: Path | None) -> Parameters:
    """The parameters with another catalogue or other gates.

    Args:
        parameters: As they are.
        catalog: Folder like `params/catalog/`; None: as it is.
        gates: File like `params/gates.yaml`; None: as it is.

    Raises:
        BadInput: They are not as expected.
    """
    catalogue = Catalogue.load(catalog, probes.facts()) if catalog else parameters.catalogue
    if not gates and catalog:  # the gates' demands are checked against this catalogue as well
        lacking = [
            name
            for gate in parameters.gates.gates.values()
            for name in gate.mandatory
            if name not in catalogue.requirements
        ]
        if lacking:
            raise BadInput(f"{catalog}: expected {lacking[0]}, which is mandatory for a gate")
    return replace(parameters, catalogue=catalogue, gates=Gates.load(gates, catalogue) if gates else parameters.gates)


def rescore(run: RunFolder, parameters: Parameters, catalog: Path, *, past: pd.DataFrame | None = None) -> Rescored:
    """Judge a run's evidence again.

    Args:
        run: The run's folder; it is only read.
        parameters: What to judge by.
        catalog: The folder of their catalogue, for what is refused.
        past: Findings of the runs before it, as `assess` takes them.

    Raises:
        BadInput: A criterion is on a fact that was not gathered in this run: nothing could be said of it, neither that
            it holds nor that it does not.
    """
    evidence, decision = run.evidence(), run.json("decision.json")
    if decision is None:
        raise BadInput(f"{run.path}: expected decision.json there; is it the folder of a run?")
    gathered = set(evidence["fact"])
    never = [
        f"{catalog / f'{item.dimension}.yaml'}:{_line(catalog, parameters.catalogue, item.id, place)}: fact: "
        f"{criterion.fact} was never gathered in the run {run.path.name}"
        for item in parameters.catalogue
        for place, criterion in enumerate(item.criteria)
        if criterion.fact and criterion.fact not in gathered
    ]
    if never:
        raise BadInput(*never)
    after = assess(evidence, parameters, run.judged_at, past=past)
    return Rescored(decision["stages"], after, _moves(run.frame("findings"), after.findings))


def _moves(before: pd.DataFrame, after: pd.DataFrame) -> list[Move]:
    was, is_ = ({(row.stage, row.requirement): row for row in _rows(frame)} for frame in (before, after))
    moves = []
    for key in {**is_, **was}:
        old, new = was.get(key), is_.get(key)
        credit = (new.floor if new else 0.0) - (old.floor if old else 0.0)
        statuses = old and old.status, new and new.status
        if credit or statuses[0] != statuses[1]:
            moves.append(Move(*key, *statuses, credit, new.reason if new else ""))
    return moves


def _rows(findings: pd.DataFrame) -> Iterator[Any]:
    return findings.itertuples()


def _line(catalog: Path, catalogue: Catalogue, requirement: str, place: int) -> int:
    dimension = requirement.partition(".")[0]
    index = [item.id for item in catalogue if item.dimension == dimension].index(requirement)
    path = catalog / f"{dimension}.yaml"
    return line_of(path, ("requirements", index, "criteria", place, "fact"))
