"""CORS: servers that let the right origin in, everybody, careless look-alikes, or nobody."""

import pytest
from readiness.probes.cors import cors, hostile_origins
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

ORIGIN = "https://app.fake.example"
KEYS = {"origin": ORIGIN, "login": {"route": "/login", "body": {}}, "routes": {"protected": "/me"}}


def platform(decide, status=200, preflight=204):
    """`decide(origin)` gives the CORS headers of every answer."""

    async def answer(request):
        sent = decide(request.headers.get("origin", ""))
        return Response(status_code=preflight if request.method == "OPTIONS" else status, headers=sent)

    return Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "OPTIONS", "POST"])])


def allow(origin, **more):
    extra = {name.replace("_", "-"): value for name, value in more.items()}
    return {"Access-Control-Allow-Origin": origin, "Vary": "Origin", **extra}


@pytest.fixture
def look(serve, target_of, observe):
    async def run(app, **keys):
        return await observe(cors, target_of(serve(app), **{**KEYS, **keys}))

    return run


async def test_a_proper_policy_passes_and_asks_at_most_fourteen_times(look):
    async def me(request):
        return JSONResponse({}, 401)

    policy = Middleware(
        CORSMiddleware,
        allow_origins=[ORIGIN],
        allow_credentials=True,
        allow_methods=["GET", "POST"],
        allow_headers=["content-type"],
    )
    app = Starlette(routes=[Route("/me", me), Route("/login", me, methods=["POST"])], middleware=[policy])
    seen = await look(app)
    assert seen.value("cors.hostile_origins_allowed") == 0
    assert seen.value("cors.wildcard_with_credentials") is False
    assert seen.value("cors.allowed_origin_echoed") is True
    assert seen.value("cors.methods_wildcard") is False
    assert len(seen.survey.exchanges) <= 14


async def test_the_allowed_origin_is_echoed(look):
    def decide(origin):
        return allow(origin, Access_Control_Allow_Methods="GET, POST") if origin == ORIGIN else {}

    seen = await look(platform(decide))
    assert seen.value("cors.allowed_origin_echoed") is True
    assert seen.value("cors.methods_wildcard") is False
    assert seen.value("cors.hostile_origins_allowed") == 0


@pytest.mark.parametrize(
    "careless",
    [
        lambda origin: origin == "https://evil.example",
        lambda origin: origin == "null",
        lambda origin: origin.endswith("app.fake.example"),
        lambda origin: origin.startswith(ORIGIN),
        lambda origin: origin.startswith("http://"),
    ],
)
async def test_a_hostile_origin_that_is_reflected_is_counted(look, careless):
    seen = await look(platform(lambda origin: allow(origin) if careless(origin) else {}))
    assert seen.value("cors.hostile_origins_allowed") >= 1


async def test_everybody_reflected_with_credentials_is_the_worst(look):
    seen = await look(platform(lambda origin: allow(origin, Access_Control_Allow_Credentials="true")))
    assert seen.value("cors.hostile_origins_allowed") == 8
    assert seen.value("cors.wildcard_with_credentials") is True


async def test_a_wildcard_counts_only_with_credentials(look):
    seen = await look(platform(lambda origin: allow("*")))
    assert seen.value("cors.hostile_origins_allowed") == 0
    assert seen.value("cors.wildcard_with_credentials") is False
    assert seen.value("cors.allowed_origin_echoed") is False
    seen = await look(platform(lambda origin: allow("*", Access_Control_Allow_Credentials="true")))
    assert seen.value("cors.wildcard_with_credentials") is True


async def test_an_echo_without_vary_is_not_enough(look):
    seen = await look(platform(lambda origin: {"Access-Control-Allow-Origin": ORIGIN}))
    assert seen.value("cors.allowed_origin_echoed") is False


@pytest.mark.parametrize("header", ["Access-Control-Allow-Methods", "Access-Control-Allow-Headers"])
async def test_a_wildcard_for_methods_or_headers_is_seen(look, header):
    seen = await look(platform(lambda origin: {**allow(ORIGIN), header: "*"}))
    assert seen.value("cors.methods_wildcard") is True


async def test_a_server_that_knows_no_cors_lets_nobody_in(look):
    async def only_get(request):
        return PlainTextResponse("hello")

    app = Starlette(routes=[Route("/me", only_get), Route("/login", only_get, methods=["POST"])])
    seen = await look(app)
    assert seen.value("cors.hostile_origins_allowed") == 0
    assert seen.value("cors.allowed_origin_echoed") is False
    assert seen["cors.methods_wildcard"].status == "unavailable"


@pytest.mark.parametrize("status", [404, 429, 503])
async def test_failures_and_missing_routes_say_nothing(look, status):
    seen = await look(platform(lambda origin: {}, status, status))
    assert {row.status for row in seen.values()} == {"unavailable"}


async def test_without_an_origin_only_the_hostile_are_judged(look):
    seen = await look(platform(lambda origin: {}), origin=None)
    assert seen.value("cors.hostile_origins_allowed") == 0
    assert seen["cors.allowed_origin_echoed"].reason == "the target file names no origin"


def test_the_allowed_origin_is_never_hostile(target_of):
    target = target_of("https://api.fake.example", origin="http://app.fake.example")
    assert "http://app.fake.example" not in hostile_origins(target)
    assert {"null", "https://evilapi.fake.example", "https://app.fake.example.evil.example"} <= set(
        hostile_origins(target)
    )


@pytest.mark.parametrize("status", [429, 503])
async def test_simple_requests_that_were_not_answered_prove_no_policy(look, status):
    seen = await look(platform(lambda origin: {}, status=status))
    for fact in ("cors.hostile_origins_allowed", "cors.wildcard_with_credentials"):
        assert seen[fact].status == "unavailable"
        assert str(status) in seen[fact].reason
