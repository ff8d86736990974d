"""Sentry: events that were accepted count, and what the answers hold of secrets is not kept."""

import pytest
from starlette.responses import JSONResponse
from starlette.routing import Route, Router

from .conftest import contract_of

PLACE = "/api/0/projects/acme/api/"
KEY = "https://secret-of-a-key@o1.ingest.sentry.io/7"


@pytest.fixture
def least():
    """`least(path, "items")`: the least that Sentry may answer, or an item of it; paths are named as there."""
    return contract_of("sentry.json").skeleton


@pytest.fixture
def look(vendor, told, token, least):
    project = "/api/0/projects/{organization_id_or_slug}/{project_id_or_slug}/"

    async def ask(platform=None, answers=None, groups=(), keys=({},), workflows=({},), target=None, **facts):
        one = {**least(project), "id": "7", "firstEvent": "2026-01-01T00:00:00Z", "securityToken": "secret-of-it"}
        stats = {"start": "", "end": "", "intervals": [], "groups": [group(*each) for each in groups]}
        described = {
            f"GET {PLACE}": one | facts,
            f"GET {PLACE}keys/": (200, [key(**each) for each in keys]),
            "GET /api/0/organizations/acme/stats_v2/": stats,
            "GET /api/0/organizations/acme/workflows/": (200, [workflow(**each) for each in workflows]),
        }
        scenario, base = vendor(described | (answers or {}), "sentry.json")
        source = {"token": token, "base": base, "organization": "acme", "project": "api", "patience": "2s"}
        keys_of_target = {"production": platform, **(target or {})} if platform else {}
        return await told("tracker", {"sentry": source}, **keys_of_target), scenario

    def key(active=True):
        item = least(f"{project}keys/", "items")
        return item | {"isActive": active, "dsn": {**item["dsn"], "secret": KEY}}

    def workflow(enabled=True):
        return least("/api/0/organizations/{organization_id_or_slug}/workflows/", "items") | {"enabled": enabled}

    return ask


def group(outcome, quantity):
    return {"by": {"outcome": outcome}, "totals": {"sum(quantity)": quantity}, "series": {}}


def health(version, failing=None):
    async def answer(request):
        return JSONResponse({"status": "ok", "version": version})

    async def fail(request):
        failing()
        return JSONResponse({}, 500)

    return Router(routes=[Route("/health", answer), *([Route("/fail", fail)] if failing else [])])


def facts(seen):
    names = ("first_event", "active_keys", "recent_events", "alerts", "release_current")
    return [seen.value(f"tracker.{name}") for name in names]


async def test_errors_that_arrive_of_the_running_release_are_told(look, serve):
    groups = [("accepted", 12), ("rate_limited", 900)]
    seen, scenario = await look(serve(health("1.4.0")), groups=groups, latestRelease={"version": "api@1.4.0"})
    assert facts(seen) == [True, 1, 12, 1, True]
    assert scenario.headers[0]["authorization"] == "Bearer credential-of-a-vendor"
    for secret in ("credential-of-a-vendor", "secret-of-a-key", "secret-of-it"):
        assert secret not in str(seen.survey.exchanges)


async def test_a_project_that_nothing_reaches_is_seen_as_what_it_is(look, serve):
    parts = {"keys": ({"active": False},), "workflows": ({"enabled": False},)}
    seen, _ = await look(serve(health("1.4.0")), groups=[("filtered", 3)], firstEvent=None, latestRelease=None, **parts)
    assert facts(seen) == [False, 0, 0, 0, False]


async def test_an_error_is_provoked_where_there_is_a_route_for_it_and_waited_for(look, serve):
    errors = []

    def stats(request, body):
        groups = [group("accepted", 1)] if errors and len(scenarios) > 1 else []
        scenarios.append(request)
        return {"start": "", "end": "", "intervals": [], "groups": groups}

    scenarios = []
    platform = serve(health("1.4.0", lambda: errors.append(1)))
    answers = {"GET /api/0/organizations/acme/stats_v2/": stats}
    seen, _ = await look(platform, answers, target={"routes": {"failing": "/fail"}})
    assert (errors, seen.value("tracker.recent_events")) == ([1], 1)


async def test_keys_are_listed_to_their_end(look, vendor):
    first = (
        200,
        [],
        {"link": f'<http://127.0.0.1:1{PLACE}keys/?cursor=0:1:0>; rel="next"; results="false"; cursor=""'},
    )
    seen, _ = await look(answers={f"GET {PLACE}keys/": first})
    assert seen.value("tracker.active_keys") == 0


async def test_a_release_that_the_platform_does_not_name_is_not_compared(look, serve):
    async def plain(request):
        return JSONResponse({"status": "ok"})

    platform = serve(Router(routes=[Route("/health", plain)]))
    seen, _ = await look(platform, latestRelease={"version": "api@1.4.0"})
    assert seen["tracker.release_current"].reason == "production's health answer does not name its release"


async def test_a_scope_that_is_missing_costs_its_own_fact_and_is_named(look):
    refused = {"GET /api/0/organizations/acme/workflows/": (403, {"detail": "no"})}
    seen, _ = await look(answers=refused, groups=[("accepted", 1)])
    assert seen["tracker.alerts"].permission == "sources.sentry: alerts:read"
    assert seen.value("tracker.recent_events") == 1
    seen, _ = await look(answers={f"GET {PLACE}": (401, {"detail": "Invalid token"})})
    assert seen["tracker.first_event"].permission == "sources.sentry: a credential that is valid"
