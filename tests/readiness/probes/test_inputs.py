"""Inputs: platforms that refuse what their document forbids, and platforms that accept it or fail."""

import json
from urllib.parse import parse_qsl

import pytest
from readiness.answers.negative import Case, Described
from readiness.body import FORM
from readiness.probes.inputs import Trial, chosen, inputs
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

pytestmark = pytest.mark.usefixtures("documents_once")

LARGEST = 10_000
BODY = {
    "type": "object",
    "additionalProperties": False,
    "required": ["email"],
    "properties": {"email": {"type": "string", "minLength": 5, "maxLength": 80}},
}
NOTE = {
    "type": "object",
    "additionalProperties": False,
    "required": ["text"],
    "properties": {"text": {"type": "string", "maxLength": 20}},
}


def posted(schema):
    content = {"application/json": {"schema": schema}}
    return {"post": {"requestBody": {"required": True, "content": content}, "responses": {"200": {"description": "x"}}}}


DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "Fake", "version": "1"},
    "paths": {"/v1/people": posted(BODY), "/v1/visits": posted(BODY), "/v1/notes": posted(NOTE)},
}


def platform(members, strict=True, notes=422, nested=400, limit=LARGEST, broken=400, user=True, bounded=True):
    """Strictly validated people, and notes that answer invalid input with the status `notes`."""
    signed_up = []

    async def described(request):
        return JSONResponse(DOCUMENT)

    async def checked(request, key):
        """The body's valid members, or the status that refuses it."""
        raw = await request.body()
        if limit and len(raw) > limit:
            return 413
        if request.headers.get("content-type") != "application/json":
            return 415
        if raw.startswith(b"[["):
            return nested
        try:
            body = json.loads(raw)
        except ValueError:
            return broken
        schema = NOTE if key == "text" else BODY
        limits = schema["properties"][key]
        text = body.get(key) if isinstance(body, dict) else None
        good = isinstance(text, str) and limits.get("minLength", 0) <= len(text)
        good = good and (not bounded or len(text) <= limits["maxLength"])
        if not good or (strict and set(body) != {key}):
            return 422
        return 422 if "\0" in text else body

    async def people(request):
        found = await checked(request, "email")
        if isinstance(found, int):
            return Response(status_code=found)
        if found["email"] in members.emails.values():
            return Response(status_code=409)
        signed_up.append(found["email"])
        return await members.routes[0].endpoint(request)

    async def visits(request):
        found = await checked(request, "email")
        if isinstance(found, int):
            return Response(status_code=found)
        if found["email"] not in members.emails.values():
            return Response(status_code=401)
        return await members.routes[1].endpoint(request)

    async def make(request):
        if not members.who(request) or not user:
            return Response(status_code=401)
        found = await checked(request, "text")
        return Response(status_code=notes if found == 422 else found if isinstance(found, int) else 201)

    routes = [("/openapi.json", described), ("/v1/people", people), ("/v1/visits", visits), ("/v1/notes", make)]
    app = Starlette(routes=[*(Route(path, made, methods=["GET", "POST"]) for path, made in routes), members.routes[2]])
    app.state.signed_up = signed_up
    return app


@pytest.fixture
def look(serve, target_of, observe, members):
    async def run(app, **keys):
        login = {"route": "/v1/visits", "body": {"email": "{email}"}}
        target = {"routes": {"openapi": "/openapi.json"}, "login": login, "largest_body": LARGEST, **members.keys}
        return await observe(inputs, target_of(serve(app), **{**target, **keys}))

    return run


async def test_a_platform_that_refuses_everything_invalid_passes_and_keeps_nobody(look, members):
    app = platform(members)
    seen = await look(app)
    assert seen.value("inputs.auth_cases") >= 16
    assert seen.value("inputs.cases") > seen.value("inputs.auth_cases")
    assert seen.value("inputs.auth_refused_pct") == seen.value("inputs.refused_pct") == 100
    assert seen.value("inputs.auth_server_errors") == seen.value("inputs.server_errors") == 0
    assert seen.value("inputs.oversize_refused") is True
    assert members.emails == {}
    assert seen.survey.left == ()


async def test_what_is_forbidden_and_accepted_lowers_the_share_and_is_listed(look, members):
    seen = await look(platform(members, strict=False))
    assert seen.value("inputs.auth_refused_pct") < 100
    notes = {row["note"] for row in seen.survey.exchanges if row["digest"] in seen["inputs.auth_refused_pct"].digest}
    assert any("unexpected" in note.lower() for note in notes)


async def test_an_account_that_invalid_input_made_is_removed(look, members):
    app = platform(members, strict=False)
    seen = await look(app)
    assert {email.partition("@")[2] for email in app.state.signed_up} == {"fake.example"}
    assert len(app.state.signed_up) > 1
    assert members.emails == {}
    assert seen.survey.left == ()


async def test_an_account_with_an_address_that_is_none_is_removed_as_well(look, members):
    app = platform(members, bounded=False)
    seen = await look(app)
    assert any(len(email) > 80 for email in app.state.signed_up)
    assert members.emails == {}
    assert seen.survey.left == ()


async def test_a_failure_outside_of_signing_in_counts_over_all_alone(look, members):
    seen = await look(platform(members, notes=500))
    assert seen.value("inputs.auth_server_errors") == 0
    assert seen.value("inputs.server_errors") >= 3
    assert seen.value("inputs.refused_pct") < 95


