"""Errors: one shape with code, text and request id, the right statuses, and nothing of the inside."""

from datetime import UTC, datetime

import pytest
from readiness.probes.errors import errors, leaks, shape
from readiness.wire.exchange import Exchange
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

NOW = datetime(2026, 3, 2, tzinfo=UTC)
KEYS = {"routes": {"protected": "/api/v1/me"}, "login": {"route": "/api/v1/login", "body": {"email": "{email}"}}}


def problem(status, **more):
    body = {"type": f"https://fake.example/problems/{status}", "title": "No", "detail": "It was refused.", **more}
    headers = {"X-Request-ID": "r1", "Content-Type": "application/problem+json"}
    return JSONResponse(body, status, headers=headers)


def platform(answer=problem, login=None, **overridden):
    """`answer(status)` makes every error; other statuses for missing, method, me, broken or credentials."""

    async def me(request):
        return answer(overridden.get("me", 401))

    async def sign_in(request):
        if "json" not in request.headers.get("content-type", ""):
            return answer(415)
        try:
            body = await request.json()
        except ValueError:
            return answer(overridden.get("broken", 400))
        return answer(overridden.get("credentials", 401) if "email" in body else 422)

    def failed(request, error: HTTPException):
        return answer(overridden.get({404: "missing", 405: "method"}.get(error.status_code, ""), error.status_code))

    routes = [Route("/api/v1/me", me), Route("/api/v1/login", sign_in, methods=["POST"])]
    return Starlette(routes=routes, exception_handlers={HTTPException: failed})


@pytest.fixture
def look(serve, target_of, observe):
    async def run(app, **keys):
        return await observe(errors, target_of(serve(app), **{**KEYS, **keys}))

    return run


async def test_problems_of_one_shape_pass(look):
    seen = await look(platform())
    assert seen.value("errors.kinds") == 8
    for name in ("wrong_status", "off_shape", "leaks"):
        assert seen.value(f"errors.{name}") == 0, name
    login_requests = [e for e in seen.survey.exchanges if e["method"] == "POST"]
    assert len(login_requests) == 4


@pytest.mark.parametrize(
    ("overridden", "wrong"),
    [
        ({"missing": 400}, 1),
        ({"missing": 401}, 0),
        ({"missing": 403}, 0),
        ({"method": 404}, 1),
        ({"me": 403}, 0),
        ({"me": 500}, 2),
        ({"broken": 500}, 1),
        ({"credentials": 200}, 1),
    ],
)
async def test_a_status_that_says_something_else_is_counted(look, overridden, wrong):
    assert (await look(platform(**overridden))).value("errors.wrong_status") == wrong


@pytest.mark.parametrize(
    "answer",
    [
        lambda status: PlainTextResponse("Not Found", status),
        lambda status: Response(status_code=status),
        lambda status: HTMLResponse("<h1>error</h1>", status),
        lambda status: JSONResponse({"detail": "Not Found"}, status, headers={"X-Request-ID": "r1"}),
        lambda status: JSONResponse({"code": "x", "message": "No"}, status),
        lambda status: JSONResponse(["x"], status),
        lambda status: Response(b"{" * 9_000, status, media_type="application/json"),
    ],
)
async def test_errors_without_the_shape_are_all_off_it(look, answer):
    seen = await look(platform(answer))
    assert seen.value("errors.off_shape") == seen.value("errors.kinds") == 8


async def test_the_one_that_differs_from_the_others_is_off_shape(look):
    def mixed(status):
        body = {"error": {"code": "x", "message": "No"}, "request_id": "r1"}
        return JSONResponse(body, status) if status != 415 else problem(status)

    assert (await look(platform(mixed))).value("errors.off_shape") == 1


async def test_a_stack_trace_is_counted(look):
    def telling(status):
        return problem(status, debug="Traceback (most recent call last)") if status == 422 else problem(status)

    assert (await look(platform(telling))).value("errors.leaks") == 1


async def test_a_page_that_answers_to_everything_is_wrong_everywhere(look):
    async def page(request):
        return HTMLResponse("<h1>Welcome</h1>")

    app = Starlette(routes=[Route("/{path:path}", page, methods=["GET", "POST", "DELETE"])])
    seen = await look(app)
    assert seen.value("errors.wrong_status") == seen.value("errors.kinds") == 8
    assert seen["errors.off_shape"].status == "unavailable"


