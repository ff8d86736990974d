"""Visits: who asks is shown with every operation, and no secret of it is recorded."""

import json

import pytest
from fastapi import FastAPI, Request, Response
from readiness.accounts import Visit
from readiness.errors import Unobservable
from readiness.survey import context_of

OPERATIONS = {
    "sign_in": {
        "path": "/signin",
        "body": {"email": "{email}", "password": "{password}"},
        "answer": {"access": "token", "csrf": "cookie:csrf"},
    },
    "me": {"method": "GET", "path": "/me", "answer": {"email": "email"}},
    "forgot": {"path": "/forgot", "body": {"email": "{email}"}},
}


def platform(status=200):
    app = FastAPI()

    @app.post("/signin")
    def sign_in(response: Response):
        response.set_cookie("sid", "session-cookie-value")
        response.set_cookie("csrf", "csrf-cookie-value")
        return {"token": "an-opaque-access-token"}

    @app.api_route("/{path:path}", methods=["GET", "POST"])
    async def echo(request: Request, response: Response):
        response.status_code = status
        return {"email": "a@example.com", "headers": dict(request.headers)}

    return app


@pytest.fixture
def visit(serve, target_of, now):
    async def run(steps, **keys):
        target = target_of(serve(platform(keys.pop("status", 200))), operations=OPERATIONS, **keys)
        async with context_of(target, lambda: now) as context:
            someone = Visit(target, context.client, target.production)
            return await steps(someone), [item.record() for item in context.client.records]

    return run


async def signed_in(visit):
    visit.held |= (await visit.ask("sign_in", email="a@example.com", password="a-long-password")).values
    return json.loads((await visit.ask("me")).exchange.text)["headers"]


async def test_a_bearer_token_is_shown_by_default(visit):
    headers, _ = await visit(signed_in)
    assert headers["authorization"] == "Bearer an-opaque-access-token"
    assert "cookie" not in headers


async def test_cookies_and_a_header_of_one_s_own_are_shown_where_the_target_says_so(visit):
    headers, _ = await visit(signed_in, session={"cookies": True, "headers": {"X-CSRF-Token": "{csrf}"}})
    assert headers["cookie"] == "sid=session-cookie-value; csrf=csrf-cookie-value"
    assert headers["x-csrf-token"] == "csrf-cookie-value"
    assert "authorization" not in headers


@pytest.mark.parametrize(
    "session", [{}, {"cookies": True, "headers": {"X-CSRF-Token": "{csrf}"}}], ids=["token", "cookie"]
)
async def test_no_secret_of_a_visit_is_recorded(visit, session):
    _, records = await visit(signed_in, session=session)
    said = json.dumps(records)
    for secret in ("a-long-password", "an-opaque-access-token", "session-cookie-value", "csrf-cookie-value"):
        assert secret not in said


async def test_nobody_shows_nothing(visit):
    async def ask(someone):
        someone.held["access"] = "an-opaque-access-token"
        return json.loads((await someone.ask("forgot", email="a@example.com")).exchange.text)["headers"]

    headers, _ = await visit(ask)
    assert "authorization" not in headers


async def test_an_operation_that_is_not_described_stands_in_the_way(visit):
    with pytest.raises(Unobservable, match="the target file does not describe the operation sessions"):
        await visit(lambda someone: someone.ask("sessions"))


async def test_a_name_that_is_no_operation_is_a_mistake_of_the_caller(visit):
    with pytest.raises(KeyError):
        await visit(lambda someone: someone.ask("sing_in"))


@pytest.mark.parametrize("status", [429, 502, 503, 504])
async def test_an_answer_that_says_nothing_of_the_rules_stands_in_the_way(visit, status):
    async def ask(someone):
        return (await someone.ask("me", patient=False)).settle()

    with pytest.raises(Unobservable, match=str(status)):
        await visit(ask, status=status)


async def test_a_note_says_in_the_record_what_cannot_be_seen(visit):
    async def ask(someone):
        return (await someone.ask("me", note="with no token")).exchange.source

    source, records = await visit(ask)
    assert source.endswith("/me (with no token)")
    assert records[-1]["note"] == "with no token"
