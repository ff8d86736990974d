"""Login: made-up credentials and bodies that are none, against servers that answer in every way."""

import pytest
from readiness.probes.login import login
from starlette.applications import Starlette
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

LOGIN = {"route": "/api/v1/login", "body": {"email": "{email}", "password": "{password}"}}


def platform(bad, malformed=422, form=415, seen=None):
    async def sign_in(request):
        if seen is not None:
            seen.append((request.headers.get("content-type"), await request.body()))
        if "json" not in request.headers.get("content-type", ""):
            return Response(status_code=form)
        body = await request.json()
        return JSONResponse({"token": "x"}, malformed if "email" not in body else bad)

    return Starlette(routes=[Route("/api/v1/login", sign_in, methods=["POST"])])


async def look(serve, target_of, observe, app):
    return await observe(login, target_of(serve(app), login=LOGIN))


@pytest.mark.parametrize("status", [400, 401, 403])
async def test_a_refusal_of_nobodys_credentials_is_seen(serve, target_of, observe, status):
    sent = []
    seen = await look(serve, target_of, observe, platform(status, seen=sent))
    assert seen.value("login.refuses_bad_credentials") is True
    assert seen.value("login.refuses_malformed") is True
    assert b"nobody-" in sent[0][1]
    assert sent[2] == ("application/x-www-form-urlencoded", b"{}")


@pytest.mark.parametrize("status", [200, 500])
async def test_credentials_that_are_accepted_or_break_the_platform_are_not_refused(serve, target_of, observe, status):
    seen = await look(serve, target_of, observe, platform(status))
    assert seen.value("login.refuses_bad_credentials") is False


@pytest.mark.parametrize("status", [404, 405, 422, 302, 429])
async def test_an_answer_that_never_looked_at_the_credentials_is_unknown(serve, target_of, observe, status):
    seen = await look(serve, target_of, observe, platform(status))
    row = seen["login.refuses_bad_credentials"]
    assert row.status == "unavailable"
    assert str(status) in row.reason


@pytest.mark.parametrize(("malformed", "form"), [(200, 415), (422, 200), (500, 415), (422, 500)])
async def test_a_malformed_body_that_is_let_through_or_breaks_it_is_seen(serve, target_of, observe, malformed, form):
    seen = await look(serve, target_of, observe, platform(401, malformed, form))
    assert seen.value("login.refuses_malformed") is False


@pytest.mark.parametrize(("empty", "other", "refused"), [(422, 415, True), (200, 415, False), (422, 200, False)])
async def test_a_sign_in_that_takes_a_form_is_sent_one(serve, target_of, observe, empty, other, refused):
    async def sign_in(request):
        if request.headers.get("content-type") != "application/x-www-form-urlencoded":
            return Response(status_code=other)
        return Response(status_code=401 if b"mail=nobody-" in await request.body() else empty)

    app = Starlette(routes=[Route("/in", sign_in, methods=["POST"])])
    declared = {"route": "/in", "form": {"mail": "{email}", "pass": "{password}"}}
    seen = await observe(login, target_of(serve(app), login=declared))
    assert seen.value("login.refuses_bad_credentials") is True
    assert seen.value("login.refuses_malformed") is refused


async def test_a_page_that_says_401_in_its_text_passes_nothing(serve, target_of, observe):
    async def anything(request):
        return PlainTextResponse("401 unauthorized")

    app = Starlette(routes=[Route("/{path:path}", anything, methods=["GET", "POST"])])
    seen = await look(serve, target_of, observe, app)
    assert seen.value("login.refuses_bad_credentials") is False
    assert seen.value("login.refuses_malformed") is False


async def test_a_missing_slash_is_followed_with_the_body(serve, target_of, observe):
    async def moved(request):
        return RedirectResponse("/api/v1/login/", 307)

    async def refuse(request):
        return Response(status_code=401 if b"nobody" in await request.body() else 422)

    app = Starlette(
        routes=[
            Route("/api/v1/login", moved, methods=["POST"]),
            Route("/api/v1/login/", refuse, methods=["POST"]),
        ]
    )
    seen = await look(serve, target_of, observe, app)
    assert seen.value("login.refuses_bad_credentials") is True
    assert seen.value("login.refuses_malformed") is True


async def test_an_undeclared_login_and_a_closed_port_are_unknown(target_of, observe):
    closed_port = "http://127.0.0.1:1"
    seen = await observe(login, target_of(closed_port))
    assert seen["login.refuses_malformed"].reason == "the target file names no login"
    seen = await observe(login, target_of(closed_port, login=LOGIN))
    assert {row.status for row in seen.values()} == {"unavailable"}
    assert all(row.reason for row in seen.values())