async def test_rate_limited_answers_are_left_out(look):
    seen = await look(platform(me=429))
    assert seen.value("errors.kinds") == 6
    assert seen.value("errors.wrong_status") == 0


async def test_only_the_mistakes_that_can_be_made_are_counted(look):
    assert (await look(platform(), login=None)).value("errors.kinds") == 3
    login = {"route": "/api/v1/none", "body": {}}
    assert (await look(platform(), login=login)).value("errors.kinds") == 4


async def test_a_closed_port_is_unknown(target_of, observe):
    seen = await observe(errors, target_of("http://127.0.0.1:1", **KEYS))
    assert {row.status for row in seen.values()} == {"unavailable"}


def answered(body, media_type="application/json", **headers):
    pairs = [("content-type", media_type), *((k.replace("_", "-"), v) for k, v in headers.items())]
    return Exchange(method="GET", url="http://a/", status=400, headers=tuple(pairs), body=body, observed_at=NOW)


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b'{"code": "x", "message": "No", "request_id": "r"}', ("", "code", "message")),
        (b'{"error": {"code": "x", "message": "No"}, "trace_id": "r"}', ("error", "code", "message")),
        (
            b'{"error": "invalid_grant", "error_description": "No", "requestId": "r"}',
            ("", "error", "error_description"),
        ),
        (b'{"errors": [{"code": "x", "detail": "No"}], "request_id": "r"}', ("errors", "code", "detail")),
        (b'{"type": "about:blank", "title": "No", "request_id": "r"}', None),
        (b'{"code": "", "message": "No", "request_id": "r"}', None),
        (b'{"code": "x", "message": "No", "request_id": ""}', None),
        (b'{"error": "Not found", "request_id": "r"}', None),
    ],
)
def test_the_shape_of_an_error(body, found):
    assert shape(answered(body)) == found


@pytest.mark.parametrize(
    ("text", "leaking"),
    [
        ('File "/app/main.py", line 3', True),
        ("at Object.<anonymous> (/srv/app/index.js:10:5)", True),
        ("sqlalchemy.exc.OperationalError", True),
        ("java.lang.NullPointerException", True),
        ("SELECT id FROM users", True),
        ("/usr/lib/python3.12", True),
        ("C:\\inetpub\\app", True),
        ("'NoneType' object", True),
        ("ValueError: bad", True),
        ("open /static/app.js failed", True),
        ('<script src="/static/app.js"></script>', False),
        (r'{"html": "<script src=\"/static/app.js\">"}', False),
        ('<a href="/usr/lib/python3.12/x.py">', True),
        ('src="/a' * 20_000, False),
        ("There is nothing at /api/v1/users/home/x", False),
        ("Select a plan from the list.", False),
        ("See https://docs.fake.example/errors/not-found for more.", False),
        ("The request at 10:30 (yesterday) was refused.", False),
        ("validation_error", False),
        ("a/" * 20_000, False),
        ("a." * 20_000, False),
    ],
)
def test_what_tells_of_the_inside(text, leaking):
    assert leaks(answered(text.encode())) is leaking


@pytest.mark.parametrize("name", ["Authorization", "Cookie"])
async def test_tokens_are_not_tried_where_the_target_sends_its_own(look, monkeypatch, name):
    monkeypatch.setenv("OWN_HEADER", "mine")
    seen = await look(platform(me=200), headers={name: "env:OWN_HEADER"})
    assert seen.value("errors.kinds") == 6
    assert seen.value("errors.wrong_status") == 0


async def test_mistakes_that_were_not_made_may_be_as_right_as_the_others(look):
    row = (await look(platform(me=429)))["errors.kinds"]
    assert (row.number, row.low, row.high) == (6, 6, 8)


