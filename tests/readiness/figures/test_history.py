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


def test_each_status_is_a_mark_besides_a_colour():
    figure = requirement_runs(FINDINGS, "alpha")
    assert figure.layout.meta["rows"] == [["data.backups", "✗", "✓"]]
    assert [list(row) for row in figure.data[0].text] == [["✗", "✓"]]


@pytest.mark.parametrize(
    "figure", [lambda: trend(SCORES.iloc[:0], "alpha"), lambda: requirement_runs(FINDINGS.iloc[:0], "alpha")]
)
def test_nothing_to_show_is_a_figure_too(figure):
    assert figure().layout.meta["rows"] == []
