"""The pipeline: a run is whole or absent, and one that breaks its contract is kept apart and says why."""

import json
import shutil
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import nbformat
import pytest
from readiness.errors import BadInput, Overlap, RunFailed
from readiness.history import INDEX
from readiness.pipeline import STEPS, publish
from readiness.schedule.lock import alone

ROOT = Path(__file__).parent.parent.parent
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
FILES = {
    "badge.svg",
    "decision.json",
    "evidence.parquet",
    "exchanges.jsonl",
    "findings.parquet",
    "manifest.json",
    "params.zip",
    "probe.ipynb",
    "report.html",
    "report.ipynb",
    "scores.parquet",
    "summary.md",
    "survey.json",
}


@pytest.fixture
def project(tmp_path) -> Iterator[Path]:
    """A copy of the project with a target that refuses connections."""
    for name in ("params", "notebooks"):
        shutil.copytree(ROOT / name, tmp_path / name)
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        target = tmp_path / "params" / "targets" / "mine.yaml"
        address = f"http://127.0.0.1:{held.getsockname()[1]}"
        target.write_text(
            f"name: mine\ntitle: Mine\nproduction: {address}\npace: {{spacing: 0.1s}}\n", encoding="utf-8"
        )
        yield tmp_path


def test_a_run_is_published_whole_with_what_it_was_made_by(project):
    told: list[str] = []
    run = publish("mine", params=project / "params", reports=project / "reports", now=lambda: NOW, progress=told.append)
    assert run.folder == project / "reports" / "mine" / "2026-03-02T090000Z"
    assert {path.name for path in run.folder.iterdir()} == FILES
    assert {path.name for path in run.folder.parent.iterdir()} == {run.folder.name, "badge.svg", INDEX}
    assert run.folder.name in (project / "reports" / "index.html").read_text(encoding="utf-8")
    assert told == list(STEPS)
    assert run.decision["alpha"]["verdict"] == "undetermined"
    manifest = json.loads((run.folder / "manifest.json").read_text(encoding="utf-8"))
    assert set(manifest["durations_s"]) == set(STEPS)
    assert manifest["versions"]["pandas"]
    with pytest.raises(RunFailed, match="there is a run of this second already"):
        publish("mine", params=project / "params", reports=project / "reports", now=lambda: NOW)


def test_evidence_that_breaks_its_contract_is_not_scored_and_kept_apart(project):
    path = project / "notebooks" / "probe.ipynb"
    notebook = nbformat.read(path, as_version=4)
    spoil = "import pandas as pd; twice = pd.concat([result.evidence, result.evidence.head(1)], ignore_index=True)\n"
    spoil += "twice.to_parquet(run.path / 'evidence.parquet', index=False)"
    notebook.cells.append(nbformat.v4.new_code_cell(spoil))
    nbformat.write(notebook, path)
    with pytest.raises(RunFailed) as failed:
        publish("mine", params=project / "params", reports=project / "reports", now=lambda: NOW)
    first, *_, last = str(failed.value).splitlines()
    assert first.startswith("contract on evidence: expected each fact of a target once; broken on rows")
    kept = project / "reports" / "mine" / "2026-03-02T090000Z.failed"
    assert last == f"what there is was kept in {kept}" and failed.value.kept == kept
    assert {path.name for path in kept.iterdir()} == {
        "evidence.parquet",
        "exchanges.jsonl",
        "probe.ipynb",
        "survey.json",
    }
    assert [path.name for path in kept.parent.iterdir()] == [kept.name]


def test_a_notebook_that_stops_says_where_in_one_line(project):
    path = project / "notebooks" / "report.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[-1] = nbformat.v4.new_code_cell("raise ZeroDivisionError('the cause\\nand more')")
    nbformat.write(notebook, path)
    with pytest.raises(RunFailed, match=r"^report.ipynb stopped in cell \d+: ZeroDivisionError: the cause\n"):
        publish("mine", params=project / "params", reports=project / "reports", now=lambda: NOW)


def test_what_the_report_refuses_after_probing_is_kept_and_not_lost(project):
    path = project / "notebooks" / "report.ipynb"
    notebook = nbformat.read(path, as_version=4)
    refuse = "from readiness.errors import BadInput\nraise BadInput('reports: expected a place that can be read')"
    notebook.cells[-1] = nbformat.v4.new_code_cell(refuse)
    nbformat.write(notebook, path)
    with pytest.raises(
        RunFailed, match=r"^report.ipynb stopped: reports: expected a place that can be read\n"
    ) as failed:
        publish("mine", params=project / "params", reports=project / "reports", now=lambda: NOW)
    assert (failed.value.kept / "evidence.parquet").is_file()


def test_a_baseline_that_is_wrong_is_said_before_anything_is_asked(project):
    path = project / "params" / "baseline" / "2025-09-10.yaml"
    path.write_text("date: someday\n", encoding="utf-8")
    with pytest.raises(BadInput, match=r"2025-09-10\.yaml:1"):
        publish("mine", params=project / "params", reports=project / "reports", now=lambda: NOW)
    assert not (project / "reports" / "mine").exists()


def test_parameters_that_change_while_a_run_is_going_on_fail_it(project):
    def meddle(step: str) -> None:
        if step == "probe.ipynb":
            path = project / "params" / "gates.yaml"
            path.write_text(path.read_text(encoding="utf-8") + "# another day\n", encoding="utf-8")

    with pytest.raises(RunFailed, match="was changed while the run was going on"):
        publish("mine", params=project / "params", reports=project / "reports", now=lambda: NOW, progress=meddle)


def test_a_secret_that_is_not_there_stops_the_run_before_anything_is_kept(project, monkeypatch):
    monkeypatch.delenv("NO_SUCH_TOKEN", raising=False)
    target = project / "params" / "targets" / "mine.yaml"
    text = target.read_text(encoding="utf-8").replace("http:", "https:", 1)
    target.write_text(text + "headers: {X-Probe: env:NO_SUCH_TOKEN}\n", encoding="utf-8")
    with pytest.raises(BadInput, match="env:NO_SUCH_TOKEN"):
        publish("mine", params=project / "params", reports=project / "reports", now=lambda: NOW)
    assert list((project / "reports" / "mine").iterdir()) == []


def test_parameters_that_no_notebook_belongs_to_are_bad_input(project):
    shutil.rmtree(project / "notebooks")
    with pytest.raises(BadInput, match="params/ and notebooks/ belong beside one another"):
        publish("mine", params=project / "params", reports=project / "reports", now=lambda: NOW)


def test_a_run_that_takes_too_long_is_stopped_and_kept_up_to_its_cell(project):
    path = project / "notebooks" / "probe.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[2] = nbformat.v4.new_code_cell("import asyncio\nwhile True: await asyncio.sleep(0.1)")
    nbformat.write(notebook, path)
    limit = timedelta(seconds=4)
    with pytest.raises(RunFailed, match=r"^the run took longer than 0:00:04 and was stopped: probe.ipynb"):
        publish("mine", params=project / "params", reports=project / "reports", now=lambda: NOW, at_most=limit)
    kept = project / "reports" / "mine" / "2026-03-02T090000Z.failed"
    assert {item.name for item in kept.iterdir()} == {"probe.ipynb"}
    with alone(project / "reports", "mine"):  # the lock was given back
        pass


def test_a_second_run_of_a_target_does_not_start(project):
    with alone(project / "reports", "mine"), pytest.raises(Overlap, match="mine: another run is going on"):
        publish("mine", params=project / "params", reports=project / "reports", now=lambda: NOW)
    assert not (project / "reports" / "mine").exists()
