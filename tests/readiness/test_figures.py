import json
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import pytest
from readiness.evidence import Evidence, Fact, frame
from readiness.figures import category_bars, decision_intervals, facts_by_status, probe_seconds, statuses

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DECISION = {
    "alpha": {"verdict": "undetermined", "floor": 20.0, "ceiling": 80.0, "minimum": 60},
    "beta": {"verdict": "no-go", "floor": 10.0, "ceiling": 50.0, "minimum": 80},
    "ga": {"verdict": "go", "floor": 95.0, "ceiling": 95.0, "minimum": 90},
}
SCORES = pd.DataFrame(
    [
        ("t", "alpha", "infrastructure", 20.0, 16.0, 18.0, 15.0),
        ("t", "alpha", "security", 25.0, 2.0, 12.0, 20.0),
        ("t", "alpha", "data", 15.0, 0.0, 15.0, 10.0),
        ("t", "alpha", "api", 0.0, 0.0, 0.0, 0.0),
        ("t", "beta", "data", 15.0, 1.0, 1.0, 10.0),
    ],
    columns=["target", "stage", "dimension", "weight", "floor", "ceiling", "required"],
)
FINDINGS = pd.DataFrame(
    [
        ("t", "alpha", "security", "met"),
        ("t", "alpha", "security", "unmet"),
        ("t", "alpha", "infrastructure", "unknown"),
        ("t", "beta", "data", "met"),
    ],
    columns=["target", "stage", "dimension", "status"],
)


def evidence() -> pd.DataFrame:
    rows = [("tls.trusted", "observed", True), ("tls.name", "error", None), ("dns.spf", "unavailable", None)]
    return frame(Evidence("t", Fact(name, "boolean", ""), status, NOW, value=value) for name, status, value in rows)


EVERY = {
    "decision": lambda: decision_intervals(DECISION),
    "categories": lambda: category_bars(SCORES, "alpha"),
    "statuses": lambda: statuses(FINDINGS, "alpha"),
    "facts": lambda: facts_by_status(evidence()),
    "seconds": lambda: probe_seconds({"tls": 0.5, "dns": 2.0}),
}


def traces(figure: go.Figure) -> dict[str, Any]:
    return {trace.name: trace for trace in figure.data}


def test_the_interval_of_a_stage_runs_from_floor_to_ceiling_with_the_minimum_marked() -> None:
    seen = traces(decision_intervals(DECISION))
    assert list(seen["proven"].x) == [20, 10, 95]
    assert list(seen["not known"].base) == [20, 10, 95]
    assert list(seen["not known"].x) == [60, 40, 0]
    assert list(seen["minimum"].x) == [60, 80, 90]


def test_a_verdict_is_a_mark_and_a_word_besides_a_colour() -> None:
    labels = list(decision_intervals(DECISION).data[0].y)
    assert labels == ["Alpha: ? Undetermined", "Beta: ✗ No-go", "GA: ✓ Go"]


def test_a_category_is_marked_by_what_its_interval_says_of_the_required_points() -> None:
    figure = category_bars(SCORES, "alpha", {"security": "Security and compliance"})
    assert list(figure.data[0].y) == ["✓ Infrastructure", "✗ Security and compliance", "? Data"]
    assert list(traces(figure)["required"].x) == [15, 20, 10]


def test_a_weightless_dimension_has_no_bar() -> None:
    assert not any("Api" in label for label in category_bars(SCORES, "alpha").data[0].y)


def test_statuses_are_counted_for_the_stage_alone() -> None:
    seen = traces(statuses(FINDINGS, "alpha"))
    assert set(seen) == {"✓ met", "✗ unmet", "? unknown"}
    assert list(seen["✓ met"].y) == ["Infrastructure", "Security"]
    assert list(seen["✓ met"].x) == [0, 1]


def test_facts_are_counted_by_probe_and_status() -> None:
    seen = traces(facts_by_status(evidence()))
    assert dict(zip(seen["✓ observed"].y, seen["✓ observed"].x, strict=True)) == {"dns": 0, "tls": 1}
    assert dict(zip(seen["? unavailable"].y, seen["? unavailable"].x, strict=True)) == {"dns": 1, "tls": 0}


def test_the_slowest_probe_stands_first() -> None:
    assert list(probe_seconds({"tls": 0.5, "dns": 2.0}).data[0].y) == ["dns", "tls"]


@pytest.mark.parametrize("name", EVERY)
def test_every_figure_carries_its_data_for_a_page_without_scripts(name: str) -> None:
    meta = EVERY[name]().layout.meta
    assert meta["summary"]
    assert meta.get("bars") or all(len(row) == len(meta["columns"]) for row in meta["rows"])


@pytest.mark.parametrize("name", EVERY)
def test_every_figure_is_transparent_and_small(name: str) -> None:
    figure = EVERY[name]()
    assert figure.layout.paper_bgcolor == figure.layout.plot_bgcolor == "rgba(0,0,0,0)"
    assert len(figure.to_json()) < 10_000
    assert "http" not in json.dumps(figure.to_plotly_json(), default=str)


def test_nothing_to_show_is_a_figure_too() -> None:
    assert len(probe_seconds({}).data) == 1
    assert facts_by_status(evidence().iloc[:0]).layout.meta["rows"] == []
    assert category_bars(SCORES.iloc[:0], "alpha").layout.meta["bars"] == []


def test_a_notebook_shows_a_figure_from_its_data_and_loads_nothing_for_it() -> None:
    import subprocess
    import sys

    code = (
        "import sys; from IPython.core.formatters import DisplayFormatter; from readiness.figures import probe_seconds;"
        "data, _ = DisplayFormatter().format(probe_seconds({'tls': 0.5}));"
        "assert 'application/vnd.plotly.v1+json' in data and 'text/html' not in data, list(data);"
        "assert 'nbformat' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
