"""Judging: evidence and catalogue to findings. Pure; it can be run again next year on stored frames.

Every criterion is evaluated twice: once with every unknown failing (floor), once with every unknown holding (ceiling).
A requirement earns 1 when all its criteria hold; partial credit when only minor ones fail, or when the stage before
was met in full; else 0. It is met, partial or unmet where both evaluations agree, and unknown where they do not.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from readiness.catalog import Catalogue
from readiness.evaluation import FAILS, HOLDS, OPEN, Flags, Places, Questions, answer, located
from readiness.reason import Outline, reasons
from readiness.stage import STAGES

COLUMNS: dict[str, str] = {
    "target": "str",
    "stage": "str",
    "requirement": "str",
    "dimension": "str",
    "status": "str",
    "floor": "float64",
    "ceiling": "float64",
    "weight": "float64",
    "waived": "bool",
    "reason": "str",
    "facts": "str",
}
"""Columns of the findings frame; `floor` and `ceiling` are credits from 0 to 1, `facts` names separated by a space."""

STATUSES = ("met", "partial", "unmet", "unknown", "not applicable")

TOGETHER = 500
"""Targets that are judged at a time: enough to be quick, few enough for what is made on the way to stay small."""

_KEYS = ["stage", "requirement"]


def judge(
    evidence: pd.DataFrame,
    catalogue: Catalogue,
    *,
    now: datetime,
    partial_credit: float,
    not_applicable: dict[str, str] | None = None,
    waived: Collection[str] = (),
    targets: Collection[str] = (),
) -> pd.DataFrame:
    """Judge every requirement for every stage that demands it, for every target in the evidence.

    Args:
        evidence: The evidence frame.
        catalogue: What is demanded.
        now: Time of judging, UTC; evidence older than its max_age (the fact's or the requirement's) is unknown.
        partial_credit: Credit of a partly met requirement, 0 to 1.
        not_applicable: Requirement id → declared reason; weightless, and listed.
        waived: Ids of requirements with a waiver in force; the credit stays what it is.
        targets: Targets to judge even where there is no evidence of them: all they are asked is unknown.

    Returns:
        The findings frame, in the catalogue's order.
    """
    plan = _Plan.of(catalogue, now, not_applicable or {}, waived)
    names = sorted({*evidence["target"].unique(), *targets})
    place = located(evidence["target"], names)
    if (np.diff(place) < 0).any():
        evidence, place = evidence.iloc[np.argsort(place, kind="stable")], np.sort(place)
    starts = [*range(0, len(names), TOGETHER), len(names)]
    rows = np.searchsorted(place, starts)
    parts = [
        _judged(
            plan, evidence.iloc[rows[chunk] : rows[chunk + 1]], names[start : start + TOGETHER], now, partial_credit
        )
        for chunk, start in enumerate(starts[:-1])
    ]
    return pd.concat(parts or [pd.DataFrame(columns=list(COLUMNS)).astype(COLUMNS)], ignore_index=True)


def evaluate(
    evidence: pd.DataFrame, criteria: pd.DataFrame, now: datetime, targets: Collection[str] = ()
) -> pd.DataFrame:
    """One row a target and criterion; `holds` is True, False or NA, `stale` and `ahead` what time has against it.

    `announced` says that it does not count yet.
    """
    names = list(dict.fromkeys([*evidence["target"].unique(), *targets]))
    questions = Questions.by(criteria)
    answers = answer(evidence, questions, now, names)

    def laid(cells: NDArray[Any]) -> NDArray[Any]:
        return cells[questions.of].T.ravel()

    rows = criteria.iloc[np.tile(np.arange(len(criteria)), len(names))].reset_index(drop=True)
    rows.insert(0, "target", _texts(names, np.repeat(np.arange(len(names)), len(criteria))))
    seen = evidence.drop(columns=["target", "fact"]).rename(columns={"max_age": "max_age_observed"})
    seen = seen.reset_index(drop=True).reindex(laid(answers.place)).reset_index(drop=True)
    rows = pd.concat([rows, seen], axis=1)
    says = laid(answers.says)
    rows["holds"] = pd.arrays.BooleanArray(says == HOLDS, says == OPEN)
    rows["stale"], rows["ahead"] = laid(answers.stale), laid(answers.ahead)
    rows["announced"] = rows["begins"] > now
    return rows


@dataclass(frozen=True)
class _Plan:
    """What is the same for every target.

    Attributes:
        findings: A row a finding of one target, in order: stage, requirement, dimension, weight, waived, facts, whether
            it `applies`, and the reason why it does not.
        before: The place of the finding of the stage before, -1 where there is none.
        questions: What the criteria ask.
        asked: The place of the question of each criterion that counts, those of one finding together.
        begins: The place of each finding's first criterion.
        minor: Which criteria are minor, as a column.
        outline: What the reasons can tell.
    """

    findings: pd.DataFrame
    before: Places
    questions: Questions
    asked: Places
    begins: Places
    minor: Flags
    outline: Outline

    @classmethod
    def of(
        cls, catalogue: Catalogue, now: datetime, not_applicable: Mapping[str, str], waived: Collection[str]
    ) -> "_Plan":
        stage = catalogue.criteria["stage"].map(STAGES.index)
        criteria = catalogue.criteria.iloc[np.argsort(stage, kind="stable")].reset_index(drop=True)
        criteria["announced"] = criteria["begins"] > now
        findings = criteria.loc[~criteria["announced"], _KEYS].drop_duplicates(ignore_index=True)
        criteria["finding"] = pd.MultiIndex.from_frame(findings).get_indexer(pd.MultiIndex.from_frame(criteria[_KEYS]))
        questions = Questions.by(criteria)
        criteria["question"] = questions.of
        counted = criteria[~criteria["announced"]]
        items = [catalogue.requirements[name] for name in findings["requirement"]]
        findings = findings.assign(
            dimension=[item.dimension for item in items],
            weight=[0.0 if item.id in not_applicable else float(item.weight) for item in items],
            waived=findings["requirement"].isin(list(waived)),
            facts=[" ".join(item.facts) for item in items],
            applies=[item.id not in not_applicable for item in items],
            reason=[not_applicable.get(item.id, "") for item in items],
        )
        place = pd.Series(findings.index, findings.index)
        before = place.groupby(findings["requirement"], sort=False).shift(1, fill_value=-1)
        return cls(
            findings,
            before.to_numpy(),
            questions,
            counted["question"].to_numpy(),
            np.flatnonzero(~counted["finding"].duplicated()),
            counted["minor"].to_numpy()[:, None],
            Outline.of(criteria[criteria["finding"] >= 0]),
        )


def _judged(
    plan: _Plan, evidence: pd.DataFrame, targets: Sequence[str], now: datetime, partial_credit: float
) -> pd.DataFrame:
    answers = answer(evidence, plan.questions, now, targets)
    says = answers.says[plan.asked]
    applies = plan.findings["applies"].to_numpy()
    floor, ceiling = (
        np.where(applies, _credit(plan, holds, partial_credit).T, 0.0).ravel()
        for holds in (says == HOLDS, says != FAILS)
    )
    rows = plan.findings.iloc[np.tile(np.arange(len(plan.findings)), len(targets))].reset_index(drop=True)
    status = np.select([floor != ceiling, floor == 1, floor == 0], [3, 0, 2], 1)
    told = reasons(plan.outline, evidence, plan.questions, answers)
    rows = rows.assign(
        target=_texts(targets, np.repeat(np.arange(len(targets)), len(plan.findings))),
        status=_texts(STATUSES, np.where(rows["applies"], status, 4)),
        floor=floor,
        ceiling=ceiling,
        reason=told.where(rows["applies"], rows["reason"]),
    )
    return rows[list(COLUMNS)].astype(COLUMNS)


def _credit(plan: _Plan, holds: Flags, partial_credit: float) -> NDArray[np.float64]:
    """Credits, findings × targets, from which criteria hold, criteria × targets."""
    whole = np.logical_and.reduceat(holds, plan.begins, axis=0)
    # a requirement whose every criterion is minor still has to show something
    major = np.logical_and.reduceat(holds | plan.minor, plan.begins, axis=0)
    major &= np.logical_or.reduceat(holds, plan.begins, axis=0)
    before = whole[plan.before] & (plan.before >= 0)[:, None]
    return np.where(whole, 1.0, np.where(major | before, partial_credit, 0.0))


def _texts(values: Sequence[str], places: NDArray[Any]) -> pd.Series:
    return pd.Series(pd.array(list(values), dtype="str").take(places))