def inhabited(members, forbidden=403, conflict=409, odd=None, failing=500):
    """A platform with people, an operation that is not theirs, one that conflicts, and one that fails."""

    def answer(status):
        return JSONResponse({"message": "No"}, status) if status == odd else problem(status)

    async def users(request):
        return answer(forbidden if members.who(request) else 401)

    async def conflicting(request):
        return answer(conflict)

    async def fail(request):
        return answer(failing)

    app = platform()
    paths = [("/v1/users", users), ("/v1/again", conflicting), ("/fail", fail)]
    app.router.routes += [*members.routes, *(Route(path, made, methods=["GET", "POST"]) for path, made in paths)]
    operations = {
        **members.keys["operations"],
        "users": {"method": "GET", "path": "/v1/users"},
        "conflict": {"path": "/v1/again"},
    }
    return app, {**members.keys, "operations": operations, "routes": {**KEYS["routes"], "failing": "/fail"}}


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        ({}, (True, True, True)),
        ({"forbidden": 200}, (False, True, True)),
        ({"forbidden": 404}, (None, True, True)),
        ({"forbidden": 503}, (None, True, True)),
        ({"conflict": 200}, (True, False, True)),
        ({"conflict": 400}, (True, False, True)),
        ({"failing": 200}, (True, True, None)),
        ({"odd": 403}, (False, True, True)),
        ({"odd": 409}, (True, False, True)),
        ({"odd": 500}, (True, True, False)),
    ],
)
async def test_kinds_that_need_a_user_or_a_failure_have_the_same_shape(look, members, changes, shown):
    app, keys = inhabited(members, **changes)
    seen = await look(app, **keys)
    assert tuple(seen.value(f"errors.{name}") for name in ("forbidden", "conflict", "failure")) == shown


def with_a_cookie(bad=401):
    """A platform of forms and a session cookie, which answers a made-up one with the status `bad`."""

    async def take(request):
        return JSONResponse({}, 201)

    async def sign_in(request):
        if request.headers.get("content-type") != "application/x-www-form-urlencoded":
            return problem(415)
        body = (await request.body()).decode()
        if "mail=test" not in body:
            return problem(401 if "mail=" in body else 422)
        answer = JSONResponse({})
        answer.set_cookie("seat", "a-cookie-that-carries-a-session")
        return answer

    async def me(request):
        return problem(bad if "seat" in request.cookies else 401)

    def failed(request, error):
        return problem(error.status_code)

    paths = {"/people": take, "/in": sign_in, "/bye": take}
    routes = [Route("/me", me), *(Route(path, handle, methods=["POST"]) for path, handle in paths.items())]
    app = Starlette(routes=routes, exception_handlers={HTTPException: failed})
    operations = {
        "sign_up": {"path": "/people", "form": {"mail": "{email}"}},
        "sign_in": {"path": "/in", "form": {"mail": "{email}"}},
        "delete": {"path": "/bye"},
    }
    keys = {
        "routes": {"protected": "/me"},
        "login": {"route": "/in", "form": {"mail": "{email}"}},
        "operations": operations,
        "accounts": {"email": "test+{tag}@example.com"},
        "session": {"headers": {}, "cookies": True, "refresh": False},
    }
    return app, keys


@pytest.mark.parametrize(("bad", "wrong"), [(401, 0), (200, 1)])
async def test_a_made_up_cookie_is_shown_where_a_cookie_carries_the_session(look, bad, wrong):
    app, keys = with_a_cookie(bad)
    seen = await look(app, **keys)
    assert seen.value("errors.kinds") == 8
    assert seen.value("errors.wrong_status") == wrong
    assert seen.value("errors.off_shape") == 0


async def test_a_cookie_that_nobody_knows_the_name_of_is_not_made_up(look):
    app, keys = with_a_cookie()
    row = (await look(app, **{**keys, "operations": {}}))["errors.kinds"]
    assert (row.number, row.high) == (7, 8)


async def test_a_token_is_made_up_in_the_header_that_carries_the_session(look):
    tokens = []

    def answer(status):
        return problem(status)

    async def me(request):
        tokens.append(request.headers.get("x-seat"))
        return answer(401)

    app = platform()
    app.router.routes.insert(0, Route("/api/v1/me", me))
    await look(app, session={"headers": {"X-Seat": "seat {access}"}})
    assert [token.split()[0] for token in tokens if token] == ["seat"]


async def test_a_kind_that_cannot_be_shown_is_unknown(look):
    seen = await look(platform())
    for name in ("forbidden", "conflict", "failure"):
        assert seen[f"errors.{name}"].status == "unavailable", name
    assert seen["errors.failure"].reason == "the target file names no routes.failing"
