"""Alertmanager: a route counts where it ends at an integration."""

import pytest

CONFIGURATION = """
route: {receiver: "null", routes: [{matchers: ['severity="critical"'], receiver: pager}]}
receivers: [{name: "null"}, {name: pager, slack_configs: [{api_url: https://hooks.example.com/secret-address}]}]
"""


def status(configuration):
    version = dict.fromkeys(("version", "revision", "branch", "buildUser", "buildDate", "goVersion"), "1")
    return {
        "cluster": {"status": "ready"},
        "versionInfo": version,
        "config": {"original": configuration},
        "uptime": "2026-03-01T00:00:00Z",
    }


@pytest.fixture
def look(vendor, told):
    async def ask(answer, **settings):
        _, base = vendor({"GET /status": answer})
        return await told("alerting", {"alertmanager": {"base": base, **settings}})

    return ask


async def test_a_critical_alert_that_reaches_an_integration_is_routed(look):
    seen = await look(status(CONFIGURATION))
    assert seen.value("alerting.routed") is True
    assert "secret-address" not in str(seen.survey.exchanges)


async def test_one_that_ends_where_nobody_is_told_is_not(look):
    assert (await look(status(CONFIGURATION), labels={"severity": "page"})).value("alerting.routed") is False


@pytest.mark.parametrize("answer", [status("route: {}"), {"cluster": {}}, (403, "no"), (500, "no")])
async def test_an_answer_without_a_configuration_leaves_the_route_unknown(look, answer):
    seen = await look(answer)
    assert seen["alerting.routed"].status == "unavailable"
    assert seen["alerting.routed"].reason


async def test_the_first_source_that_observed_the_route_is_believed(vendor, told):
    _, manager = vendor({"GET /status": status(CONFIGURATION)})
    found = {"status": "success", "data": {"activeAlertmanagers": [{"url": "http://am"}], "droppedAlertmanagers": []}}
    rules = {"status": "success", "data": {"groups": []}}
    _, prometheus = vendor({"GET /alertmanagers": found, "GET /rules": rules})
    sources = {"prometheus": {"base": prometheus, "labels": {"job": "api"}}, "alertmanager": {"base": manager}}
    assert (await told("alerting", sources)).value("alerting.routed") is True
