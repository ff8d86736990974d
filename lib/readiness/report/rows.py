"""Rows: what the report says of each requirement, with every criterion and the observation it was judged on."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from readiness import judge, probes
from readiness.assessment import Assessment
from readiness.catalog import NO_SOURCE, Requirement
from readiness.criterion import WORDS
from readiness.listing import MARKS
from readiness.report.words import age, counted, shown, utc, value_of, visible
from readiness.score import worth
from readiness.stage import STAGES, Stage

HOLDS = {True: "met", False: "unmet"}
GROUPS = ("unmet", "unknown", "waived", "partial", "met", "not applicable")
"""In the order in which a chapter lists them."""


@dataclass(frozen=True)
class Line:
    """One criterion at one stage.

    Attributes:
        status: `met`, `unmet` or `unknown`.
        fact: Name of the fact; empty for what nothing observes yet.
        meaning: What the fact says, one sentence; for what nothing observes, what is awaited.
        value, wanted: As they are shown, with units; the value is empty where none was observed.
        reason: Why there is no value, or why it does not decide.
        minor: Failing it leaves partial credit.
        source, observed, age: What was asked, when (UTC), and how long before judging.
        digests: Digests of the recorded exchanges.
        repeat: A command that asks the same again.
        begins: Day from which it counts; empty where it does already.
    """

    status: str
    fact: str
    meaning: str
    value: str = ""
    wanted: str = ""
    reason: str = ""
    minor: bool = False
    source: str = ""
    observed: str = ""
    age: str = ""
    digests: list[str] = field(default_factory=list)
    repeat: str = ""
    begins: str = ""


@dataclass(frozen=True)
class Row:
    """One requirement, judged for the stage the report puts first (or the first later one that demands it).

    Attributes:
        item: The catalogue's entry.
        stage: The stage this judgement is of.
        status: The finding's status.
        sentence: What is so, one or two sentences.
        others: (stage, status) for every stage that demands it.
        lines: Its criteria at that stage.
        waived: A waiver is in force.
        points: What it is worth at that stage, of 100.
    """

    item: Requirement
    stage: Stage
    status: str
    sentence: str
    others: list[tuple[str, str]]
    lines: list[Line]
    waived: bool
    points: float

    @property
    def group(self) -> str:
        """Where a chapter lists it: by status, but apart where an exception is in force for it."""
        return "waived" if self.waived and self.status not in ("met", "not applicable") else self.status

    @property
    def mark(self) -> str:
        """The status as a mark."""
        return MARKS[self.status]

    @property
    def observed(self) -> list[Line]:
        """Criteria on facts that something observes."""
        return [line for line in self.lines if line.fact]

    @property
    def observations(self) -> list[tuple[list[str], Line]]:
        """How its facts were observed: names of those that one answer told, and the first of their criteria."""
        told: dict[tuple[str, ...], tuple[list[str], Line]] = {}
        for line in self.observed:
            key = (line.observed, line.repeat, "" if line.repeat else line.source, *line.digests[:1])
            names, _ = told.setdefault(key, ([], line))
            if line.fact not in names:
                names.append(line.fact)
        return list(told.values())

    @property
    def awaited(self) -> list[Line]:
        """Criteria that nothing observes yet."""
        return [line for line in self.lines if not line.fact]

    @property
    def open(self) -> list[str]:
        """What evidence would settle it."""
        unknown = [line for line in self.lines if line.status == "unknown" and not line.begins]
        return [f"{line.fact}: {line.reason}" if line.fact else line.meaning for line in unknown]


def rows(assessment: Assessment, stage: Stage, exchanges: Mapping[str, Mapping[str, Any]]) -> dict[str, Row]:
    """What to say of every requirement, by id, in the catalogue's order.

    Args:
        assessment: What was judged.
        stage: The stage the report puts first.
        exchanges: Recorded exchanges by digest.
    """
    catalogue = assessment.parameters.catalogue
    found: Iterable[Any] = assessment.findings.itertuples()
    findings = {(row.requirement, row.stage): row for row in found}
    targets = [assessment.parameters.target.name]
    judged: Iterable[Any] = judge.evaluate(
        assessment.evidence, catalogue.criteria, assessment.now, targets
    ).itertuples()
    facts = probes.facts()
    criteria: dict[tuple[str, str], list[Line]] = {}
    for row in judged:
        fact = facts.get(row.fact)
        line = _line(row, fact.meaning if fact else "", assessment, exchanges)
        criteria.setdefault((row.requirement, row.stage), []).append(line)
    points_of = worth(assessment.findings, assessment.parameters.gates)
    told = {}
    for item in catalogue:
        first: Stage = max(stage, item.stage, key=STAGES.index)
        finding = findings[item.id, first]
        lines = criteria[item.id, first]
        others: list[tuple[str, str]] = [
            (each, findings[item.id, each].status) for each in STAGES if (item.id, each) in findings
        ]
        sentence = _sentence(item, str(finding.status), visible(finding.reason), lines)
        waived, points = bool(finding.waived), float(points_of[finding.Index])
        told[item.id] = Row(item, first, str(finding.status), sentence, others, lines, waived, points)
    return told


def _line(row: Any, meaning: str, assessment: Assessment, exchanges: Mapping[str, Mapping[str, Any]]) -> Line:
    if row.operator == "awaits":
        return Line("unknown", "", visible(row.threshold), reason=NO_SOURCE)
    status = "unknown" if pd.isna(row.holds) else HOLDS[bool(row.holds)]
    unit = row.unit if isinstance(row.unit, str) else ""
    value = value_of(row) if row.status == "observed" else None
    reason = ""
    if status == "unknown":
        known = value is not None
        reason = _undecided(row, assessment) if known else _missing(row)
    digests = row.digest.split() if isinstance(row.digest, str) else []
    recorded = [exchanges[digest] for digest in digests if digest in exchanges]
    return Line(
        status,
        row.fact,
        meaning,
        value="" if value is None else shown(value, unit),
        wanted=f"{WORDS[row.operator]}{shown(row.threshold, unit)}",
        reason=reason,
        minor=bool(row.minor),
        source=visible(row.source) if isinstance(row.source, str) else "",
        observed=utc(row.observed_at) if pd.notna(row.observed_at) else "",
        age=age(assessment.now - row.observed_at) if pd.notna(row.observed_at) else "",
        digests=[digest for digest in digests if digest in exchanges],
        repeat=visible(recorded[0].get("repeat", ""), 2_000) if recorded else "",
        begins=f"{row.begins:%Y-%m-%d}" if row.announced else "",
    )


def _undecided(row: Any, assessment: Assessment) -> str:
    if row.stale and row.observed_at > assessment.now:
        return "observed after the time of judging"
    if row.stale:
        return f"observed {age(assessment.now - row.observed_at)} ago, too old to count"
    if pd.isna(row.low) or pd.isna(row.high):
        return "not a value of the kind that its criterion judges"
    return f"between {shown(float(row.low))} and {shown(float(row.high))}: too close to its threshold to decide"


def _missing(row: Any) -> str:
    reason = visible(row.reason) if isinstance(row.reason, str) and row.reason else "not observed in this run"
    permission = row.permission if isinstance(row.permission, str) else ""
    return f"{reason} (needs the permission {visible(permission)})" if permission else reason


def _sentence(item: Requirement, status: str, reason: str, lines: list[Line]) -> str:
    if status == "met":
        return item.pass_
    if status in ("unmet", "partial"):
        return item.fail
    if status == "not applicable":
        return f"Does not apply: {reason}"
    if all(not line.fact for line in lines):
        return "Not known: no source of evidence yet."
    lines = [line for line in lines if not line.begins]
    holding = sum(line.status == "met" for line in lines)
    failing = sum(line.status == "unmet" for line in lines)
    open_ = len(lines) - holding - failing
    failed = f", {failing} {'fails' if failing == 1 else 'fail'}" if failing else ""
    return (
        f"Not known: of {counted(len(lines), 'criterion', 'criteria')} "
        f"{holding} {'holds' if holding == 1 else 'hold'}{failed} and {open_} could not be judged."
    )
