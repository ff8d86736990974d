"""Health: honest servers, liars, silent ones and pages that answer to everything."""

import asyncio

import pytest
from readiness.probes.health import health
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

ROUTES = {"health": "/health", "live": "/live", "ready": "/ready"}
LOGIN = {"route": "/login", "body": {"email": "{email}"}}
ALL_UP = {"status": "ready", "components": {"database": "up", "cache": {"status": "up"}}}
NO_STORE = {"Cache-Control": "no-store"}


def platform(ready=None, live=None, overview=None, sign_in=401):
    answers = {
        "/ready": ready or JSONResponse(ALL_UP, headers=NO_STORE),
        "/live": live or JSONResponse({"status": "alive"}),
        "/health": overview or JSONResponse({"status": "ok"}),
    }

    async def answer(request):
        return answers[request.url.path]

    async def login(request):
        return JSONResponse({}, sign_in)

    return Starlette(routes=[*(Route(path, answer) for path in answers), Route("/login", login, methods=["POST"])])


@pytest.fixture
def look(serve, target_of, observe):
    async def run(app=None, **keys):
        defaults = {"routes": ROUTES, "login": LOGIN, "pace": {"timeout": "1s"}}
        return await observe(health, target_of(serve(app or platform()), **{**defaults, **keys}))

    return run


async def test_an_honest_healthy_platform_passes_everything(look):
    seen = await look()
    for name in ("live", "ready", "database", "cache", "no_store", "consistent"):
        assert seen.value(f"health.{name}") is True, name
    row = seen["health.latency_ms"]
    assert 0 < row.low <= row.number <= row.high


@pytest.mark.parametrize(
    "live", [Response(status_code=404), Response(status_code=503), JSONResponse({"status": "down"})]
)
async def test_a_liveness_route_that_is_missing_or_says_no_is_not_live(look, live):
    assert (await look(platform(live=live))).value("health.live") is False


async def test_degraded_with_200_is_neither_ready_nor_consistent(look):
    body = {"status": "degraded", "components": {"database": "down", "cache": "up"}}
    seen = await look(platform(JSONResponse(body)))
    assert seen.value("health.ready") is False
    assert seen.value("health.database") is False
    assert seen.value("health.cache") is True
    assert seen.value("health.consistent") is False
    assert seen.value("health.no_store") is False


async def test_an_honest_503_is_consistent(look):
    body = {"status": "unready", "components": {"database": "down", "cache": "up"}}
    seen = await look(platform(JSONResponse(body, 503), sign_in=500))
    assert seen.value("health.ready") is False
    assert seen.value("health.consistent") is True
    assert seen["health.no_store"].status == "unavailable"


async def test_503_with_everything_up_is_not_consistent(look):
    seen = await look(platform(JSONResponse(ALL_UP, 503)))
    assert seen.value("health.consistent") is False


async def test_ready_while_a_real_sign_in_fails_is_a_lie(look):
    seen = await look(platform(sign_in=500))
    assert seen.value("health.ready") is True
    assert seen.value("health.consistent") is False


@pytest.mark.parametrize("status", [404, 422, 429])
async def test_a_sign_in_that_never_reached_the_database_proves_nothing(look, status):
    assert (await look(platform(sign_in=status)))["health.consistent"].status == "unavailable"


async def test_components_are_also_found_on_the_health_route(look):
    overview = JSONResponse(
        {"status": "ok", "checks": [{"name": "postgres", "ok": True}, {"name": "redis", "ok": False}]}
    )
    seen = await look(platform(PlainTextResponse("ready"), overview=overview))
    assert seen.value("health.database") is True
    assert seen.value("health.cache") is False


@pytest.mark.parametrize("ready", [PlainTextResponse("OK"), Response(status_code=200), JSONResponse({"status": "ok"})])
async def test_components_that_nobody_reports_are_not_up(look, ready):
    seen = await look(platform(ready))
    assert seen.value("health.ready") is True
    assert seen.value("health.database") is False
    assert seen.value("health.cache") is False


