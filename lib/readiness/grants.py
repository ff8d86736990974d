"""Grants: which credential, permission or statement is missing, and what it would settle."""

from dataclasses import dataclass

import pandas as pd

from readiness.assessment import Assessment
from readiness.judge import evaluate
from readiness.stage import Stage


@dataclass(frozen=True)
class Grant:
    """Something that is missing.

    Attributes:
        permission: What, as a target file, a vendor or the report calls it.
        settles: Ids of the requirements that it would settle by itself.
        helps: Ids of those that need more than it as well.
        points: What `settles` weighs, of the stage's 100: the points that are open for want of it.
        facts: Names of the facts that it would make known.
        reason: Why the first of them is not known.
    """

    permission: str
    settles: tuple[str, ...]
    helps: tuple[str, ...]
    points: float
    facts: tuple[str, ...]
    reason: str


def grants(assessment: Assessment, stage: Stage) -> list[Grant]:
    """What is missing for a stage, that which would settle most points first.

    Args:
        assessment: What was judged.
        stage: The stage whose criteria and points count.
    """
    catalogue, target = assessment.parameters.catalogue, assessment.parameters.target.name
    criteria = catalogue.criteria[catalogue.criteria["stage"] == stage]
    rows = evaluate(assessment.evidence, criteria, assessment.now, [target])
    rows = rows[~rows["announced"]]
    findings = assessment.findings[assessment.findings["stage"] == stage]
    unknown = findings.loc[findings["status"] == "unknown", "requirement"]
    open_ = rows[rows["holds"].isna() & rows["requirement"].isin(unknown)]
    needs = open_["permission"].where(open_["status"] != "observed").fillna("").replace("", pd.NA)
    open_ = open_.assign(needs=needs)
    points = {item["requirement"]: item["points"] for item in assessment.decision[stage]["settle"]}
    found = []
    for permission, lacking in open_.dropna(subset=["needs"]).groupby("needs", sort=True):
        concerned = list(dict.fromkeys(lacking["requirement"]))
        other = set(open_.loc[open_["needs"].isna() | (open_["needs"] != permission), "requirement"])
        settles = tuple(name for name in concerned if name not in other)
        found.append(
            Grant(
                permission=str(permission),
                settles=settles,
                helps=tuple(name for name in concerned if name in other),
                points=round(sum(points.get(name, 0.0) for name in settles), 6),
                facts=tuple(dict.fromkeys(lacking["fact"])),
                reason=str(lacking["reason"].iloc[0]),
            )
        )
    return sorted(found, key=lambda one: (-one.points, -len(one.settles), -len(one.helps), one.permission))
