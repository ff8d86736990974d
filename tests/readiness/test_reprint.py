"""The report again: from the stored frames, as of the run's own time, and the run is only read."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from readiness.cli import cli
from readiness.errors import BadInput
from readiness.evidence import Evidence, frame
from readiness.probes import facts
from readiness.reports import Reports
from readiness.reprint import reprint
from readiness.run import RunFolder, find

from .conftest import NOW

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def project(tmp_path) -> Path:
    """A project with one stored run of a platform that nobody can ask any more."""
    shutil.copytree(ROOT / "params", tmp_path / "params")
    (tmp_path / "notebooks").symlink_to(ROOT / "notebooks")
    target = tmp_path / "params" / "targets" / "gone.yaml"
    target.write_text("name: gone\ntitle: Gone\nproduction: https://gone.example.test\n", encoding="utf-8")
    run = RunFolder(tmp_path / "reports" / "gone" / "2026-03-02T090000Z")
    fact = next(each for each in facts().values() if each.type == "boolean")
    seen = Evidence("gone", fact, "observed", NOW, value=True, source="GET https://gone.example.test/", digest="d1")
    frame([seen]).to_parquet(run.path / "evidence.parquet", index=False)
    manifest = {"target": "gone", "started_at": NOW.isoformat(), "stage": "beta", "catalogue": "of that time"}
    told = {
        "readiness": "0.1.0",
        "python": "3.11.0",
        "versions": {"pandas": "3.0"},
        "dimensions": "all",
        "exchanges": 0,
    }
    run.save_json("manifest.json", manifest | told)
    run.save_json("decision.json", {"target": "gone", "stages": {}})
    return tmp_path


def state(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_it_is_judged_as_of_its_own_time_and_the_run_is_kept_as_it_was(project):
    run = find(project / "reports", "gone")
    before = state(run.path)
    given = {"papermill": {"parameters": {"target": "gone", "stage": "ga", "now": "2026-03-02T09:05:00+00:00"}}}
    stored = json.dumps({"metadata": given})
    (run.path / "report.ipynb").write_text(stored, encoding="utf-8")
    out = project / "again.html"
    assert "the catalogue is another now" in str(reprint(run, out, params=project / "params"))
    html = out.read_text(encoding="utf-8")
    assert "Gone" in html and "2026-03-02 09:00:00 UTC" in html
    assert state(run.path) == before | {"report.ipynb": stored.encode()}
    assert [path.name for path in project.glob(".*")] == []


def test_a_run_in_an_object_store_is_reported_again_too(project, store):
    run = find(project / "reports", "gone")
    Reports.of(store).publish(run.path, "gone")
    shutil.rmtree(project / "reports")
    out = project / "again.html"
    arguments = ["report", "gone", "--params", project / "params", "--reports", store, "--output", out]
    done = CliRunner().invoke(cli, [str(item) for item in arguments], standalone_mode=False)
    assert done.exception is None, done.exception
    assert "Gone" in out.read_text(encoding="utf-8")
    assert done.stdout.splitlines() == [str(out)]


def test_a_place_inside_of_a_run_is_refused(project):
    run = find(project / "reports", "gone/2026-03-02T090000Z")
    with pytest.raises(BadInput, match="outside of the run"):
        reprint(run, run.path / "report.html", params=project / "params")


def test_a_run_that_is_not_there_is_bad_input(project, tmp_path):
    with pytest.raises(BadInput, match="expected the folder of a run"):
        find(project / "reports", "gone/2026-01-01T000000Z")
    with pytest.raises(BadInput, match="expected a published run there"):
        find(project / "reports", "other")
    with pytest.raises(BadInput, match=r"expected manifest\.json"):
        reprint(RunFolder(tmp_path / "bare"), tmp_path / "out.html", params=project / "params")
