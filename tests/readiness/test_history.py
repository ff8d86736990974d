"""History is read from the folders, whatever the index says."""

import json
import shutil
from datetime import timedelta

import pandas as pd
import pytest
from readiness import history
from readiness.assessment import Parameters, assess
from readiness.baseline import Baseline
from readiness.reports import Reports
from readiness.run import RunFolder

from .conftest import NOW


@pytest.fixture
def publish(params, evidence_of, tmp_path):
    """`publish(day, flag)` publishes a run of that day; the folder of reports is given back."""
    parameters = Parameters.load("one", params)

    def one(day: int, flag: bool = True):
        at = NOW + timedelta(days=day)
        evidence = evidence_of({"a.flag": flag, "b.count": 7}, observed_at=at)
        folder = RunFolder(tmp_path / "reports" / "one" / f"{at:%Y-%m-%dT%H%M%SZ}")
        folder.save_assessment(assess(evidence, parameters, at))
        folder.save_json("manifest.json", {"catalogue": "abc"})
        return tmp_path / "reports"

    return one


def files(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.name != history.INDEX}


def test_each_run_is_a_row_a_stage_and_its_findings_the_oldest_first(publish):
    publish(1, False)
    place = publish(0)
    before = files(place)
    seen = history.read(Reports.of(place), ["one"])
    alpha = seen.scores[seen.scores["stage"] == "alpha"]
    assert list(alpha["verdict"]) == ["go", "no-go"]
    assert list(alpha["kind"]) == ["observed"] * 2
    assert (alpha["catalogue"] == "abc").all()
    assert len(seen.findings) == 2 * 3 * 10
    assert list(seen.categories.columns) == list(history.CATEGORIES)
    assert files(place) == before, "a run is never changed"


def test_the_index_tells_the_same_as_the_folders(publish):
    place = publish(0)
    publish(1, False)
    first, second = (history.read(Reports.of(place)) for _ in range(2))
    for name in history.COLUMNS:
        pd.testing.assert_frame_equal(getattr(first, name), getattr(second, name))


def test_with_an_index_no_folder_is_opened(publish, monkeypatch):
    place = publish(0)
    history.read(Reports.of(place))
    monkeypatch.setattr(history, "_of_run", None)
    assert len(history.read(Reports.of(place)).runs) == 1


def test_a_run_that_is_gone_is_gone_from_history_and_a_new_one_is_there(publish):
    place = publish(0)
    gone = history.read(Reports.of(place)).runs
    publish(1)
    shutil.rmtree(place / "one" / gone[0])
    seen = history.read(Reports.of(place)).runs
    assert len(seen) == 1
    assert seen != gone


@pytest.mark.parametrize("content", [b"", b"PK torn", None])
def test_a_torn_index_is_made_again(publish, content):
    place = publish(0)
    expected = history.read(Reports.of(place))
    index = place / "one" / history.INDEX
    whole = index.read_bytes()
    index.write_bytes(whole[: len(whole) // 2] if content is None else content)
    pd.testing.assert_frame_equal(history.read(Reports.of(place)).findings, expected.findings)
    assert index.read_bytes()[:2] == b"PK"


def test_a_folder_without_a_manifest_or_of_another_name_is_no_run(publish):
    place = publish(0)
    for name in ("2026-05-01T000000Z", "2026-05-01T000000Z.failed", ".2026-05-01T000000Z.1.partial"):
        (place / "one" / name).mkdir()
    (place / "one" / "2026-05-01T000000Z.failed" / "manifest.json").write_text("{}")
    assert len(history.read(Reports.of(place)).runs) == 1


def test_a_torn_run_is_told_and_takes_no_other_with_it(publish):
    place = publish(0)
    torn = place / "one" / "2026-05-01T000000Z"
    torn.mkdir()
    (torn / "manifest.json").write_text(json.dumps({}))
    seen = history.read(Reports.of(place))
    assert len(seen.runs) == 1
    assert list(seen.unread) == ["one/2026-05-01T000000Z"]


def test_what_was_declared_is_the_first_point_and_marked_so(publish, params):
    baseline = Baseline.read(params / "baseline" / "2025-01-01.yaml")
    baseline = baseline.model_copy(update={"totals": {"overall": 35.0, "alpha": 40.0}})
    seen = history.read(Reports.of(publish(0)), ["one"], [baseline])
    first = seen.scores.iloc[0]
    assert (first["run"], first["kind"], first["stage"]) == ("2025-01-01", "declared", "alpha")
    assert (first["floor"], first["ceiling"], first["verdict"]) == (40, 40, "")
    other = baseline.model_copy(update={"target": "two"})
    assert "2025-01-01" not in history.read(Reports.of(publish(1)), ["one"], [other]).runs


def test_no_runs_are_an_empty_history(tmp_path):
    seen = history.read(Reports.of(tmp_path / "none"), ["one"])
    assert {name: list(getattr(seen, name).columns) for name in history.COLUMNS} == {
        name: list(columns) for name, columns in history.COLUMNS.items()
    }
    assert seen.runs == []
