"""What an edge keeps, against real servers that say what an edge would."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from readiness.probes.caching import cache_control, caching, hit, immutable, uncacheable
from readiness.wire.exchange import Exchange
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

FACTS = [fact.name for fact in caching.facts if ".user_" not in fact.name]
ROUTES = {"static": "/app.js", "protected": "/me"}
LONG = "public, max-age=31536000, immutable"


def platform(static: list[Response], api: list[Response]) -> Starlette:
    """Each path gives its answers in turn, the last one for ever."""

    def turns(answers: list[Response]):
        async def answer(request: Request) -> Response:
            return answers.pop(0) if len(answers) > 1 else answers[0]

        return answer

    return Starlette(
        routes=[Route("/app.js", turns(static)), *(Route(path, turns(api)) for path in ("/me", "/health"))]
    )


def script(**headers: str) -> Response:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response("1", media_type="text/javascript", headers={"Cache-Control": LONG} | names)


def api(status: int = 401, **headers: str) -> Response:
    return JSONResponse({}, status, {name.replace("_", "-"): value for name, value in headers.items()})


@pytest.fixture
def look(serve, target_of, observe):
    """`await look(static answers, api answers)` runs the probe."""

    async def run(static, answers, routes=ROUTES):
        return await observe(caching, target_of(serve(platform(static, answers)), routes=routes))

    return run


KEPT = [script(X_Cache="MISS"), script(X_Cache="HIT", Age="0")]


async def test_a_static_file_that_is_kept_and_answers_that_are_not(look):
    seen = await look(list(KEPT), [api(Cache_Control="no-store")])
    assert {fact: seen.value(fact) for fact in FACTS} == {
        "caching.static_hit": True,
        "caching.static_immutable": True,
        "caching.api_uncacheable": True,
        "caching.api_hit": False,
    }


async def test_a_static_file_that_is_never_kept(look):
    seen = await look([script(X_Cache="MISS", Cache_Control="public, max-age=60")], [api(Cache_Control="private")])
    assert seen.value("caching.static_hit") is False
    assert seen.value("caching.static_immutable") is False
    assert seen.value("caching.api_uncacheable") is True


async def test_a_hit_on_the_first_request_alone_is_none(look):
    seen = await look([script(X_Cache="HIT"), script(X_Cache="MISS")], [api(Cache_Control="no-store")])
    assert seen.value("caching.static_hit") is False


async def test_an_api_answer_out_of_a_cache_is_seen(look):
    answers = [api(200, Cache_Control="public, max-age=60"), api(200, Cache_Control="public, max-age=60", Age="3")]
    seen = await look(list(KEPT), answers)
    assert seen.value("caching.api_uncacheable") is False
    assert seen.value("caching.api_hit") is True


async def test_a_success_that_forbids_nothing_is_cacheable(look):
    assert (await look(list(KEPT), [api(200)])).value("caching.api_uncacheable") is False


async def test_a_refusal_without_cache_control_does_not_show_what_users_get(look):
    seen = await look(list(KEPT), [api(401)])
    assert seen.value("caching.api_uncacheable") is None
    assert seen.value("caching.api_hit") is False


async def test_health_does_not_stand_in_where_no_protected_route_is_declared(look):
    seen = await look(list(KEPT), [api(200, Cache_Control="no-store")], {"static": "/app.js"})
    for fact in ("caching.api_uncacheable", "caching.api_hit"):
        assert seen[fact].reason == "the target file names no routes.protected"


@pytest.mark.parametrize("answer", [PlainTextResponse("no", 404), HTMLResponse("<h1>Welcome</h1>")])
async def test_a_static_file_that_is_not_there_is_no_hit(look, answer):
    seen = await look([answer], [api(Cache_Control="no-store")])
    assert seen.value("caching.static_hit") is False
    assert "instead of the static file" in seen["caching.static_immutable"].reason


@pytest.mark.parametrize("status", [429, 502])
async def test_what_cannot_be_judged_is_unknown(look, status):
    seen = await look([PlainTextResponse("later", status)], [api(status)])
    assert {seen[fact].status for fact in FACTS} == {"unavailable"}
    assert str(status) in seen["caching.static_hit"].reason


async def test_a_protected_route_that_is_not_there_is_unknown(look):
    seen = await look(list(KEPT), [api(404, Cache_Control="no-store")])
    assert seen["caching.api_uncacheable"].reason == "status 404 instead of an API answer"


async def test_a_static_file_that_is_not_declared_is_unknown(look):
    seen = await look(list(KEPT), [api(Cache_Control="no-store")], {"protected": "/me"})
    assert seen["caching.static_hit"].reason == "the target file names no routes.static"


async def test_an_unreachable_host_is_unknown(closed, target_of, observe):
    seen = await observe(caching, target_of(f"http://{closed}", routes=ROUTES))
    assert {seen[fact].reason for fact in FACTS} == {"connection refused"}


def answer(*headers: tuple[str, str]) -> Exchange:
    return Exchange(method="GET", url="http://a/", status=200, headers=headers, observed_at=datetime.now(UTC))


@pytest.mark.parametrize(
    ("name", "value", "came_from_cache"),
    [
        ("cf-cache-status", "HIT", True),
        ("cf-cache-status", "DYNAMIC", False),
        ("x-vercel-cache", "STALE", True),
        ("x-cache", "Hit from cloudfront", True),
        ("x-cache", "MISS, HIT", True),
        ("x-cache", "TCP_HIT from a1.example", True),
        ("x-cache", "Miss from cloudfront", False),
        ("x-cache", "NOHIT", False),
        ("cache-status", '"Edge"; hit, Origin; fwd=uri-miss', True),
        ("cache-status", '"Edge; hit"; fwd=uri-miss', False),
        ("age", "12", True),
        ("age", "0", False),
        ("age", "-4", False),
        ("age", "9" * 5000, True),
    ],
)
def test_a_cache_says_so_in_many_words(name, value, came_from_cache):
    assert hit(answer((name, value))) is came_from_cache


@pytest.mark.parametrize(
    ("value", "may_be_kept_for_ever", "may_not_be_kept"),
    [
        (LONG, True, False),
        ('Immutable, Max-Age="31536000"', True, False),
        ("max-age=31535999, immutable", False, False),
        ("max-age=31536000", False, False),
        ("max-age=31536000, immutable, no-store", False, True),
        ("private", False, True),
        ('private="set-cookie", max-age=60', False, False),
        ("no-cache", False, False),
        ("", False, False),
    ],
)
def test_cache_control_is_read_as_rfc_9111_says(value, may_be_kept_for_ever, may_not_be_kept):
    directives = cache_control(answer(("cache-control", value)))
    assert (immutable(directives), uncacheable(directives)) == (may_be_kept_for_ever, may_not_be_kept)


@given(st.text(max_size=200))
def test_whatever_the_headers_say_is_read_without_a_crash(text):
    said = answer(("cache-control", text), ("age", text), ("cache-status", text), ("x-cache", text))
    assert hit(said) in (True, False)
    assert immutable(cache_control(said)) in (True, False)


@pytest.mark.parametrize(
    ("headers", "uncacheable", "kept"),
    [
        ({"Cache-Control": "no-store"}, True, False),
        ({"Cache-Control": "private, max-age=60"}, True, False),
        ({"Cache-Control": "public, max-age=60"}, False, False),
        ({}, False, False),
        ({"Cache-Control": "no-store", "X-Cache": "HIT"}, True, True),
    ],
)
async def test_what_a_user_is_answered_comes_from_the_platform_alone(
    serve, target_of, observe, members, headers, uncacheable, kept
):
    async def me(request):
        return JSONResponse({"id": members.who(request)}, 200 if members.who(request) else 401, headers)

    operations = {**members.keys["operations"], "me": {"method": "GET", "path": "/v1/me"}}
    app = Starlette(routes=[*members.routes, Route("/v1/me", me)])
    seen = await observe(caching, target_of(serve(app), **{**members.keys, "operations": operations}))
    assert seen.value("caching.user_uncacheable") is uncacheable
    assert seen.value("caching.user_hit") is kept


async def test_without_accounts_nothing_is_said_of_what_users_are_answered(look):
    seen = await look(list(KEPT), [api()])
    assert seen["caching.user_hit"].status == seen["caching.user_uncacheable"].status == "unavailable"
