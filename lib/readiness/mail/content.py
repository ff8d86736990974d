"""What a mail says of a run: the report's beginning, in the report's order."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from readiness import snapshot
from readiness.assessment import Assessment, Parameters
from readiness.errors import BadInput
from readiness.export.escape import line
from readiness.export.results import Results
from readiness.figures.canvas import STAGE_TITLES, VERDICT_WORDS
from readiness.forecast import Forecast
from readiness.judge import STATUSES
from readiness.listing import MARKS, VERDICT_MARKS, interval
from readiness.mail.parts import LONG, MOST, Part, cut, parts
from readiness.past import Past
from readiness.report import Report
from readiness.report.words import ahead, counted, utc
from readiness.reports import Reports
from readiness.run import RunFolder
from readiness.stage import STAGES


@dataclass(frozen=True)
class Verdict:
    """One stage's decision.

    Attributes:
        stage: Its title.
        mark, word: The verdict as a sign and in words.
        score: Floor and ceiling, as they are written.
        minimum: Points needed, of 100.
        outlook: When the points and what is mandatory will be there.
        waived: The same with waivers, where that is different; else empty.
    """

    stage: str
    mark: str
    word: str
    score: str
    minimum: str
    outlook: str
    waived: str = ""


@dataclass(frozen=True)
class Bar:
    """One category's points.

    Attributes:
        title: The category.
        floor, ceiling, required, weight: Points.
    """

    title: str
    floor: float
    ceiling: float
    required: float
    weight: float

    @property
    def verdict(self) -> str:
        """What the points say against what is required: `go`, `no-go` or `undetermined`."""
        return "go" if self.floor >= self.required else "no-go" if self.ceiling < self.required else "undetermined"

    @property
    def words(self) -> str:
        """The points in words."""
        return f"{interval(self.floor, self.ceiling)} of {self.weight:g}, {self.required:g} required"

    @property
    def pieces(self) -> list[tuple[float, str, bool]]:
        """The bar from left to right: share of it in per cent, `proven`, `open` or `lacking`, and whether what is
        required ends there."""
        found, start = [], 0.0
        for end in sorted({self.floor, self.ceiling, self.required, self.weight} - {0.0}):
            if end > self.weight:
                break
            kind = "proven" if end <= self.floor else "open" if end <= self.ceiling else "lacking"
            found.append((round(100 * (end - start) / self.weight, 2), kind, end == self.required))
            start = end
        return found


@dataclass(frozen=True)
class Content:
    """Everything that a mail of a run says.

    Attributes:
        target, title: The platform's short name, and what people call it.
        stage: Title of the stage that is put first.
        verdicts: Of every stage, the one that is put first at the beginning.
        subject: Of the mail.
        caveats: What has to be known before the score.
        news: What changed so that it is notified, see `transition`.
        parts: Lists, in the order of the report.
        bars: Categories that weigh something.
        counts: How many requirements have which status.
        link: Address of the report; empty where that is not known.
        observed: Until when was looked, and by what.
    """

    target: str
    title: str
    stage: str
    verdicts: Sequence[Verdict]
    subject: str
    caveats: Sequence[str]
    news: Sequence[str]
    parts: Sequence[Part]
    bars: Sequence[Bar]
    counts: str
    link: str
    observed: str

    @classmethod
    def of(
        cls,
        run: RunFolder,
        results: Results,
        given: Parameters,
        params: Path,
        *,
        address: str = "",
        news: Sequence[str] = (),
        said: Sequence[str] = (),
    ) -> "Content":
        """What to say of a run.

        Args:
            run: Its folder.
            results: What is in it.
            given: The parameters as they are now, for a run that does not tell what it was judged by.
            params: The `params/` folder.
            address: Where the folder of all runs is served; empty where it is not.
            news: What changed so that it is notified, a sentence each.
            said: What has to be said of how the run came about, a sentence each.

        Raises:
            BadInput: The folder does not hold a whole run.
        """
        try:
            parameters = snapshot.parameters_of(run)
        except BadInput:
            parameters = given
        assessment = Assessment(
            parameters, run.judged_at, run.evidence(), results.findings, run.frame("scores"), dict(results.decision)
        )
        link = f"{address}/{quote(results.target)}/{quote(run.path.name)}/report.html" if address else ""
        earlier = Past.of(Reports.of(run.path.parent.parent), run.path.parent.name, _started(run, results), params)
        past = earlier.with_run(run, assessment, results.stage)
        decision = results.decision[results.stage]
        return cls(
            target=line(results.target, 63),
            title=line(parameters.target.title, 100),
            stage=STAGE_TITLES[results.stage],
            verdicts=[
                _verdict(stage, results.decision[stage], past.forecasts[stage], run.judged_at.date())
                for stage in (results.stage, *(stage for stage in STAGES if stage != results.stage))
            ],
            subject=subject(results, news),
            caveats=_some([*said, *Report.of(assessment, run, results.stage, past).caveats]),
            news=_some(news),
            parts=[part for part in parts(results, assessment, past, link) if part.items or part.note],
            bars=[
                Bar(_title(results, item["dimension"]), *(item[name] for name in _POINTS))
                for item in decision["categories"]
                if item["weight"] > 0
            ],
            counts=_counts(results),
            link=link,
            observed=f"Observed until {utc(results.observed_until)}, with version {line(results.made_with, 40)}.",
        )

    @property
    def without_links(self) -> "Content":
        """The same for those who are not to be led to the report."""
        parts = [replace(part, items=[replace(item, link="") for item in part.items]) for part in self.parts]
        return replace(self, parts=parts, link="")


_POINTS = ("floor", "ceiling", "required", "weight")


def subject(results: Results, news: Sequence[str] = ()) -> str:
    """Target, stage, verdict, score and what blocks it, in one line."""
    decision = results.decision[results.stage]
    certain = sum(bool(item["certain"]) for item in decision["blockers"])
    open_ = len(decision["blockers"]) - certain
    blocked = counted(certain, "blocker") if certain else f"{counted(open_, 'demand')} not settled" if open_ else ""
    score = f"{interval(decision['floor'], decision['ceiling'])} of 100, {decision['minimum']:g} needed"
    told = ", ".join(filter(None, [f"{decision['verdict'].upper()} {score}", blocked]))
    return f"{line(results.target, 63)}{' changed' if news else ''}: {results.stage} {told}"


def _verdict(stage: Any, decision: Mapping[str, Any], told: Forecast, today: date) -> Verdict:
    waived = decision["with_waivers"]
    differs = any(waived[name] != decision[name] for name in ("verdict", "floor", "ceiling"))
    return Verdict(
        STAGE_TITLES[stage],
        VERDICT_MARKS[decision["verdict"]],
        VERDICT_WORDS[decision["verdict"]],
        interval(decision["floor"], decision["ceiling"]),
        f"{decision['minimum']:g}",
        f"Forecast: {ahead(told, today)}",
        f"{VERDICT_WORDS[waived['verdict']]}, {interval(waived['floor'], waived['ceiling'])}" if differs else "",
    )


def _started(run: RunFolder, results: Results) -> datetime:
    """When it started, UTC; one that does not tell, when it was judged."""
    told = results.manifest.get("started_at")
    return datetime.fromisoformat(told).astimezone(UTC) if told else run.judged_at


def _some(sentences: Sequence[str]) -> list[str]:
    more = [f"And {len(sentences) - MOST} more."] if len(sentences) > MOST else []
    return [*(cut(each, 2 * LONG) for each in sentences[:MOST]), *more]


def _title(results: Results, dimension: str) -> str:
    return line(results.catalogue.titles.get(dimension, dimension), 60)


def _counts(results: Results) -> str:
    statuses = Counter(item.status for item in results.of_stage())
    told = [f"{MARKS[status]} {statuses[status]} {status}" for status in STATUSES if statuses[status]]
    return ", ".join(told)
