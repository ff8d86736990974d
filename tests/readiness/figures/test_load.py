"""Figures of a load test: each part of a record is drawn, whole, partial or missing, and told without scripts."""

import pytest
from readiness.figures import (
    errors_by_kind,
    generator_health,
    latency_heat,
    percentile_curve,
    throughput_levels,
    watched_series,
)

LEVEL = {"mean_ms": 10.0, "p99_ms": 20.0, "held": True, "void": False}
RECORD = {
    "seconds_table": {"second": [0, 1], "p50_ms": [2.0, 3.0], "p99_ms": [9.0, None]},
    "heat": {"second": [0, 1], "edges_ms": [1.0, 10.0, 100.0], "counts": [[5, 1], [0, 2]]},
    "curve": {"share": [0.5, 0.99], "ms": [2.0, 9.0], "low": [1.0, 8.0], "high": [3.0, 12.0]},
    "slo": {"p99_ms": 500.0},
    "errors": {"second": [0, 1], "kinds": {"timeout": [1, 0], "status 503": [0, 4]}},
    "generator": {"late_ms": {"p99": 7.0}, "lag_ms": {"p99": 0.2}, "cpu_pct": 40.0, "achieved_pct": 100.0},
    "latency_ms": {"p50": {"value": 2.0}},
    "capacity": {
        "unit": "requests/s",
        "levels": [
            {**LEVEL, "load": 100.0, "throughput": 100.0},
            {**LEVEL, "load": 200.0, "throughput": 180.0, "held": False},
            {**LEVEL, "load": 300.0, "throughput": 190.0, "void": True},
        ],
        "knee": 100.0,
        "scalability": {name: {"value": value} for name, value in (("lam", 100), ("sigma", 0.01), ("kappa", 0.001))},
    },
    "watched": {
        "series": [{"name": "memory", "source": "prometheus", "unit": "MiB", "at_s": [0, 1], "value": [5, 6]}],
        "missing": [{"name": "cpu", "source": "prometheus", "reason": "it did not answer", "permission": ""}],
    },
}
NOTHING = RECORD | {
    "seconds_table": {"second": [], "p50_ms": [], "p99_ms": []},
    "heat": {"second": [], "edges_ms": [], "counts": []},
    "curve": {"share": [], "ms": [], "low": [], "high": []},
    "errors": {"second": [], "kinds": {}},
    "latency_ms": {"p50": {"value": None}},
    "capacity": None,
    "watched": None,
}
FIGURES = (errors_by_kind, generator_health, latency_heat, percentile_curve, throughput_levels, watched_series)


@pytest.mark.parametrize("figure", FIGURES)
@pytest.mark.parametrize("record", [RECORD, NOTHING], ids=["whole", "nothing"])
def test_every_figure_carries_what_a_page_without_scripts_shows(figure, record):
    meta = figure(record).layout.meta
    assert meta["summary"] and isinstance(meta["rows"], list)
    assert all(len(row) == len(meta["columns"]) for row in meta["rows"])


def test_the_heat_is_requests_by_second_and_latency_with_median_and_p99_above():
    heat, median, p99 = latency_heat(RECORD).data
    assert [list(row) for row in heat.z] == [[5, None], [1, 2]]
    assert (list(median.y), list(p99.y)) == ([2, 3], [9, None])


def test_the_curve_has_its_interval_and_the_threshold():
    names = [trace.name for trace in percentile_curve(RECORD).data]
    assert names == ["95 % interval", "measured", "p99 has to stay below 500 ms"]


def test_a_level_that_the_generator_may_have_shaped_is_not_told_as_held():
    traces = {trace.name: trace for trace in throughput_levels(RECORD).data}
    assert set(traces) == {"held", "did not hold", "not known", "scalability law", "knee at 100 requests/s"}
    assert list(traces["not known"].y) == [190]


def test_kinds_of_failure_differ_in_more_than_colour():
    bars = errors_by_kind(RECORD).data
    assert [bar.name for bar in bars] == ["timeout", "status 503"]
    assert len({bar.marker.pattern.shape for bar in bars}) == 2


def test_what_the_generator_exceeds_is_marked():
    (bars,) = generator_health(RECORD).data
    assert [label[0] for label in bars.y] == ["✗", "✓", "✓", "✓"]


def test_what_could_not_be_watched_is_told_with_its_reason():
    figure = watched_series(RECORD)
    assert len(figure.data) == 2
    assert ["cpu", "it did not answer", "", "not known"] in figure.layout.meta["rows"]
