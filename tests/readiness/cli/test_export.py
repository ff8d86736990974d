"""`readiness export`, `report`, `index`: a run by its name or path, to standard output or a file."""

import json
from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result
from readiness.assessment import Parameters, assess
from readiness.cli import cli
from readiness.errors import BadInput
from readiness.evidence import frame
from readiness.run import RunFolder

from ..conftest import NOW


@pytest.fixture
def call(params, row) -> Callable[..., Result]:
    """`call("export", "one")` in a project with one run."""
    evidence = frame([row("a.flag", True), row("b.count", 9)])
    run = RunFolder(params.parent / "reports" / "one" / "2026-03-02T090000Z")
    evidence.to_parquet(run.path / "evidence.parquet", index=False)
    run.save_assessment(assess(evidence, Parameters.load("one", params), NOW))
    run.save_json("manifest.json", {"target": "one", "stage": "beta", "started_at": NOW.isoformat()})

    def invoke(*arguments: str) -> Result:
        result = CliRunner().invoke(cli, [*arguments, "--params", str(params)], standalone_mode=False)
        if result.exception:
            raise result.exception
        return result

    return invoke


def test_a_run_is_found_by_target_by_time_and_by_path(call, params):
    by_target = call("export", "one", "--format", "json").stdout
    assert json.loads(by_target)["stage"] == "beta"
    place = params.parent / "reports" / "one" / "2026-03-02T090000Z"
    for name in ("one/2026-03-02T090000Z", str(place)):
        assert call("export", name, "--format", "json").stdout == by_target
    assert json.loads(call("export", "one", "--format", "json", "--stage", "ga").stdout)["stage"] == "ga"


def test_a_file_is_written_whole(call, tmp_path):
    out = tmp_path / "textfile" / "readiness.prom"
    out.parent.mkdir()
    assert call("export", "one", "--format", "textfile", "--output", str(out)).stdout == ""
    assert 'readiness_verdict{target="one",stage="beta",verdict="go"} 1.0' in out.read_text(encoding="utf-8")
    assert [path.name for path in out.parent.iterdir()] == [out.name]


def test_the_schema_is_printed_without_a_run(call):
    assert json.loads(call("export", "--schema").stdout)["$id"] == "urn:readiness:results:1"


def test_a_run_that_is_not_there_is_bad_input(call):
    with pytest.raises(BadInput, match="expected a published run there"):
        call("export", "two")


def test_the_index_says_where_it_is(call, params):
    page = params.parent / "reports" / "index.html"
    assert call("index").stdout.strip() == str(page.resolve())
    assert "2026-03-02T090000Z/report.html" in page.read_text(encoding="utf-8")
