"""Sections: the parts of the report, each something that a notebook cell can show."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from readiness import __version__
from readiness.assessment import Assessment, caveats, endings
from readiness.catalog import DIMENSIONS
from readiness.figures import STAGE_TITLES, VERDICT_MARKS, VERDICT_WORDS
from readiness.grants import grants
from readiness.judge import STATUSES
from readiness.listing import MARKS, interval
from readiness.report.rows import Row, rows
from readiness.report.words import counted, effort, listed, shown, utc, visible, why
from readiness.run import RunFolder
from readiness.stage import STAGES, Stage

TOP = 10
"""Entries of a long list that are shown before the rest is folded away."""

RECORDED = 240_000
"""Characters of recorded exchanges that one page shows; exchanges.jsonl holds all of them."""


class Section:
    """Part of a report, shown by a notebook as HTML.

    Args:
        name: What it is, for those who see no HTML.
        html: The fragment; everything foreign in it is escaped.
    """

    def __init__(self, name: str, html: str) -> None:
        self.name = name
        self.html = html

    def __repr__(self) -> str:
        return f"<section {self.name}>"

    def _repr_html_(self) -> str:
        return self.html


@dataclass(frozen=True)
class Report:
    """Everything the sections tell.

    Attributes:
        assessment: What was judged.
        exchanges: Recorded exchanges by digest.
        stage: The stage that is put first.
        survey: What was done to the target, see `Survey.account`; empty where the folder does not tell.
        manifest: The run's manifest; None where the notebook runs by hand.
    """

    assessment: Assessment
    exchanges: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    stage: Stage = "alpha"
    survey: Mapping[str, Any] = field(default_factory=dict)
    manifest: Mapping[str, Any] | None = None

    @property
    def caveats(self) -> list[str]:
        """What a reader has to know before the score."""
        told = caveats(self.assessment.evidence, self.survey.get("left", ()))
        return told + endings(self.assessment.parameters, self.assessment.now)

    @classmethod
    def of(cls, assessment: Assessment, folder: RunFolder, stage: Stage = "alpha") -> "Report":
        """The report of an assessment, with what its run's folder holds besides the frames."""
        return cls(
            assessment, folder.exchanges(), stage, folder.json("survey.json") or {}, folder.json("manifest.json")
        )

    def header(self) -> Section:
        """Which platform, when, and the verdict."""
        seen = self.assessment.evidence["observed_at"]
        return self._section("header", first=seen.min(), last=seen.max(), decision=self._decision[self.stage])

    def decision(self) -> Section:
        """Verdict, interval, minimum and the same with waivers, for each stage."""
        return self._section(
            "decision", excused=any(w.in_force(self.assessment.now) for w in self.assessment.parameters.waivers)
        )

    def categories(self) -> Section:
        """Points of each dimension: weight, floor, ceiling, required, coverage, for each stage."""
        scores = self.assessment.scores
        of_stage = {stage: list(scores[scores["stage"] == stage].itertuples()) for stage in STAGES}
        return self._section("categories", scores=of_stage)

    def blockers(self) -> Section:
        """What stands against a go, the certain first, and what evidence would settle the rest."""
        return self._section("blockers", order=[self.stage, *(stage for stage in STAGES if stage != self.stage)])

    def requirements(self) -> Section:
        """Every requirement by dimension, with its evidence and remedy."""
        chapters = {
            dimension: [row for row in self.rows.values() if row.item.dimension == dimension]
            for dimension in DIMENSIONS
        }
        counts = {
            dimension: {status: sum(row.status == status for row in chapter) for status in STATUSES}
            for dimension, chapter in chapters.items()
        }
        return self._section("requirements", chapters={d: c for d, c in chapters.items() if c}, counts=counts)

    def scope(self) -> Section:
        """What was declared not applicable, waivers and attestations."""
        parameters = self.assessment.parameters
        return self._section(
            "scope",
            excluded=parameters.target.not_applicable,
            waivers=parameters.waivers,
            attestations=parameters.attestations,
            refused={stage: gate.not_waivable for stage, gate in parameters.gates.gates.items()},
        )

    def permissions(self) -> Section:
        """Which grant, credential or statement is missing, and what it would settle."""
        return self._section("permissions", grants=grants(self.assessment, self.stage))

    def recorded(self) -> Section:
        """The recorded exchanges that evidence rests on, with the command that repeats each."""
        digests = dict.fromkeys(d for text in self.assessment.evidence["digest"].dropna() for d in text.split())
        left = RECORDED
        shown_here = {}
        for digest in digests:
            record = self.exchanges.get(digest)
            left -= min(len(str(record)), 2_500) if record else 0
            if record and left > 0:
                shown_here[digest] = record
        return self._section("recorded", records=shown_here, missing=len(digests) - len(shown_here))

    def footer(self) -> Section:
        """What the run was made with, and how to repeat it."""
        seconds = self.survey.get("seconds", {})
        slowest = sorted(seconds.items(), key=lambda pair: -pair[1])[:5]
        return self._section("footer", version=__version__, probes=len(seconds), slowest=slowest)

    @cached_property
    def rows(self) -> dict[str, Row]:
        """What is said of every requirement, by id."""
        return rows(self.assessment, self.stage, self.exchanges)

    @cached_property
    def titles(self) -> dict[str, str]:
        """Dimension → title, for figures."""
        return self.assessment.parameters.catalogue.titles

    @cached_property
    def _decision(self) -> dict[str, dict[str, Any]]:
        findings = self.assessment.findings
        told = {}
        for stage, decision in self.assessment.decision.items():
            of_stage = findings[findings["stage"] == stage]["status"]
            reason = why(decision, int((of_stage == "unknown").sum()), len(of_stage))
            told[stage] = {**decision, "why": reason}
        return told

    def _section(self, name: str, **values: Any) -> Section:
        template = environment().get_template(f"{name}.html.j2")
        return Section(name, template.render(report=self, decisions=self._decision, **values))


def environment() -> Environment:
    """Templates with everything foreign escaped, and the words that all of them use."""
    environment = Environment(
        loader=PackageLoader("readiness.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"visible": visible, "utc": utc, "effort": effort, "listed": listed, "shown": shown}
    environment.globals |= {
        "STAGES": STAGES,
        "STAGE_TITLES": STAGE_TITLES,
        "MARKS": MARKS,
        "VERDICT_MARKS": VERDICT_MARKS,
        "VERDICT_WORDS": VERDICT_WORDS,
        "TOP": TOP,
        "counted": counted,
        "interval": interval,
        "style": Markup(_static("section.css")),  # noqa: S704 our own file
    }
    return environment


def _static(name: str) -> str:
    from importlib.resources import files

    return (files("readiness.report") / "static" / name).read_text(encoding="utf-8")
