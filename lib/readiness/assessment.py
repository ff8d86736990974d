"""An assessment: parameters and evidence in, findings, scores and decision out. It touches no network."""

import difflib
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from readiness import attestation, probes, waiver
from readiness.attestation import Attestation
from readiness.catalog import DIMENSIONS, Catalogue
from readiness.decision import decide
from readiness.document import line_of
from readiness.errors import BadInput
from readiness.evidence import digest_of
from readiness.gate import Gates
from readiness.judge import judge
from readiness.score import score, with_waivers
from readiness.target import Target, path_of
from readiness.waiver import Waiver

MOST_NAMED = 10
"""Accounts left behind that a caveat names."""


@dataclass(frozen=True)
class Parameters:
    """Everything in `params/` that one target's assessment needs, read and checked.

    Attributes:
        target: The platform.
        catalogue: What is demanded of it.
        gates: What each stage demands.
        waivers: Exceptions of this target, in force or not.
        attestations: Dated statements of this target, in force or not.
    """

    target: Target
    catalogue: Catalogue
    gates: Gates
    waivers: list[Waiver]
    attestations: list[Attestation]

    def bar(self, now: datetime) -> str:
        """Digest of all that decides how high the bar is at a time: catalogue, gates, and what is announced by then."""
        begins = self.catalogue.criteria["begins"]
        begun = sorted({f"{day:%Y-%m-%d}" for day in begins[begins <= now].dropna()})
        return digest_of(json.dumps([self.catalogue.digest, begun, self.gates.model_dump(mode="json")], sort_keys=True))

    @classmethod
    def load(cls, target: str | Path, folder: Path) -> "Parameters":
        """Read and check the parameters of one target.

        Args:
            target: Name in `<folder>/targets/`, or path of a target file.
            folder: The `params/` folder.

        Raises:
            BadInput: Anything in them is not as expected.
        """
        found = Target.find(target, folder)
        catalogue = Catalogue.load(folder / "catalog", probes.facts())
        gates = Gates.load(folder / "gates.yaml", catalogue)
        path = path_of(target, folder)
        problems = []
        if found.headers and not found.production.startswith("https:"):
            line = line_of(path, ("headers",))
            problems.append(f"{path}:{line}: headers: expected an https production, or no secret is sent")
        mandatory = {name for gate in gates.gates.values() for name in gate.mandatory}
        for index, item in enumerate(found.not_applicable):
            at = f"{path}:{line_of(path, ('not_applicable', index, 'requirement'))}: requirement"
            if item.requirement not in catalogue.requirements:
                problems.append(f"{at}: expected a requirement's id, got {item.requirement!r}")
            elif item.requirement in mandatory:
                problems.append(
                    f"{at}: {item.requirement} is mandatory for a gate and cannot be declared not applicable"
                )
        if problems:
            raise BadInput(*problems)
        waivers = waiver.load(folder / "waivers" / f"{found.name}.yaml", catalogue)
        attestations = attestation.load(folder / "attestations" / f"{found.name}.yaml", probes.facts(), catalogue)
        return cls(found, catalogue, gates, waivers, attestations)


@dataclass(frozen=True)
class Assessment:
    """What follows from one evidence frame.

    Attributes:
        parameters: What it was judged by.
        now: Time of judging, UTC.
        evidence, findings, scores: The frames.
        decision: Stage → verdict and what it rests on; see `decision.decide`. `with_waivers` holds the same figures as
            they would be if what is waived were met.
        past: Findings of earlier runs that it rests on; None: none is known.
    """

    parameters: Parameters
    now: datetime
    evidence: pd.DataFrame
    findings: pd.DataFrame
    scores: pd.DataFrame
    decision: dict[str, Any]
    past: pd.DataFrame | None = None


def assess(
    evidence: pd.DataFrame, parameters: Parameters, now: datetime, *, past: pd.DataFrame | None = None
) -> Assessment:
    """Judge, score and decide.

    Args:
        evidence: Evidence of the one target of `parameters`.
        parameters: Catalogue, gates, waivers, and what does not apply.
        now: Time of judging, UTC.
        past: Findings of the target's earlier runs, see `history.earlier`, for gates that demand steadiness; None:
            none is known, and such a gate is not settled.

    Raises:
        ValueError: There is evidence of another target.
    """
    gates, catalogue = parameters.gates, parameters.catalogue
    findings = judge_by(parameters, evidence, now, [parameters.target.name])
    scores = score(findings, gates)
    decision = decide(findings, scores, gates, catalogue=catalogue, past=past)
    if_met = decision
    if findings["waived"].any():
        excused = with_waivers(findings, gates)
        if_met = decide(excused, score(excused, gates), gates, catalogue=catalogue, past=past)
    for stage, verdict in decision.items():
        verdict["with_waivers"] = {name: if_met[stage][name] for name in ("verdict", "floor", "ceiling")}
    return Assessment(parameters, now, evidence, findings, scores, decision, past)


def judge_by(parameters: Parameters, evidence: pd.DataFrame, now: datetime, targets: Collection[str]) -> pd.DataFrame:
    """The findings frame of targets that are all judged by the same parameters.

    Args:
        parameters: Catalogue, gates, waivers, and what does not apply.
        evidence: Evidence of the targets.
        now: Time of judging, UTC.
        targets: Whose; of one without evidence all is unknown.
    """
    return judge(
        evidence,
        parameters.catalogue,
        now=now,
        partial_credit=parameters.gates.partial_credit,
        not_applicable={
            item.requirement: f"{item.reason} (declared by {item.by})" for item in parameters.target.not_applicable
        },
        waived=[item.requirement for item in parameters.waivers if item.in_force(now)],
        targets=targets,
    )


def caveats(evidence: pd.DataFrame, left: Sequence[str] = ()) -> list[str]:
    """What a reader of any score from this evidence has to know first, a sentence each; empty for a whole run.

    Args:
        evidence: The evidence frame.
        left: What the run made on the platform and could not remove.
    """
    told = []
    if left:
        named = ", ".join(left[:MOST_NAMED]) + (f" and {len(left) - MOST_NAMED} more" if len(left) > MOST_NAMED else "")
        told.append(f"The run could not remove what it made: {named}. `readiness cleanup` tries again.")
    if (evidence["status"] == "skipped").any():
        told.append("This run was restricted to some dimensions: what the others need was not looked at.")
    asked = evidence[evidence["status"] != "skipped"]
    if not asked.empty and not (asked["status"] == "observed").any():
        told.append(f"Nothing could be observed. Most often the reason was: {asked['reason'].mode().iloc[0]}.")
    return told


def dimensions(names: Collection[str]) -> frozenset[str]:
    """The dimensions named; all ten where none is.

    Raises:
        BadInput: One of them is not a dimension.
    """
    for name in names:
        if name not in DIMENSIONS:
            near = difflib.get_close_matches(name, DIMENSIONS, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"expected one of: {', '.join(DIMENSIONS)}"
            raise BadInput(f"dimension {name!r}: {hint}")
    return frozenset(names or DIMENSIONS)


def to_skip(catalogue: Catalogue, chosen: frozenset[str]) -> frozenset[str]:
    """Names of the probes that no requirement of the chosen dimensions needs."""
    needed = catalogue.facts_of(set(chosen))
    return frozenset(item.name for item in probes.discover() if not needed & {fact.name for fact in item.facts})
