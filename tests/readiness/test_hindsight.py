"""Hindsight: past runs by the catalogue of today, and what cannot be said of them."""

from datetime import timedelta

import pandas as pd
import pytest
from readiness import hindsight, history
from readiness.assessment import Parameters, assess
from readiness.figures import trend
from readiness.hindsight import as_today
from readiness.reports import Reports
from readiness.run import RunFolder

from .conftest import NOW

TODAY = NOW + timedelta(days=100)
RUNS = [f"{NOW + timedelta(days=7 * week):%Y-%m-%dT%H%M%SZ}" for week in range(3)]


@pytest.fixture
def folder(params, evidence_of, tmp_path):
    """Three runs, a week apart; in the first nothing was counted."""
    parameters = Parameters.load("one", params)
    for week, run in enumerate(RUNS):
        at = NOW + timedelta(days=7 * week)
        evidence = evidence_of({"a.flag": True} | ({"b.count": 7} if week else {}), observed_at=at)
        folder = RunFolder(tmp_path / "reports" / "one" / run)
        evidence.to_parquet(folder.path / "evidence.parquet", index=False)
        folder.save_assessment(assess(evidence, parameters, at))
        folder.save_json("manifest.json", {"judged_at": at.isoformat()})
    return tmp_path / "reports"


@pytest.fixture
def raised(params):
    """The parameters with a bar that is higher today."""
    path = params / "catalog" / "data.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("beta: 5", "beta: 9"), encoding="utf-8")
    return Parameters.load("one", params)


def test_a_bar_that_was_raised_since_is_raised_for_the_past_as_well(folder, raised):
    seen = history.read(Reports.of(folder)).scores
    told = as_today(Reports.of(folder), RUNS, raised, TODAY).scores
    floors = [
        frame.loc[(frame["run"] == RUNS[1]) & (frame["stage"] == "beta"), "floor"].item() for frame in (seen, told)
    ]
    assert floors == [100, 95]
    assert dict(told.dtypes) == dict(seen.dtypes)
    assert list(told["run"].unique()) == RUNS[1:]
    assert set(zip(told["run"], told["at"], strict=True)) <= set(zip(seen["run"], seen["at"], strict=True))


def test_a_run_whose_evidence_lacks_what_is_asked_is_left_out_and_named(folder, raised):
    told = as_today(Reports.of(folder), RUNS, raised, TODAY)
    assert list(told.left_out) == RUNS[:1]
    assert told.left_out[RUNS[0]] == "b.count was never gathered"


def test_it_is_a_line_of_the_trend(folder, raised):
    seen = history.read(Reports.of(folder)).scores
    (line,) = (
        trace
        for trace in trend(seen, "beta", as_today(Reports.of(folder), RUNS, raised, TODAY).scores).data
        if trace.name == "as today's catalogue would have said"
    )
    assert list(line.y) == [95, 95]


def test_without_a_change_it_says_what_the_runs_said_however_old_they_are(folder, params):
    seen = history.read(Reports.of(folder)).scores
    told = as_today(Reports.of(folder), RUNS[1:], Parameters.load("one", params), TODAY).scores
    columns = ["target", "run", "at", "stage", "kind", "verdict", "floor", "ceiling", "minimum", "whole"]
    expected = seen.loc[seen["run"] != RUNS[0], columns]
    pd.testing.assert_frame_equal(told[columns], expected.reset_index(drop=True))


def test_a_criterion_that_was_announced_then_counts_from_its_day_on(folder, params):
    path = params / "catalog" / "data.yaml"
    text = path.read_text(encoding="utf-8")
    announced = text.replace("    rationale:", "      - {fact: b.count, at_least: 9, from: 2026-05-01}\n    rationale:")
    path.write_text(announced, encoding="utf-8")
    parameters = Parameters.load("one", params)
    floors = {}
    for name, today in (("before", NOW + timedelta(days=20)), ("after", TODAY)):
        told = as_today(Reports.of(folder), RUNS[1:2], parameters, today).scores
        floors[name] = told.loc[told["stage"] == "beta", "floor"].item()
    assert floors["before"] > floors["after"]


def test_a_gate_that_demands_steadiness_looks_at_the_runs_before_as_they_are_judged_today(folder, params, monkeypatch):
    path = params / "gates.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("    mandatory:", "    steady_runs: 2\n    mandatory:"), encoding="utf-8")
    parameters = Parameters.load("one", params)
    for together in (50, 1):
        monkeypatch.setattr(hindsight, "TOGETHER", together)
        told = as_today(Reports.of(folder), RUNS, parameters, TODAY).scores
        assert list(told.loc[told["stage"] == "alpha", "verdict"]) == ["undetermined", "go"]


def test_many_runs_are_judged_as_few_are(folder, raised, monkeypatch):
    whole = as_today(Reports.of(folder), RUNS, raised, TODAY).scores
    monkeypatch.setattr(hindsight, "TOGETHER", 1)
    pd.testing.assert_frame_equal(as_today(Reports.of(folder), RUNS, raised, TODAY).scores, whole)


def test_a_torn_run_takes_no_other_with_it(folder, raised):
    (folder / "one" / RUNS[1] / "evidence.parquet").write_bytes(b"torn")
    told = as_today(Reports.of(folder), RUNS, raised, TODAY)
    assert list(told.scores["run"].unique()) == RUNS[2:]
    assert RUNS[1] in told.left_out


def test_of_no_runs_there_is_an_empty_frame(folder, raised):
    told = as_today(Reports.of(folder), [], raised, TODAY)
    assert (list(told.scores.columns), len(told.scores)) == (list(history.SCORES), 0)
