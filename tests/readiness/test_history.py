"""History: the runs as frames, whatever has become of the index; and which runs may go."""

import json
from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pytest
from readiness.baseline import Baseline, of_target
from readiness.figures import requirement_map, score_trend
from readiness.history import DECISIONS, FINDINGS, INDEX, History, declared
from readiness.retaining import Retention, removable

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def publish(reports, at, *, floor=40.0, verdict="no-go", status="unmet", target="mine"):
    folder = reports / target / at.strftime("%Y-%m-%dT%H%M%SZ")
    folder.mkdir(parents=True)
    stages = {
        stage: {
            "verdict": verdict,
            "floor": floor,
            "ceiling": floor + 10,
            "minimum": 60.0,
            "with_waivers": {"verdict": verdict, "floor": floor + 1, "ceiling": floor + 11},
        }
        for stage in ("alpha", "beta", "ga")
    }
    (folder / "decision.json").write_text(json.dumps({"target": target, "stages": stages}), encoding="utf-8")
    manifest = {"catalogue": "0123", "dimensions": "all"}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    row = {
        "target": target,
        "stage": "alpha",
        "requirement": "security.cors",
        "dimension": "security",
        "status": status,
        "floor": 0.0,
        "ceiling": 0.0,
        "weight": 1.0,
        "waived": False,
        "reason": "so it is",
        "facts": "cors.allowed",
    }
    pd.DataFrame([row]).to_parquet(folder / "findings.parquet", index=False)
    return folder.name


def names(frame):
    return list(dict.fromkeys(frame["run"]))


def test_every_run_is_a_row_for_each_stage_and_requirement(tmp_path):
    runs = [publish(tmp_path, START + timedelta(days=day), floor=40.0 + day) for day in range(3)]
    history = History(tmp_path, "mine")
    decisions, findings = history.decisions(), history.findings()
    assert history.runs == names(decisions) == names(findings) == runs
    assert {name: str(kind) for name, kind in decisions.dtypes.items()} == DECISIONS
    assert {name: str(kind) for name, kind in findings.dtypes.items()} == FINDINGS
    alpha = decisions[decisions["stage"] == "alpha"]
    assert list(alpha["floor"]) == [40, 41, 42] and list(alpha["waived_ceiling"]) == [51, 52, 53]
    assert alpha["at"].iloc[1] == START + timedelta(days=1)


def test_a_later_run_is_added_and_one_that_is_gone_is_dropped(tmp_path):
    first = publish(tmp_path, START)
    history = History(tmp_path, "mine")
    assert names(history.findings()) == [first]
    second = publish(tmp_path, START + timedelta(days=1))
    assert names(history.findings()) == names(history.decisions()) == [first, second]
    for path in (tmp_path / "mine" / first).iterdir():
        path.unlink()
    (tmp_path / "mine" / first).rmdir()
    assert names(history.findings()) == names(history.decisions()) == [second]


@pytest.mark.parametrize("spoilt", [b"", b"PAR1 torn", None])
def test_an_index_that_cannot_be_read_is_made_anew(tmp_path, spoilt):
    run = publish(tmp_path, START)
    history = History(tmp_path, "mine")
    whole = history.decisions()
    path = tmp_path / "mine" / INDEX / "decisions.parquet"
    path.write_bytes(spoilt) if spoilt is not None else pd.DataFrame({"run": [run]}).to_parquet(path)
    pd.testing.assert_frame_equal(history.decisions(), whole)
    assert len(pd.read_parquet(path)) == len(whole)


def test_the_index_is_what_is_read_where_it_is_whole(tmp_path):
    run = publish(tmp_path, START)
    history = History(tmp_path, "mine")
    history.decisions()
    (tmp_path / "mine" / run / "decision.json").unlink()
    assert names(history.decisions()) == [run]


