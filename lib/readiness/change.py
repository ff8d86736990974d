"""Change: what moved a stage's score from one run to another, split into parts that add up to it exactly.

What went into the score is replaced step by step, from what it was to what it is, and each step's difference is one
part; so the parts telescope. The order is that of how little a step says of the platform: what we demand (catalogue and
gates), what we demand it of (scope), what we only stopped knowing (expired), what somebody stated (attestations), what
we learned or lost sight of (coverage), what may be chance (noise), and what is left is the platform itself. Evidence
keeps its age: that of the earlier run is judged as old as it was there.

A waiver is no part: it never changes the score as it is. What it changes is told beside it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from readiness.assessment import Assessment, Parameters, assess
from readiness.errors import BadInput
from readiness.evaluation import SKEW
from readiness.run import RunFolder
from readiness.score import worth
from readiness.stage import Stage

PARTS: dict[str, str] = {
    "catalogue": "the catalogue or the weights changed",
    "scope": "what applies changed",
    "expired": "evidence expired",
    "attestations": "an attestation changed",
    "coverage": "more or less could be observed",
    "noise": "measurement noise",
    "platform": "the platform changed",
}
"""The parts in the order in which what they are about is replaced."""

_EVIDENCE = ("expired", "attestations", "coverage", "noise", "platform")
_MICRO = 1_000_000


@dataclass(frozen=True)
class Difference:
    """One fact that differs.

    Attributes:
        fact: Its name.
        before, after: What was known of it, in words.
        digests: Of the recorded exchanges, the earlier run's and the later one's.
    """

    fact: str
    before: str
    after: str
    digests: tuple[str, str]


@dataclass(frozen=True)
class Row:
    """One requirement in one part.

    Attributes:
        part: Which.
        requirement: Its id.
        before, after: Its status before and after this step; None where it is not demanded.
        floor, ceiling: Points that it moved the score's ends by.
        evidence: What of the evidence differs.
    """

    part: str
    requirement: str
    before: str | None
    after: str | None
    floor: float
    ceiling: float
    evidence: tuple[Difference, ...]


@dataclass(frozen=True)
class Change:
    """What moved one stage's score.

    Attributes:
        stage: Which.
        before, after: Floor and ceiling, points of 100.
        parts: Part → points that floor and ceiling moved by; they add up to the difference.
        rows: What each part consists of.
        waived_before, waived_after: Floor and ceiling with waivers.
        waivers: Requirements whose waiver came (+) or went (-).
    """

    stage: Stage
    before: tuple[float, float]
    after: tuple[float, float]
    parts: Mapping[str, tuple[float, float]]
    rows: tuple[Row, ...]
    waived_before: tuple[float, float]
    waived_after: tuple[float, float]
    waivers: tuple[str, ...]


def change(
    before: RunFolder,
    after: RunFolder,
    stage: Stage,
    earlier: Parameters,
    later: Parameters,
    now: datetime | None = None,
) -> Change:
    """Split what moved between two runs of one target.

    Args:
        before, after: The runs.
        stage: Whose score.
        earlier, later: What each was judged by; see `snapshot.parameters_of`.
        now: When the later run is judged, UTC; None: when it was.

    Raises:
        BadInput: They are runs of different targets, or hold no evidence.
    """
    if earlier.target.name != later.target.name:
        raise BadInput(f"expected two runs of one target, got {earlier.target.name} and {later.target.name}")
    then, now = before.judged_at, now or after.judged_at
    old, new = before.evidence(), after.evidence()
    first = assess(old, earlier, then)
    # as old at the later time as it was at its own
    aged = old.assign(observed_at=old["observed_at"] + (now - then))
    scoped = Parameters(
        later.target.model_copy(update={"not_applicable": earlier.target.not_applicable}),
        later.catalogue,
        later.gates,
        later.waivers,
        later.attestations,
    )
    states = [("", first), ("catalogue", assess(aged, scoped, now))]
    same_scope = earlier.target.not_applicable == later.target.not_applicable
    states.append(("scope", states[-1][1] if same_scope else assess(aged, later, now)))
    kinds = _kinds(aged, new, now, later)
    mixed = aged
    for part in _EVIDENCE:
        facts = {fact for fact, kind in kinds.items() if kind == part}
        if not facts:  # nothing to be replaced: judged again, it would come to the same
            states.append((part, states[-1][1]))
            continue
        mixed = pd.concat([mixed[~mixed["fact"].isin(facts)], new[new["fact"].isin(facts)]], ignore_index=True)
        states.append((part, assess(mixed, later, now)))
    ends = [_ends(state, stage) for _, state in states]
    parts: dict[str, tuple[float, float]] = {}
    rows: list[Row] = []
    for (_, left), (part, right), start, end in zip(states, states[1:], ends, ends[1:], strict=False):
        parts[part] = ((end[0] - start[0]) / _MICRO, (end[1] - start[1]) / _MICRO)
        rows += _rows(part, stage, left, right, old, new, kinds)
    last = states[-1][1]
    waived = [
        {item.requirement for item in one.waivers if item.in_force(at)} for one, at in ((earlier, then), (later, now))
    ]
    return Change(
        stage,
        (ends[0][0] / _MICRO, ends[0][1] / _MICRO),
        (ends[-1][0] / _MICRO, ends[-1][1] / _MICRO),
        parts,
        tuple(rows),
        _waived(first, stage),
        _waived(last, stage),
        (
            *(f"+ {name}" for name in sorted(waived[1] - waived[0])),
            *(f"- {name}" for name in sorted(waived[0] - waived[1])),
        ),
    )


def _ends(state: Assessment, stage: Stage) -> tuple[int, int]:
    """Floor and ceiling in millionths of a point: whole numbers, so that differences add up exactly."""
    told = state.decision[stage]
    return round(told["floor"] * _MICRO), round(told["ceiling"] * _MICRO)


def _waived(state: Assessment, stage: Stage) -> tuple[float, float]:
    told = state.decision[stage]["with_waivers"]
    return told["floor"], told["ceiling"]


def _kinds(old: pd.DataFrame, new: pd.DataFrame, now: datetime, later: Parameters) -> dict[str, str]:
    """Fact → the part that its replacement belongs to."""
    left, right = (dict(zip(frame["fact"], frame.itertuples(), strict=True)) for frame in (old, new))
    allowed = later.catalogue.criteria.groupby("fact")["max_age"].min().to_dict()
    return {fact: _kind(left.get(fact), right.get(fact), now, allowed.get(fact)) for fact in {**left, **right}}


def _kind(old: Any, new: Any, now: datetime, allowed: Any) -> str:
    if any(row is not None and str(row.source).startswith("attest") for row in (old, new)):
        return "attestations"
    was, is_ = _known(old, now, allowed), _known(new, now, allowed)
    if was and not is_:
        return "expired" if new is not None and new.status == "observed" else "coverage"
    if not was or not is_:
        return "coverage"
    return "noise" if _within(old, new) or _within(new, old) else "platform"


def _known(row: Any, now: datetime, allowed: Any) -> bool:
    """Whether it was observed, and within the fact's age and the least that a criterion allows of it."""
    if row is None or row.status != "observed":
        return False
    age = now - row.observed_at
    return bool(-SKEW <= age <= row.max_age and (pd.isna(allowed) or age <= allowed))


