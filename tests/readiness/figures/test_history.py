from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest
from readiness import history
from readiness.figures import requirement_runs, trend

START = datetime(2026, 3, 2, 9, tzinfo=UTC)


def rows(columns, values):
    common = [
        {"target": "one", "run": f"run {day}", "at": START + timedelta(days=day), "stage": "alpha"} | value
        for day, value in enumerate(values)
    ]
    frame = pd.DataFrame(common, columns=list(columns))
    return frame.assign(at=frame["at"].astype("datetime64[us, UTC]"))


SCORES = rows(
    history.SCORES,
    [
        {"kind": "declared", "verdict": "", "floor": 40.0, "ceiling": 40.0},
        {"kind": "observed", "verdict": "no-go", "floor": 20.0, "ceiling": 50.0, "minimum": 60.0},
        {"kind": "observed", "verdict": "undetermined", "floor": 50.0, "ceiling": 80.0, "minimum": 60.0},
    ],
)
FINDINGS = rows(history.FINDINGS, [{"requirement": "data.backups", "status": status} for status in ("unmet", "met")])


def traces(figure):
    return {trace.name: trace for trace in figure.data}


def test_the_band_is_what_was_observed_and_the_declared_point_stands_apart():
    seen = traces(trend(SCORES, "alpha"))
    assert list(seen["proven"].y) == [20, 50]
    assert list(seen["possible"].y) == [50, 80]
    assert list(seen["minimum"].y) == [60, 60]
    assert list(seen["declared, not observed"].y) == [40]
    assert seen["declared, not observed"].mode == "markers"


def test_what_todays_catalogue_would_have_said_is_a_line_of_its_own():
    as_today = SCORES[SCORES["kind"] == "observed"].assign(floor=[15.0, 45.0])
    assert list(traces(trend(SCORES, "alpha", as_today))["as today's catalogue would have said"].y) == [15, 45]


def test_the_table_has_what_todays_catalogue_would_have_said_where_it_could_be_said():
    as_today = SCORES[SCORES["run"] == "run 2"].assign(floor=[45.25])
    meta = trend(SCORES, "alpha", as_today).layout.meta
    assert meta["columns"][-1] == "proven by today's catalogue"
    assert [row[-1] for row in meta["rows"]] == ["", "", "45.2"]


def test_of_a_single_run_the_minimum_is_seen_too():
    assert traces(trend(SCORES, "alpha"))["minimum"].mode == "lines"
    assert traces(trend(SCORES.iloc[1:2], "alpha"))["minimum"].mode == "markers"


def test_each_status_is_a_mark_besides_a_colour():
    figure = requirement_runs(FINDINGS, "alpha")
    assert figure.layout.meta["rows"] == [["data.backups", "✗", "✓"]]
    assert [list(row) for row in figure.data[0].text] == [["✗", "✓"]]


def test_the_marks_are_explained_as_far_as_they_occur():
    assert [trace.name for trace in requirement_runs(FINDINGS, "alpha").data[1:]] == ["✗ unmet", "✓ met"]


def test_of_many_runs_the_last_are_shown_and_fewer_still_in_the_table_of_a_sheet_of_paper():
    many = rows(history.FINDINGS, [{"requirement": "data.backups", "status": "met"}] * 40)
    many["run"] = [f"{at:%Y-%m-%dT%H%M%SZ}" for at in many["at"]]
    figure = requirement_runs(many, "alpha")
    assert len(figure.data[0].x) == 30 and figure.data[0].x[-1] == "2026-04-10T090000Z"
    assert figure.layout.meta["summary"].endswith("the last 30 of 40 runs")
    assert figure.layout.meta["columns"] == ["", *(f"2026-04-{day:02}" for day in range(1, 11))]
    assert all(len(row) == 11 for row in figure.layout.meta["rows"])


def test_runs_of_one_day_are_told_apart():
    twice = FINDINGS.assign(run=["2026-03-02T090000Z", "2026-03-02T173000Z"])
    assert requirement_runs(twice, "alpha").layout.meta["columns"] == ["", "2026-03-02 09:00", "2026-03-02 17:30"]


@pytest.mark.parametrize(
    "figure", [lambda: trend(SCORES.iloc[:0], "alpha"), lambda: requirement_runs(FINDINGS.iloc[:0], "alpha")]
)
def test_nothing_to_show_is_a_figure_too(figure):
    assert figure().layout.meta["rows"] == []


def test_what_was_the_same_throughout_can_be_left_out_and_is_counted():
    same = FINDINGS.assign(requirement="data.schema", status="met")
    both = pd.concat([FINDINGS, same], ignore_index=True)
    assert len(requirement_runs(both, "alpha").layout.meta["rows"]) == 2
    meta = requirement_runs(both, "alpha", moving=True).layout.meta
    assert [row[0] for row in meta["rows"]] == ["data.backups"]
    assert meta["summary"].endswith("; left out are 1 that were the same throughout")
    assert len(requirement_runs(same, "alpha", moving=True).layout.meta["rows"]) == 1
