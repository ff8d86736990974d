"""Grafana: a dashboard counts that shows all four signals, from data sources that exist."""

import pytest

from ..answers.test_dashboard import FOUR, SOURCES, panel


def hit(uid):
    return {"uid": uid, "title": uid, "type": "dash-db", "tags": ["api"]}


def board(*panels):
    return {"dashboard": {"title": "API", "panels": list(panels)}, "meta": {"slug": "api"}}


@pytest.fixture
def look(vendor, told, token):
    async def ask(*boards, sources=(200, SOURCES), search=None, spec="grafana.json", **settings):
        answers = {f"GET /dashboards/uid/b{n}": one for n, one in enumerate(boards)}
        answers["GET /search"] = search or (200, [hit(f"b{n}") for n in range(len(boards))])
        answers["GET /datasources"] = sources
        scenario, base = vendor(answers, spec)
        source = {"token": token, "base": base, "tags": ["api"], **settings}
        return await told("dashboards", {"grafana": source}), scenario

    return ask


def facts(seen):
    return [seen.value("dashboards.complete"), seen.value("dashboards.dead_panels")]


async def test_a_dashboard_of_the_four_signals_is_found(look):
    seen, scenario = await look(board(panel("CPU")), board(*FOUR))
    assert facts(seen) == [1, 0]
    assert scenario.asked[0] == "GET /search?type=dash-db&tag=api&limit=51"
    assert scenario.headers[0]["authorization"] == "Bearer credential-of-a-vendor"
    assert "credential-of-a-vendor" not in str(seen.survey.exchanges)


async def test_the_best_of_several_counts(look):
    seen, _ = await look(board(*FOUR, panel("Old", "gone")), board(*FOUR, panel("Old", "gone"), panel("Older", "gone")))
    assert facts(seen) == [2, 1]


async def test_without_a_complete_one_there_is_nothing_to_look_for(look):
    seen, scenario = await look(board(*FOUR[1:]))
    assert facts(seen) == [0, None]
    assert seen["dashboards.dead_panels"].reason == "no dashboard shows all four signals"
    assert "GET /datasources" not in scenario.asked
    assert facts((await look())[0]) == [0, None]


async def test_data_sources_that_must_not_be_read_are_named(look):
    seen, _ = await look(board(*FOUR), sources=(403, {"message": "no"}))
    assert facts(seen) == [1, None]
    assert seen["dashboards.dead_panels"].permission == "sources.grafana: datasources:read"


async def test_more_dashboards_than_can_be_looked_at_are_told(look):
    seen, _ = await look(search=(200, [hit("b0")] * 51))
    assert seen["dashboards.complete"].permission == "sources.grafana.tags"
    assert seen["dashboards.complete"].reason == "grafana lists more than 50 dashboards, too many to look at"