def _within(one: Any, other: Any) -> bool:
    """Whether a value lies within the other's interval, and differs from it."""
    told = (one.number, other.number, other.low, other.high)
    return (
        not any(pd.isna(value) for value in told)
        and one.number != other.number
        and other.low <= one.number <= other.high
    )


def _points(state: Assessment, stage: Stage) -> dict[str, tuple[str, float, float]]:
    """Requirement → status, and what it gives to the stage's floor and ceiling."""
    rows = state.findings[state.findings["stage"] == stage]
    rows = rows.assign(points=worth(rows, state.parameters.gates))
    row: Any
    found = {}
    for row in rows.itertuples():
        found[row.requirement] = (row.status, row.floor * row.points, row.ceiling * row.points)
    return found


def _rows(
    part: str,
    stage: Stage,
    left: Assessment,
    right: Assessment,
    old: pd.DataFrame,
    new: pd.DataFrame,
    kinds: Mapping[str, str],
) -> list[Row]:
    before, after = _points(left, stage), _points(right, stage)
    found = []
    for name in {**before, **after}:
        was, is_ = before.get(name, (None, 0.0, 0.0)), after.get(name, (None, 0.0, 0.0))
        moved = round(is_[1] - was[1], 6), round(is_[2] - was[2], 6)
        if was[0] == is_[0] and moved == (0, 0):
            continue
        facts = right.parameters.catalogue.requirements[name].facts if name in after else ()
        differing = tuple(_difference(fact, old, new) for fact in facts if kinds.get(fact) == part)
        found.append(
            Row(part, name, was[0], is_[0], *moved, tuple(one for one in differing if one.before != one.after))
        )
    return sorted(found, key=lambda row: (-abs(row.floor), row.requirement))


def _difference(fact: str, old: pd.DataFrame, new: pd.DataFrame) -> Difference:
    told = [_told(frame[frame["fact"] == fact]) for frame in (old, new)]
    return Difference(fact, told[0][0], told[1][0], (told[0][1], told[1][1]))


def _told(rows: pd.DataFrame) -> tuple[str, str]:
    from readiness.report.words import shown, value_of

    if rows.empty:
        return "not gathered", ""
    row: Any = next(rows.itertuples())
    if row.status != "observed":
        return f"not known: {row.reason}", ""
    return shown(value_of(row), row.unit), str(row.digest)
