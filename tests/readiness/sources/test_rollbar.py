"""Rollbar: items that occurred within a week show that events arrive; an `err` in an answer of 200 is a refusal."""

import pytest
from starlette.responses import JSONResponse
from starlette.routing import Route, Router

WEEK_S = 7 * 86_400


def good(result):
    return {"err": 0, "result": result}


@pytest.fixture
def look(vendor, told, token, serve, now):
    async def health(request):
        return JSONResponse({"commit": "3f1c9a7e5b2d4f60"})

    async def ask(ages=(60,), deploys=(("production", "3f1c9a7"),), enabled=True, answers=None):
        items = [{"id": n, "last_occurrence_timestamp": int(now.timestamp()) - age} for n, age in enumerate(ages)]
        listed = [{"environment": environment, "revision": revision} for environment, revision in deploys]
        rules = {f"GET /notifications/{channel}/rules": good([]) for channel in ("email", "pagerduty", "webhook")}
        described = {
            "GET /items": good({"page": 1, "total_count": len(items), "items": items}),
            "GET /deploys": good({"page": 1, "deploys": listed}),
            **rules,
            "GET /notifications/slack/rules": good([{"id": 1, "trigger": "new_item", "enabled": enabled}]),
        }
        scenario, base = vendor(described | (answers or {}))
        platform = serve(Router(routes=[Route("/health", health)]))
        return await told("tracker", {"rollbar": {"token": token, "base": base}}, production=platform), scenario

    return ask


def facts(seen):
    names = ("first_event", "active_keys", "recent_events", "alerts", "release_current")
    return [seen.value(f"tracker.{name}") for name in names]


async def test_errors_that_arrive_of_the_running_release_are_told(look):
    seen, scenario = await look(
        ages=(60, WEEK_S - 60, WEEK_S + 60), deploys=(("staging", "0"), ("production", "3f1c9a7"))
    )
    assert facts(seen) == [True, 1, 2, 1, True]
    assert scenario.headers[0]["x-rollbar-access-token"] == "credential-of-a-vendor"
    assert "GET /items?environment=production" in scenario.asked
    assert "credential-of-a-vendor" not in str(seen.survey.exchanges)


async def test_a_project_that_nothing_reaches_is_seen_as_what_it_is(look):
    seen, _ = await look(ages=(), deploys=(("production", "ffffffff"),), enabled=False)
    assert facts(seen) == [False, None, 0, 0, False]
    seen, _ = await look(ages=(WEEK_S + 60,), deploys=())
    assert facts(seen) == [True, None, 0, 1, False]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"err": 1, "message": "invalid access token"}, "rollbar answers with an error: invalid access token"),
        ((403, {"err": 1}), "status 403: not allowed"),
        ({"err": 0, "result": {}}, "holds no result.items"),
        ((429, {}), "rate limited"),
    ],
)
async def test_a_refusal_leaves_the_fact_unknown(look, answer, reason):
    seen, _ = await look(answers={"GET /items": answer})
    assert reason in seen["tracker.recent_events"].reason
    assert seen["tracker.first_event"].status == "unavailable"
    assert seen.value("tracker.alerts") == 1
