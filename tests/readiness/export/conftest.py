"""A small run in its folder, of a platform whose every answer is hostile."""

from collections.abc import Callable
from pathlib import Path

import pytest
from readiness.assessment import Parameters, assess
from readiness.catalog import Catalogue
from readiness.evidence import frame
from readiness.export import Results
from readiness.probes import facts
from readiness.run import RunFolder

from ..conftest import NOW

HOSTILE = (
    '</text></svg><script>alert(1)</script>"><img src=x onerror=alert(2)> | **bold** [link](http://evil.test) @everyone'
    ' ]]> `code` \x1b[31m\x00\r\n# heading\n- item {x="1"} 1\n::error::no \u202eevil\ufffe'
)


@pytest.fixture
def run_folder(params, row, tmp_path) -> Path:
    """A run: a.flag is true, of b.count only a hostile reason is known; infrastructure.sound is waived."""
    (params / "waivers" / "one.yaml").write_text(
        "waivers:\n  - requirement: infrastructure.sound\n    reason: Not before the first customer\n"
        "    approved_by: Head of platform\n    approved_on: 2026-01-12\n    expires_on: 2026-06-30\n",
        encoding="utf-8",
    )
    evidence = frame([row("a.flag", True), row("b.count", None, reason=HOSTILE)])
    assessment = assess(evidence, Parameters.load("one", params), NOW)
    folder = RunFolder(tmp_path / "reports" / "one" / "2026-03-02T090000Z")
    evidence.to_parquet(folder.path / "evidence.parquet", index=False)
    folder.save_assessment(assessment)
    manifest = {"started_at": NOW.isoformat(), "stage": "beta", "readiness": "0.1.0", "catalogue": "abc"}
    folder.save_json("manifest.json", manifest)
    return folder.path


@pytest.fixture
def results(run_folder, params) -> Results:
    """What that run came to, at beta."""
    return Results.of(RunFolder(run_folder), Catalogue.load(params / "catalog", facts()), params)


@pytest.fixture
def results_of(params, row) -> Callable[..., Results]:
    """`results_of(True, 3)`: the results at beta with a.flag and b.count as given."""

    def build(flag: bool | None, count: float | None) -> Results:
        parameters = Parameters.load("one", params)
        told = assess(frame([row("a.flag", flag), row("b.count", count)]), parameters, NOW)
        return Results("one", "beta", NOW, told.findings, told.decision, parameters.catalogue)

    return build
