"""Dashboards: what their panels show by their titles, and what data is behind them."""

import pytest
from readiness.answers.dashboard import Dashboard

SOURCES = [{"uid": "prom", "name": "Prometheus", "type": "prometheus", "isDefault": True}]


def panel(title, datasource="prom", targets=1, **keys):
    return {
        "type": "timeseries",
        "title": title,
        "datasource": datasource,
        "targets": [{"expr": "up"}] * targets,
        **keys,
    }


FOUR = [panel(title) for title in ("Requests per second", "Error rate", "p99 latency", "CPU")]


@pytest.mark.parametrize(
    ("panels", "complete"),
    [
        (FOUR, True),
        ([{"type": "row", "title": "API", "panels": FOUR}], True),
        (FOUR[1:], False),
        ([panel("Request duration"), *FOUR[1:]], False),
        ([panel("Requests per second", targets=0), *FOUR[1:]], False),
        ([], False),
    ],
    ids=["four", "in a folded row", "three", "a duration is no rate", "a text", "none"],
)
def test_a_dashboard_is_complete_that_shows_all_four_signals(panels, complete):
    assert Dashboard({"panels": panels}).complete is complete
    assert Dashboard({"rows": [{"panels": panels}]}).complete is complete


@pytest.mark.parametrize(
    ("datasource", "dead"),
    [
        ("prom", 0),
        ("Prometheus", 0),
        ({"type": "prometheus", "uid": "prom"}, 0),
        (None, 0),
        ("default", 0),
        ("-- Grafana --", 0),
        ("${source}", 0),
        ({"uid": "$source"}, 0),
        ("gone", 1),
        ({"type": "loki", "uid": "gone"}, 1),
        ("${logs}", 1),
        ("${unknown}", 1),
    ],
)
def test_a_panel_is_dead_whose_data_source_is_not_there(datasource, dead):
    variables = [
        {"type": "datasource", "name": "source", "query": "prometheus"},
        {"type": "datasource", "name": "logs", "query": "loki"},
    ]
    board = Dashboard({"panels": [panel("CPU", datasource)], "templating": {"list": variables}})
    assert board.dead(SOURCES) == dead


def test_each_query_of_a_panel_that_mixes_sources_is_looked_at():
    mixed = panel("CPU", {"uid": "-- Mixed --"}) | {"targets": [{"datasource": "prom"}, {"datasource": "gone"}]}
    assert Dashboard({"panels": [mixed]}).dead(SOURCES) == 1


@pytest.mark.parametrize("model", [{}, {"panels": 7}, {"panels": [7, {"panels": [[]]}]}, {"templating": []}])
def test_what_is_no_dashboard_shows_nothing(model):
    assert Dashboard(model).signals == set()


def test_panels_within_panels_are_followed_a_few_steps():
    deep = panel("CPU")
    for _ in range(100):
        deep = {"panels": [deep]}
    assert Dashboard(deep).signals == set()