def test_a_run_that_cannot_be_read_is_passed_over_and_what_is_no_run_is_none(tmp_path):
    good, torn = publish(tmp_path, START), publish(tmp_path, START + timedelta(days=1))
    (tmp_path / "mine" / torn / "decision.json").write_text("{", encoding="utf-8")
    (tmp_path / "mine" / torn / "findings.parquet").write_bytes(b"torn")
    for other in ("2026-03-04T090000Z.failed", ".2026-03-04T090000Z.1.partial", "loads"):
        (tmp_path / "mine" / other).mkdir()
    history = History(tmp_path, "mine")
    assert names(history.decisions()) == names(history.findings()) == [good]
    assert history.runs == [good, torn]


def test_a_target_without_runs_has_an_empty_history(tmp_path):
    history = History(tmp_path, "mine")
    assert history.runs == [] and history.decisions().empty and list(history.findings().columns) == list(FINDINGS)
    assert not (tmp_path / "mine").exists()


def test_what_was_declared_by_hand_is_marked_as_such(tmp_path):
    (tmp_path / "baseline").mkdir()
    text = "target: mine\ndate: 2025-09-10\nsource: by hand\ntotals: {overall: 35, alpha: 40, ga: 15}\n"
    text += "categories: {}\nrequirements: {}\n"
    (tmp_path / "baseline" / "2025-09-10.yaml").write_text(text, encoding="utf-8")
    (found,) = of_target("mine", tmp_path)
    assert of_target("other", tmp_path) == []
    frame = declared(found)
    assert isinstance(found, Baseline) and found.date == date(2025, 9, 10)
    assert list(frame["stage"]) == ["alpha", "ga"] and set(frame["verdict"]) == {"declared"}
    assert {name: str(kind) for name, kind in frame.dtypes.items()} == DECISIONS


def test_the_last_run_of_each_day_and_week_is_kept(tmp_path):
    runs = [publish(tmp_path, START + timedelta(hours=12 * half)) for half in range(60)]  # 30 days from a Monday on
    decisions = History(tmp_path, "mine").decisions()
    gone = removable(runs, Retention(daily=3, weekly=2), decisions)
    kept = [run for run in runs if run not in gone]
    # the last of each of three days; Sunday the 29th ends the week before the last one as well
    assert kept == ["2026-03-29T210000Z", "2026-03-30T210000Z", "2026-03-31T210000Z"]
    by_week = removable(runs, Retention(daily=1, weekly=3), decisions)
    assert [run[:10] for run in runs if run not in by_week] == ["2026-03-22", "2026-03-29", "2026-03-31"]
    assert removable(runs, Retention(daily=0, weekly=0), decisions) == runs[:-1]


def test_a_run_in_which_a_verdict_became_another_is_kept(tmp_path):
    runs = [publish(tmp_path, START + timedelta(days=day), verdict="go" if day >= 2 else "no-go") for day in range(5)]
    kept = set(runs) - set(removable(runs, Retention(daily=1, weekly=0), History(tmp_path, "mine").decisions()))
    assert kept == {runs[2], runs[4]}


def test_the_trend_draws_the_band_the_gate_and_what_was_declared(tmp_path):
    for day in range(3):
        publish(tmp_path, START + timedelta(days=day), floor=40.0 + day)
    history = History(tmp_path, "mine")
    first = history.decisions().head(1).assign(verdict="declared", floor=35.0)
    figure = score_trend(history.decisions(), "alpha", first)
    assert [trace.name for trace in figure.data] == ["not known", "proven", "needed", "declared by hand"]
    assert list(figure.data[1].y) == [40, 41, 42]
    assert figure.layout.meta["rows"][0][1] == "declared" and len(figure.layout.meta["rows"]) == 4
    assert len(score_trend(history.decisions().iloc[:0], "alpha").data) == 3


def test_the_map_puts_what_changed_first(tmp_path):
    for day, status in enumerate(("unmet", "met", "unmet")):
        publish(tmp_path, START + timedelta(days=day), status=status)
    findings = History(tmp_path, "mine").findings()
    steady = findings.assign(requirement="data.backups", status="met")
    figure = requirement_map(pd.concat([steady, findings]), "alpha")
    assert list(figure.data[0].y) == ["security.cors", "data.backups"]
    assert figure.layout.meta["rows"] == [["security.cors", "unmet", "2"]]