async def test_a_page_that_answers_to_everything_is_no_health(look):
    async def page(request):
        return HTMLResponse(f"<h1>{request.url.path}</h1>")

    seen = await look(Starlette(routes=[Route("/{path:path}", page, methods=["GET", "POST"])]))
    for name in ("live", "ready", "database", "cache"):
        assert seen.value(f"health.{name}") is False, name
    for name in ("latency_ms", "consistent"):
        assert seen[f"health.{name}"].status == "unavailable", name


async def test_a_missing_slash_is_followed(look):
    async def moved(request):
        return RedirectResponse("/ready/", 307)

    async def ready(request):
        return JSONResponse(ALL_UP)

    app = platform()
    app.router.routes = [r for r in app.router.routes if r.path != "/ready"] + [
        Route("/ready", moved),
        Route("/ready/", ready),
    ]
    assert (await look(app)).value("health.database") is True


async def test_undeclared_routes_are_unknown(look):
    seen = await look(routes={"health": "/health"}, login=None)
    assert seen["health.live"].reason == "the target file names no routes.live"
    for name in ("ready", "no_store", "consistent"):
        assert seen[f"health.{name}"].status == "unavailable"
    assert seen.value("health.database") is False


async def test_a_hang_and_a_rate_limit_are_unknown(look):
    async def hang(request):
        await asyncio.sleep(5)

    async def limited(request):
        return Response(status_code=429, headers={"Retry-After": "60"})

    app = Starlette(routes=[Route("/live", hang), Route("/{path:path}", limited)])
    seen = await look(app, pace={"timeout": "0.3s"})
    assert {row.status for row in seen.values()} == {"unavailable"}
    assert "Retry-After 60" in seen["health.ready"].reason


async def test_hostile_json_does_not_crash_it(look):
    bodies = [b"[" * 50_000, b'{"status": ' + b"9" * 4000 + b"}", b'{"components": [[[[{"db": [null, 1e999]}]]]]}']
    for body in bodies:
        seen = await look(platform(Response(body, media_type="application/json")))
        assert seen["health.database"].status == "observed"


async def test_a_redirect_to_the_login_page_is_no_health_answer(look):
    async def moved(request):
        return RedirectResponse("/sign-in", 302)

    async def page(request):
        return HTMLResponse("<h1>Sign in</h1>")

    app = Starlette(routes=[Route("/sign-in", page), Route("/{path:path}", moved)])
    seen = await look(app)
    assert {row.status for row in seen.values()} == {"unavailable"}
    assert seen["health.ready"].reason == "redirected to /sign-in: not a health answer"


async def test_a_page_on_a_health_route_alone_is_no_health_answer(look):
    seen = await look(platform(HTMLResponse("<h1>Welcome</h1>")))
    for name in ("ready", "no_store", "consistent"):
        assert seen[f"health.{name}"].reason == "an HTML page: not a health answer"
    assert seen.value("health.live") is True


async def test_a_page_for_everything_behind_a_redirect_is_no_health(look):
    async def slash(request):
        return RedirectResponse(f"{request.url.path}/", 307)

    async def page(request):
        return HTMLResponse("<h1>Welcome</h1>")

    seen = await look(Starlette(routes=[Route("/{path:path}/", page), Route("/{path:path}", slash)]))
    assert seen.value("health.ready") is False


@pytest.mark.parametrize("status", [401, 403])
async def test_readiness_that_is_not_open_to_strangers_is_unknown(look, status):
    seen = await look(platform(JSONResponse({}, status)))
    assert seen["health.ready"].reason == f"status {status}: health is not open to this client"


async def test_a_feature_that_is_switched_off_is_not_down(look):
    body = {**ALL_UP, "features": {"registration": {"available": False}}}
    assert (await look(platform(JSONResponse(body)))).value("health.ready") is True
