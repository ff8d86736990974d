"""Rescoring: stored evidence judged again, and refused where evidence was never gathered."""

import json
import shutil
from datetime import timedelta

import pytest
from readiness.assessment import Parameters, assess
from readiness.errors import BadInput
from readiness.evidence import frame
from readiness.hindsight import as_today
from readiness.history import earlier
from readiness.reports import Reports
from readiness.rescore import rescore, with_others
from readiness.run import RunFolder

from .conftest import NOW


@pytest.fixture
def stored(params, tmp_path, row):
    """A stored run of the target `one` in which the flag was up and the count was 7."""
    parameters = Parameters.load("one", params)
    evidence = frame([row("a.flag", True), row("b.count", 7)])
    run = RunFolder(tmp_path / "reports" / "one" / "2026-03-02T090000Z")
    evidence.to_parquet(run.path / "evidence.parquet", index=False)
    run.save_assessment(assess(evidence, parameters, NOW))
    run.save_json("manifest.json", {"judged_at": NOW.isoformat()})
    return run


def files(run):
    return {path.name: path.read_bytes() for path in run.path.iterdir()}


def test_by_the_same_parameters_nothing_changes(params, stored):
    before = files(stored)
    told = rescore(stored, Parameters.load("one", params), params / "catalog")
    assert told.moves == []
    assert told.after.decision == json.loads(json.dumps(told.before))
    assert files(stored) == before


def test_a_bar_that_is_raised_moves_what_it_is_about(params, stored, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(params / "catalog", other)
    path = other / "data.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("beta: 5", "beta: 8"), encoding="utf-8")
    told = rescore(stored, with_others(Parameters.load("one", params), other, None), other)
    assert [(one.stage, one.requirement, one.before, one.after) for one in told.moves] == [
        ("beta", "data.sound", "met", "partial"),
        ("ga", "data.sound", "met", "unmet"),
    ]
    assert [one.credit for one in told.moves] == [-0.5, -1]
    assert told.after.decision["beta"]["floor"] < told.before["beta"]["floor"]


def test_other_gates_decide_otherwise_and_move_no_requirement(params, stored, tmp_path):
    other = tmp_path / "gates.yaml"
    text = (params / "gates.yaml").read_text(encoding="utf-8")
    other.write_text(text.replace("minimum: 50", "minimum: 99.5"), encoding="utf-8")
    told = rescore(stored, with_others(Parameters.load("one", params), None, other), params / "catalog")
    assert told.moves == []
    assert told.after.decision["alpha"]["minimum"] == 99.5


def test_a_criterion_on_what_was_never_gathered_is_refused_with_its_place(params, stored, row):
    frame([row("a.flag", True)]).to_parquet(stored.path / "evidence.parquet", index=False)
    with pytest.raises(BadInput) as refused:
        rescore(stored, Parameters.load("one", params), params / "catalog")
    assert refused.value.problems[0] == (
        f"{params / 'catalog' / 'infrastructure.yaml'}:14: fact: b.count was never gathered in the run "
        "2026-03-02T090000Z"
    )
    assert len(refused.value.problems) == 10


def test_what_could_not_be_observed_was_gathered_and_stays_unknown(params, stored, row):
    frame([row("a.flag", True), row("b.count")]).to_parquet(stored.path / "evidence.parquet", index=False)
    told = rescore(stored, Parameters.load("one", params), params / "catalog")
    assert {one.after for one in told.moves} == {"unknown"}


def test_evidence_is_as_old_as_it_was_when_the_run_was_judged(params, stored):
    told = rescore(stored, Parameters.load("one", params), params / "catalog")
    assert told.after.now == NOW
    stored.save_json("manifest.json", {"judged_at": (NOW + timedelta(days=2)).isoformat()})
    aged = rescore(stored, Parameters.load("one", params), params / "catalog")
    assert {one.after for one in aged.moves} == {"unknown"}


def test_a_catalogue_without_what_a_gate_demands_is_refused(params, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(params / "catalog", other)
    path = other / "security.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("name: sound", "name: other"), encoding="utf-8")
    with pytest.raises(BadInput, match=r"security\.sound, which is mandatory"):
        with_others(Parameters.load("one", params), other, None)


def test_a_folder_that_is_no_run_is_refused(params, tmp_path, row):
    folder = RunFolder(tmp_path / "nothing")
    frame([row("a.flag", True), row("b.count", 7)]).to_parquet(folder.path / "evidence.parquet", index=False)
    with pytest.raises(BadInput, match="is it the folder of a run"):
        rescore(folder, Parameters.load("one", params), params / "catalog")


def test_a_gate_that_demands_steadiness_is_not_settled_without_the_runs_before(params, stored, tmp_path):
    path = params / "gates.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("    minimum: 50", "    minimum: 50\n    steady_runs: 2"))
    parameters = Parameters.load("one", params)
    alone = rescore(stored, parameters, params / "catalog").after.decision["alpha"]
    assert alone["verdict"] == "undetermined"
    assert [item["text"] for item in alone["blockers"]] == ["1 run so far, 2 needed to tell what is steady"]
    place, target = Reports.of(tmp_path / "reports"), tmp_path / "reports" / "one"
    for name in ("2026-03-01T090000Z", "2026-03-09T090000Z"):
        shutil.copytree(stored.path, target / name)
    past = earlier(place, parameters, stored.started_at)
    assert set(past["run"]) == {"2026-03-01T090000Z"}
    assert rescore(stored, parameters, params / "catalog", past=past).after.decision["alpha"]["verdict"] == "go"
    told = as_today(place, place.runs("one"), parameters, NOW).scores
    assert told[told["stage"] == "alpha"]["verdict"].tolist() == ["undetermined", "go", "go"]


def test_where_no_gate_demands_steadiness_no_run_before_is_read(params, tmp_path):
    assert earlier(Reports.of(tmp_path / "gone"), Parameters.load("one", params), NOW) is None
