"""CORS: servers that let the right origin in, everybody, careless look-alikes, or nobody."""

import pytest
from readiness.probes.cors import FOREIGN, cors, credentialed_routes, hostile_origins
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


async def test_a_proper_policy_passes_and_asks_at_most_sixteen_times(look):
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
    assert len(seen.survey.exchanges) <= 16


@pytest.mark.parametrize(
    ("keys", "named"),
    [
        ({}, "content-type"),
        ({"login": None}, "authorization"),
        ({"login": None, "session": {"headers": {"X-Guard": "{csrf}"}, "cookies": True}}, "x-guard"),
        ({"login": None, "session": {"headers": {}, "cookies": True}}, "content-type"),
    ],
    ids=["sign-in", "token", "cookie and header", "cookie"],
)
async def test_a_preflight_names_the_headers_that_a_request_of_the_platform_has(look, keys, named):
    seen = await look(platform(lambda origin: {}), **keys)
    sent = [dict(one["sent"]) for one in seen.survey.exchanges if one["method"] == "OPTIONS"]
    general = [one for one in sent if "," not in one["Access-Control-Request-Headers"]]
    assert {one["Access-Control-Request-Headers"] for one in general} >= {named}
    assert "authorization" in named or "authorization" not in str(general).lower()


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


@pytest.fixture
def look_signed_in(serve, target_of, observe, members):
    """`await look_signed_in(decide)`: `decide(request, origin)` gives the CORS headers of `/me` and `/keys/…`."""

    async def run(decide):
        async def answer(request):
            sent = decide(request, request.headers.get("origin", ""))
            if request.method == "OPTIONS":
                return Response(status_code=204, headers=sent)
            return JSONResponse({}, 200 if members.who(request) else 401, headers=sent)

        anything = ["GET", "OPTIONS", "POST", "DELETE"]
        app = Starlette(routes=[*members.routes, Route("/{path:path}", answer, methods=anything)])
        revoke = {"method": "DELETE", "path": "/keys/{id}"}
        operations = {**members.keys["operations"], "me": {"method": "GET", "path": "/me"}, "api_key_revoke": revoke}
        return await observe(cors, target_of(serve(app), **{**KEYS, **members.keys, "operations": operations}))

    return run


def strict(request, origin):
    return allow(origin, Access_Control_Allow_Methods="GET, DELETE") if origin == ORIGIN else {}


async def test_the_routes_of_a_signed_in_user_are_looked_at_one_by_one(look_signed_in):
    seen = await look_signed_in(strict)
    assert seen.value("cors.credentialed_routes") == 3  # me, the key, deleting the account
    assert seen.value("cors.credentialed_hostile_allowed") == 0
    assert seen.value("cors.credentialed_wildcards") == 0
    assert seen.value("cors.credentialed_unvaried") == 0
    asked = {item["url"].rpartition("/")[2] for item in seen.survey.exchanges if item.get("method") == "OPTIONS"}
    assert "{id}" not in asked


async def test_one_route_that_reflects_any_origin_is_found(look_signed_in):
    def careless(request, origin):
        return allow(origin) if request.url.path.startswith("/keys") else strict(request, origin)

    assert (await look_signed_in(careless)).value("cors.credentialed_hostile_allowed") == 1


async def test_an_answer_to_a_signed_in_user_that_reflects_is_found_behind_a_proper_preflight(look_signed_in):
    def careless(request, origin):
        signed_in = request.method == "GET" and "authorization" in request.headers
        return allow(origin) if signed_in and origin == FOREIGN else strict(request, origin)

    assert (await look_signed_in(careless)).value("cors.credentialed_hostile_allowed") == 1


async def test_a_wildcard_and_a_grant_without_vary_are_counted_by_route(look_signed_in):
    def careless(request, origin):
        if request.url.path == "/me" and origin == ORIGIN:
            return {"Access-Control-Allow-Origin": origin, "Access-Control-Allow-Methods": "*"}
        return strict(request, origin)

    seen = await look_signed_in(careless)
    assert seen.value("cors.credentialed_wildcards") == 1
    assert seen.value("cors.credentialed_unvaried") == 1


async def test_without_a_signed_in_user_a_clean_preflight_proves_nothing_yet(look):
    seen = await look(platform(lambda origin: {}))
    assert seen.value("cors.credentialed_routes") == 1
    assert seen["cors.credentialed_hostile_allowed"].status == "unavailable"


def test_a_route_is_asked_once_however_many_operations_it_serves(target_of):
    operations = {"update": {"method": "PATCH", "path": "/me"}, "opt_out": {"method": "PATCH", "path": "/me"}}
    target = target_of("https://api.fake.example", operations={**operations, "users": {"path": "/users"}})
    assert [(route.method, route.path) for route in credentialed_routes(target)] == [("PATCH", "/me")]
