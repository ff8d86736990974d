"""Sections: the parts of the report, each something that a notebook cell can show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from markupsafe import Markup

from readiness import __version__
from readiness.assessment import Assessment, caveats
from readiness.catalog import DIMENSIONS
from readiness.change import PARTS
from readiness.grants import grants
from readiness.past import Past
from readiness.report.data import data, embedded
from readiness.report.expiry import expiring
from readiness.report.load_test import LoadTest
from readiness.report.rows import GROUPS, Row, rows
from readiness.report.section import Section, environment
from readiness.report.words import why
from readiness.run import RunFolder
from readiness.shortest_path import Path, next_stage, shortest_path
from readiness.stage import STAGES, Stage

MOST_UNREAD = 3
"""Earlier runs that cannot be read that are named, the newest."""
RECORDED = 75_000
"""Characters of recorded exchanges that one page shows; exchanges.jsonl holds all of them."""


@dataclass(frozen=True)
class Report:
    """Everything the sections tell.

    Attributes:
        assessment: What was judged.
        exchanges: Recorded exchanges by digest.
        stage: The stage that is put first.
        survey: What was done to the target, see `Survey.account`; empty where the folder does not tell.
        manifest: The run's manifest; None where the notebook runs by hand.
        past: Earlier runs, and this one as their newest; None where nothing is known of them.
        capacity: Person-days a week that the path is laid out by.
    """

    assessment: Assessment
    exchanges: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    stage: Stage = "alpha"
    survey: Mapping[str, Any] = field(default_factory=dict)
    manifest: Mapping[str, Any] | None = None
    past: Past | None = None
    capacity: float = 5.0

    @classmethod
    def of(
        cls,
        assessment: Assessment,
        folder: RunFolder,
        stage: Stage = "alpha",
        past: Past | None = None,
        capacity: float = 5.0,
    ) -> "Report":
        """The report of an assessment, with what its run's folder holds besides the frames."""
        survey, manifest = folder.json("survey.json") or {}, folder.json("manifest.json")
        return cls(assessment, folder.exchanges(), stage, survey, manifest, past, capacity)

    @cached_property
    def caveats(self) -> list[str]:
        """What a reader has to know of the run itself before the score."""
        told = caveats(self.assessment.evidence, self.survey.get("left", ()))
        if self.past:
            unread = list(self.past.history.unread.items())
            told += [f"An earlier run cannot be read: {run}: {why}" for run, why in unread[-MOST_UNREAD:]]
            if len(unread) > MOST_UNREAD:
                told.append(f"{len(unread) - MOST_UNREAD} more earlier runs cannot be read.")
        return told

    def header(self) -> Section:
        """Which platform and when, what to know of the run, and the decision of each stage in a line."""
        seen = self.assessment.evidence["observed_at"]
        excused = any(waiver.in_force(self.assessment.now) for waiver in self.assessment.parameters.waivers)
        return self._section("header", first=seen.min(), last=seen.max(), excused=excused)

    def change(self) -> Section:
        """What moved the score since an earlier run, in parts that add up to it, and by which evidence."""
        return self._section("change", past=self.past, PARTS=PARTS)

    def blockers(self) -> Section:
        """What stands against a go, the certain first, and what evidence would settle the rest."""
        return self._section("blockers", order=[self.stage, *(stage for stage in STAGES if stage != self.stage)])

    def shortest_path(self) -> Section:
        """The least that makes the next gate a go, in the order in which to do it."""
        return self._section("path", path=self.path)

    def categories(self) -> Section:
        """Points of each dimension: weight, floor, ceiling, required, coverage, for each stage."""
        scores = self.assessment.scores
        of_stage = {stage: list(scores[scores["stage"] == stage].itertuples()) for stage in STAGES}
        return self._section("categories", scores=of_stage)

    def requirements(self) -> Section:
        """Every requirement by dimension and status, with its evidence and remedy."""
        chapters: dict[str, dict[str, list[Row]]] = {}
        for name in DIMENSIONS:
            chapter = [row for row in self.rows.values() if row.item.dimension == name]
            groups = {group: [row for row in chapter if row.group == group] for group in GROUPS}
            chapters[name] = {group: found for group, found in groups.items() if found}
        return self._section("requirements", chapters={name: one for name, one in chapters.items() if one})

    def load_tests(self, tests: Sequence[LoadTest]) -> Section:
        """What the newest load tests came to, or why there is none.

        Args:
            tests: As `load_test.newest` gives them.
        """
        return self._section("load_tests", tests=tests)

    def trend(self) -> Section:
        """How many runs there are, when the points will be there, and which requirements are unsteady."""
        unsteady = self.past.unsteady(self.stage) if self.past else None
        rows: list[Any] = [] if unsteady is None else list(unsteady.itertuples())
        return self._section("trend", past=self.past, unsteady=rows)

    def expiring(self) -> Section:
        """Attestations and waivers that end soon."""
        return self._section("expiring", endings=expiring(self.assessment.parameters, self.assessment.now))

    def permissions(self) -> Section:
        """Which grant, credential or statement is missing, and what it would settle."""
        return self._section("permissions", grants=grants(self.assessment, self.stage))

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

    def recorded(self) -> Section:
        """The recorded exchanges that evidence rests on, with the command that repeats each."""
        digests = {digest for text in self.assessment.evidence["digest"].dropna() for digest in text.split()}
        return self._section("recorded", missing=len(digests - self.appendix.keys()))

    @cached_property
    def appendix(self) -> dict[str, Mapping[str, Any]]:
        """The recorded exchanges that the page has room for, by digest: the first that each fact rests on first."""
        texts = [text.split() for text in self.assessment.evidence["digest"].dropna()]
        first = [digests[0] for digests in texts if digests]
        left, found = RECORDED, {}
        for digest in dict.fromkeys([*first, *(digest for digests in texts for digest in digests)]):
            record = self.exchanges.get(digest)
            left -= min(len(str(record)), 2_500) if record else 0
            if record and left > 0:
                found[digest] = record
        return found

    def footer(self) -> Section:
        """What the run was made with, how to repeat it, and the data that the page scores itself again from."""
        seconds = self.survey.get("seconds", {})
        slowest = sorted(seconds.items(), key=lambda pair: -pair[1])[:5]
        text, digest = embedded(data(self.assessment, self.stage))
        inside = {"data": Markup(text), "digest": digest}  # noqa: S704 nothing in it can end its element
        return self._section("footer", version=__version__, probes=len(seconds), slowest=slowest, **inside)

    @cached_property
    def rows(self) -> dict[str, Row]:
        """What is said of every requirement, by id."""
        return rows(self.assessment, self.stage, self.exchanges)

    @cached_property
    def path(self) -> Path:
        """The least that makes the first gate that is not a go one."""
        parameters = self.assessment.parameters
        gate = next_stage(self.assessment.decision)
        return shortest_path(
            self.assessment.findings, parameters.catalogue, parameters.gates, gate, capacity=self.capacity
        )

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
