"""Runbooks: alerts of rule files, or of Prometheus where none are named, and where their links lead."""

from dataclasses import replace

import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

RUNBOOK = "# Runbook\n\n## Down\n\nCheck the health route, then restart what does not answer.\n\n## Slow\n"


def rules(*links):
    listed = [
        {"alert": f"A{index}", "expr": "1", "annotations": {"runbook_url": link}} for index, link in enumerate(links)
    ]
    return str({"groups": [{"name": "a", "rules": listed}]})


@pytest.fixture
def runbooks(repo, look):
    async def ask(*links, **settings):
        repo.commit({"alerts/a.yaml": rules(*links), "docs/runbook.md": RUNBOOK})
        return await look("runbooks", alert_rules="alerts", browse="https://git.example/acme/api", **settings)

    return ask


async def test_links_to_sections_with_instructions_pass(runbooks):
    shown = "https://git.example/acme/api/blob/main/docs/runbook.md#down"
    seen = await runbooks("../docs/runbook.md#down", shown)
    assert (seen.value("runbooks.rules"), seen.value("runbooks.linked_pct")) == (2, 100)


async def test_links_that_lead_nowhere_or_to_nothing_are_seen(runbooks):
    links = ("../docs/runbook.md#down", "../docs/runbook.md#slow", "../docs/runbook.md#gone", "../docs/gone.md", "")
    seen = await runbooks(*links)
    assert (seen.value("runbooks.rules"), seen.value("runbooks.linked_pct")) == (5, 20)
    told = str(seen.survey.exchanges)
    assert "A1: nothing stands under slow" in told
    assert "A4: no link" in told


async def test_a_branch_whose_name_has_a_slash_is_known_by_the_settings(runbooks, repo):
    repo.commit({"a": ""})
    repo.git("checkout", "-q", "-b", "release/1")
    shown = "https://git.example/acme/api/-/blob/release/1/docs/runbook.md#down"
    assert (await runbooks(shown, branch="release/1")).value("runbooks.linked_pct") == 100


async def test_a_link_that_cannot_be_followed_leaves_it_open(runbooks):
    seen = await runbooks("../docs/runbook.md#down", "http://127.0.0.1:1/runbook")
    row = seen["runbooks.linked_pct"]
    assert (row.low, row.high) == (50, 100)


async def test_without_rules_there_is_nothing_to_be_linked(runbooks):
    seen = await runbooks()
    assert seen.value("runbooks.rules") == 0
    assert seen["runbooks.linked_pct"].reason == "there are no alert rules"


async def test_rule_files_that_are_not_valid_say_nothing(repo, look):
    repo.commit({"alerts/a.yaml": "groups: [{{ if }}"})
    assert "is not valid YAML" in (await look("runbooks", alert_rules="alerts"))["runbooks.rules"].reason


async def test_links_within_public_platforms_do_not_lead_into_private_networks(repo, look, serve):
    there = serve(Starlette(routes=[Route("/", lambda request: JSONResponse({}))]))
    repo.commit({"alerts/a.yaml": rules(there)})
    target = {"production": "http://192.88.99.1"}
    seen = await look("runbooks", alert_rules="alerts", target=target)
    assert (seen["runbooks.linked_pct"].low, seen["runbooks.linked_pct"].high) == (0, 100)
    assert "leads to a private address, which is not asked" in str(seen.survey.exchanges)


async def test_without_rule_files_those_are_read_that_prometheus_has_loaded(repo, vendor, target_of, now, serve):
    from readiness.sources.repository import runbooks as module
    from readiness.survey import context_of
    from readiness.wire.api import Api

    there = serve(Starlette(routes=[Route("/", lambda request: JSONResponse({}))]))
    listed = [{"type": "alerting", "name": "Down", "annotations": {"runbook_url": there}}]
    _, base = vendor({"GET /rules": {"status": "success", "data": {"groups": [{"name": "a", "rules": listed}]}}})
    async with context_of(target_of("http://127.0.0.1:9"), lambda: now) as context:
        api = Api("prometheus", base, {}, trust=context.client.trust, now=lambda: now)

        class Supplied:
            def configured(self, name):
                return name == "prometheus"

            async def connection(self, name, context):
                return api

        found, seen = await module._loaded(replace(context, supply=Supplied()))
        await api.__aexit__(None, None, None)
    assert [(path, rule.name, rule.runbook) for path, rule in found] == [("", "Down", there)]
    assert seen[0].source.endswith("/rules?type=alert")