async def test_nesting_that_makes_signing_in_fail_is_seen(look, members):
    seen = await look(platform(members, nested=500))
    assert seen.value("inputs.auth_server_errors") == 2
    assert seen.value("inputs.auth_refused_pct") < 100


@pytest.mark.parametrize("status", [429, 503])
async def test_what_is_turned_away_for_being_too_much_counts_neither_for_nor_against(look, members, status):
    seen = await look(platform(members, notes=status))
    assert seen.value("inputs.server_errors") == 0
    assert seen.value("inputs.refused_pct") == 100


async def test_a_refusal_of_who_asks_says_nothing_of_the_input(look, members):
    seen = await look(platform(members, user=False))
    assert seen.value("inputs.cases") == seen.value("inputs.auth_cases")


async def test_a_body_that_is_read_to_its_end_is_seen(look, members):
    assert (await look(platform(members, limit=None))).value("inputs.oversize_refused") is False


def forms(bounded=True, limit=LARGEST):
    """Signing up, in and out of being there, by forms with one field; whoever signed up is in `state.people`."""
    people, sessions, sent = [], {}, set()

    async def described(request):
        content = {
            FORM: {"schema": {**BODY, "required": ["mail"], "properties": {"mail": BODY["properties"]["email"]}}}
        }
        post = {"post": {"requestBody": {"required": True, "content": content}, "responses": {}}}
        return JSONResponse({**DOCUMENT, "paths": {"/people": post, "/in": post}})

    async def mail_of(request):
        """The field, or the status that refuses the form."""
        raw = await request.body()
        sent.add((request.url.path, request.headers.get("content-type")))
        if limit and len(raw) > limit:
            return 413
        if request.headers.get("content-type") != FORM:
            return 415
        fields = dict(parse_qsl(raw.decode(), keep_blank_values=True))
        mail = fields.get("mail", "")
        good = set(fields) == {"mail"} and len(mail) >= 5 and (len(mail) <= 80 or not bounded) and mail.isprintable()
        return mail if good else 422

    async def sign_up(request):
        if isinstance(mail := await mail_of(request), int):
            return Response(status_code=mail)
        people.append(mail)
        return Response(status_code=201)

    async def sign_in(request):
        if isinstance(mail := await mail_of(request), int):
            return Response(status_code=mail)
        if mail not in people:
            return Response(status_code=401)
        token = sessions.setdefault(f"token-of-{len(sessions)}", mail) and next(reversed(sessions))
        return JSONResponse({"token": token})

    async def leave(request):
        mail = sessions.get(request.headers.get("authorization", "").removeprefix("Bearer "))
        people[:] = [one for one in people if one != mail]
        return Response(status_code=204)

    routes = {"/people": sign_up, "/in": sign_in, "/bye": leave}
    app = Starlette(routes=[Route(path, made, methods=["POST"]) for path, made in routes.items()])
    app.router.routes.append(Route("/openapi.json", described))
    app.state.people, app.state.sent = people, sent
    return app


OF_FORMS = {
    "login": {"route": "/in", "form": {"mail": "{email}"}},
    "operations": {
        "sign_up": {"path": "/people", "form": {"mail": "{email}"}},
        "sign_in": {"path": "/in", "form": {"mail": "{email}"}, "answer": {"access": "token"}},
        "delete": {"path": "/bye"},
    },
}


async def test_a_form_is_sent_what_its_document_forbids(look):
    app = forms()
    seen = await look(app, **OF_FORMS)
    assert seen.value("inputs.auth_cases") >= 8
    assert seen.value("inputs.auth_refused_pct") == 100
    assert seen.value("inputs.oversize_refused") is True
    assert {("/people", FORM), ("/in", FORM), ("/in", "application/json")} <= app.state.sent


async def test_a_form_that_takes_too_much_is_seen_and_keeps_nobody(look):
    app = forms(bounded=False, limit=None)
    seen = await look(app, **OF_FORMS)
    assert seen.value("inputs.auth_refused_pct") < 100
    assert seen.value("inputs.oversize_refused") is False
    assert app.state.people == []
    assert seen.survey.left == ()


async def test_no_more_is_sent_than_the_target_allows(look, members):
    seen = await look(platform(members), negative={"requests": 7, "seconds": 10})
    assert seen.value("inputs.cases") <= 7
    assert seen.value("inputs.auth_cases") == seen.value("inputs.cases")


async def test_without_a_document_or_a_login_all_is_unknown(target_of, observe):
    seen = await observe(inputs, target_of("http://127.0.0.1:1"))
    assert {row.status for row in seen.values()} == {"unavailable"}
    assert seen["inputs.cases"].reason == "the target file names no routes.openapi"
    assert seen["inputs.oversize_refused"].reason == "the target file names no login"


def test_signing_in_comes_first_and_every_operation_has_its_turn():
    def trials(operation, template, count):
        described = Described("POST", template)
        return [Trial(operation, described, Case(f"{template} {turn}", template)) for turn in range(count)]

    found = chosen([*trials("", "/a", 3), *trials("", "/b", 1), *trials("sign_in", "/in", 2)], 5)
    assert [trial.case.what for trial in found] == ["/in 0", "/in 1", "/a 0", "/b 0", "/a 1"]
