"""A small assessment, and an executed notebook of its sections and figures."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import nbformat
import pytest
from readiness.assessment import Assessment, Parameters, assess
from readiness.catalog import DIMENSIONS, Catalogue, Chapter
from readiness.evidence import Evidence, Fact, frame
from readiness.figures import category_bars, decision_intervals, statuses
from readiness.gate import Gates
from readiness.past import Past
from readiness.report import Report
from readiness.stage import STAGES
from readiness.target import Target
from readiness.waiver import Waiver
from readiness.wire.exchange import Exchange

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DAYS = Fact("certificate.days", "number", "Days until the certificate expires.", "days")
OPEN = Fact("origin.refused", "boolean", "A foreign origin is refused.")
NAME = Fact("product.name", "text", "What the platform calls itself.")
ACCOUNT = {
    "seconds": {"tls": 0.2, "cors": 0.1},
    "permissions": ["accounts"],
    "requests": 120,
    "accounts": 4,
    "left": [],
}
"""What was done to the target, see `Survey.account`."""


def _requirement(name: str, *criteria: dict[str, Any], stage: str = "alpha") -> dict[str, Any]:
    return {
        "name": name,
        "title": name.replace("_", " ").capitalize(),
        "pass": f"The {name} is as it should be.",
        "fail": f"The {name} is not as it should be.",
        "stage": stage,
        "effort": 1,
        "evidence": ["probe"],
        "max_age": "24h",
        "criteria": list(criteria),
        "rationale": f"Without the {name} nothing works.",
        "remedy": f"Mend the {name} at its source.",
        "reference": "RFC 9110",
    }


def catalogue() -> Catalogue:
    """One requirement a dimension, three in security."""
    chapters = {name: [_requirement("thing", {"awaits": "the thing itself"})] for name in DIMENSIONS}
    chapters["security"] = [
        _requirement("certificate", {"fact": DAYS.name, "at_least": {"alpha": 14, "beta": 21}}),
        _requirement("origin", {"fact": OPEN.name, "is": True}),
        _requirement("product", {"fact": NAME.name, "is": "right"}, stage="beta"),
    ]
    values = [{"dimension": name, "title": name.capitalize(), "requirements": chapters[name]} for name in DIMENSIONS]
    return Catalogue([Chapter.model_validate(value, context={"folder": Path()}) for value in values])


def gates(mandatory: list[str], steady_runs: int | None = None) -> Gates:
    """Security is all that counts."""
    weights = {name: {"weight": 0, "required": 0} for name in DIMENSIONS}
    weights["security"] = {"weight": 100, "required": 50}
    gate = {"minimum": 60, "categories": weights, "mandatory": mandatory, "steady_runs": steady_runs}
    return Gates.model_validate({"partial_credit": 0.5, "gates": dict.fromkeys(STAGES, gate)})


def exchange(**keys: Any) -> Exchange:
    """A recorded exchange."""
    values = {"method": "GET", "url": "https://api.example.test/health", "status": 200, "body": b"ok", "verified": True}
    return Exchange(**{**values, "observed_at": NOW - timedelta(minutes=5), **keys})


@pytest.fixture(scope="session")
def report_of() -> Callable[..., Report]:
    """`report_of({fact: value}, …)` is the report on those observations; what is not given is unavailable."""

    def build(
        seen: dict[str, Any] | None = None,
        *,
        stage: str = "alpha",
        age: timedelta = timedelta(minutes=5),
        recorded: Exchange | None = None,
        extra: list[Evidence] | None = None,
        title: str = "Example",
        mandatory: list[str] | None = None,
        waivers: list[dict[str, Any]] | None = None,
        not_applicable: list[dict[str, Any]] | None = None,
        exchanges: dict[str, Any] | None = None,
        manifest: dict[str, Any] | None = None,
        left: list[str] | None = None,
        past: Past | None = None,
        steady_runs: int | None = None,
    ) -> Report:
        recorded = recorded or exchange()
        rows = list(extra or [])
        given = {row.fact.name for row in rows}
        for fact in (DAYS, OPEN, NAME):
            at = NOW - age
            if fact.name in given:
                continue
            if fact.name in (seen or {}):
                value = (seen or {})[fact.name]
                observed = {"value": value, "source": recorded.source, "digest": recorded.digest}
                rows.append(Evidence("example", fact, "observed", at, **observed))
            else:
                rows.append(Evidence("example", fact, "unavailable", at, reason="no answer within 3 s"))
        values = {"name": "example", "title": title, "production": "https://api.example.test"}
        target = Target.model_validate({**values, "not_applicable": not_applicable or []}, context={"folder": Path()})
        parameters = Parameters(
            target,
            catalogue(),
            gates(["security.certificate"] if mandatory is None else mandatory, steady_runs),
            [Waiver.model_validate(item, context={"folder": Path()}) for item in waivers or []],
            [],
        )
        assessment: Assessment = assess(frame(rows), parameters, NOW)
        known = {recorded.digest: recorded.record() | {"digest": recorded.digest}, **(exchanges or {})}
        return Report(assessment, known, stage, ACCOUNT | {"left": left or []}, manifest, past)

    return build


SECTIONS = (
    "header",
    "change",
    "blockers",
    "shortest_path",
    "categories",
    "requirements",
    "trend",
    "expiring",
    "permissions",
    "scope",
    "recorded",
    "footer",
)
"""Every section that needs nothing besides the report itself, in the order of the page."""


@pytest.fixture(scope="session")
def notebook_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Report], Path]:
    """`notebook_of(report)` writes an executed notebook with those sections and five figures."""

    def build(report: Report) -> Path:
        figures = (
            decision_intervals(report.assessment.decision),
            *(category_bars(report.assessment.scores, stage) for stage in STAGES),
            statuses(report.assessment.findings, report.stage),
        )
        output = nbformat.v4.new_output
        shown = [getattr(report, name)()._repr_html_() for name in SECTIONS]
        outputs = [output("display_data", {"text/html": html}) for html in shown]
        drawings = [figure.to_plotly_json() for figure in figures]
        outputs += [output("display_data", {"application/vnd.plotly.v1+json": drawing}) for drawing in drawings]
        cells = [
            nbformat.v4.new_markdown_cell("# For the notebook alone", metadata={"tags": ["notebook"]}),
            nbformat.v4.new_code_cell("report.header()", outputs=outputs[:1], execution_count=1),
            nbformat.v4.new_markdown_cell("## Heading of the page"),
            nbformat.v4.new_code_cell("secret_of_the_code = 1", outputs=outputs[1:], execution_count=2),
        ]
        path = tmp_path_factory.mktemp("notebook") / "report.ipynb"
        nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
        return path

    return build
