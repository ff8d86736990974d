"""Injection: a search that binds its words, and searches that put them into the statement."""

import asyncio
import importlib
import re
import sqlite3
import time
from datetime import UTC, datetime
from urllib.parse import parse_qsl

import pytest
from readiness.body import FORM
from readiness.probes.injection import gist, injection, shows_database_error
from readiness.wire.exchange import Exchange
from starlette.applications import Starlette
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

pytestmark = pytest.mark.usefixtures("documents_once")

NOW = datetime(2026, 3, 2, tzinfo=UTC)
Q = {"name": "q", "in": "query", "required": True, "schema": {"type": "string"}, "example": "password"}
DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "Fake", "version": "1"},
    "paths": {"/v1/words": {"get": {"parameters": [Q], "responses": {"200": {"description": "x"}}}}},
}


def platform(search, document=DOCUMENT):
    async def described(request):
        return JSONResponse(document)

    async def words(request):
        return await asyncio.to_thread(search, request.query_params["q"])

    return Starlette(routes=[Route("/openapi.json", described), Route("/v1/words", words)])


def found(where, *values):
    connection = sqlite3.connect(":memory:")
    connection.create_function("pg_sleep", 1, lambda seconds: time.sleep(seconds) or 1)
    connection.execute("create table words (text)")
    connection.executemany("insert into words values (?)", [("forgotten password",), ("password",), ("device",)])
    # SQLite calls a function where PostgreSQL reads from it
    where = re.sub(r"select 1 from pg_sleep\(", "select pg_sleep(", where)
    rows = connection.execute(f"select text from words where {where}", values).fetchall()
    connection.close()
    return JSONResponse({"items": rows})


def bound(q):
    return found("text like '%' || ? || '%'", q)


def formatted(q):
    try:
        return found(f"text like '%{q}%'")
    except sqlite3.Error:
        return PlainTextResponse("Something went wrong", 500)


def telling(q):
    try:
        return found(f"text like '%{q}%'")
    except sqlite3.Error as error:
        return PlainTextResponse(f"sqlite3.OperationalError: {error}", 500)


def restless(q):
    return JSONResponse({"items": ["x"] * (time.monotonic_ns() % 97)})


def refusing(q):
    return bound(q) if q.isalnum() else Response(status_code=422)


def slow(q):
    time.sleep(0.15)
    return bound(q)


@pytest.fixture
def look(serve, target_of, observe, monkeypatch):
    monkeypatch.setattr(importlib.import_module("readiness.probes.injection"), "SLEEP_S", 0.3)

    async def run(app, **keys):
        return await observe(injection, target_of(serve(app), **{"routes": {"openapi": "/openapi.json"}, **keys}))

    return run


def verdict(seen):
    return tuple(seen.value(f"injection.{name}") for name in ("delays", "changed_meaning", "database_errors"))


@pytest.mark.parametrize(
    ("search", "seen"),
    [
        (bound, (0, 0, 0)),
        (refusing, (0, 0, 0)),
        (restless, (0, 0, 0)),
        (slow, (0, 0, 0)),
        (formatted, (1, 1, 0)),
        (telling, (1, 1, 1)),
    ],
)
async def test_what_pieces_of_sql_do_is_seen(look, search, seen):
    result = await look(platform(search))
    assert result.value("injection.parameters") == 1
    if verdict(result) != seen:  # a machine that is busy just then hides a delay, and never twice
        result = await look(platform(search))
    assert verdict(result) == seen


async def test_an_operation_that_fails_without_any_payload_says_nothing(look):
    seen = await look(platform(lambda q: Response(status_code=500)))
    assert {row.status for row in seen.values()} == {"unavailable"}
    assert "status 500 without any payload" in seen["injection.delays"].reason


async def test_only_writing_operations_that_change_nothing_are_tried(look):
    schema = {"type": "object", "properties": {"email": {"type": "string"}}}
    post = {"requestBody": {"content": {"application/json": {"schema": schema}}}, "responses": {}}
    asked = []

    async def take(request):
        asked.append(request.url.path)
        return JSONResponse({}, 401)

    app = platform(bound, {**DOCUMENT, "paths": {"/v1/in": {"post": post}, "/v1/notes": {"post": post}}})
    app.router.routes += [Route(path, take, methods=["POST"]) for path in ("/v1/in", "/v1/notes")]
    seen = await look(app, operations={"sign_in": {"path": "/v1/in", "body": {"email": "{email}"}}})
    assert set(asked) == {"/v1/in"}
    assert seen.value("injection.parameters") == 1


@pytest.mark.parametrize(("search", "seen"), [(bound, (0, 0, 0)), (formatted, (1, 0, 0))])
async def test_the_fields_of_a_form_are_tried_as_well(look, search, seen):
    schema = {"type": "object", "properties": {"word": {"type": "string", "minLength": 8}}}
    post = {"requestBody": {"content": {FORM: {"schema": schema}}}, "responses": {}}

    async def take(request):
        if request.headers.get("content-type") != FORM:
            return Response(status_code=415)
        fields = dict(parse_qsl((await request.body()).decode()))
        return await asyncio.to_thread(search, fields["word"])

    app = platform(bound, {**DOCUMENT, "paths": {"/v1/in": {"post": post}}})
    app.router.routes.append(Route("/v1/in", take, methods=["POST"]))
    result = await look(app, operations={"sign_in": {"path": "/v1/in", "form": {"word": "{email}"}}})
    assert result.value("injection.parameters") == 1
    assert verdict(result) == seen


async def test_a_document_without_texts_or_no_document_is_unknown(look):
    paths = {"/v1/words": {"get": {"responses": {}}}}
    seen = await look(platform(bound, {**DOCUMENT, "paths": paths}))
    assert seen["injection.delays"].reason == "the document describes no parameter that takes a text"
    seen = await look(platform(bound), routes={})
    assert seen["injection.parameters"].reason == "the target file names no routes.openapi"


def answered(body, media_type="application/json"):
    headers = (("content-type", media_type),)
    return Exchange(method="GET", url="http://a/", status=200, headers=headers, body=body, observed_at=NOW)


def test_the_gist_of_an_answer_leaves_out_what_it_repeats_and_what_changes():
    assert gist(answered(b'{"at": "1", "items": [1, 2]}'), "a") == gist(answered(b'{"at": "2", "items": [3, 4]}'), "b")
    assert gist(answered(b'{"items": [1, 2]}'), "a") != gist(answered(b'{"items": [1]}'), "a")
    pages = [b"<p>No 'a<b' in 123</p>", b"<p>No 'c&gt;d' in 456</p>"]
    assert gist(answered(pages[0], "text/html"), "a<b") == gist(answered(pages[1], "text/html"), "c>d")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('ERROR: syntax error at or near "x"', True),
        ("You have an error in your SQL syntax; check the manual", True),
        ('column "x" does not exist', True),
        ("unterminated quoted string at or near", True),
        ("The search has a syntax error.", False),
        ("Select a plan", False),
    ],
)
def test_the_text_of_a_database_s_error(text, shown):
    assert shows_database_error(answered(text.encode())) is shown
