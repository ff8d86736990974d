"""OpenAPI: a document and its page, published or not, and pages that only look like them."""

import asyncio
import importlib
from datetime import UTC, datetime

import pytest
from fastapi import FastAPI
from readiness.answers import examination
from readiness.probes.openapi import openapi, page_renders
from readiness.probes.versioning import versioning
from readiness.survey import context_of
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

NOW = datetime(2026, 3, 2, tzinfo=UTC)
KEYS = {"routes": {"openapi": "/openapi.json", "docs": "/docs"}}
DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "Fake identity", "version": "1"},
    "paths": {"/v1/me": {"get": {"summary": "Me", "responses": {"200": {"description": "x"}}}}},
}


def platform(document, docs=None):
    async def described(request):
        return document

    async def page(request):
        return docs or HTMLResponse("<script>load({url: '/openapi.json'})</script>")

    return Starlette(routes=[Route("/openapi.json", described), Route("/docs", page)])


@pytest.fixture
def look(serve, target_of, observe):
    async def run(app, **keys):
        return await observe(openapi, target_of(serve(app), **{**KEYS, **keys}))

    return run


async def test_a_real_application_is_judged(look):
    app = FastAPI(title="Real")

    @app.get("/v1/me", responses={401: {"description": "Not signed in"}})
    def me():
        return {}

    seen = await look(app)
    assert seen.value("openapi.published") is True
    assert seen.value("openapi.valid") is True
    assert seen.value("openapi.operations") == 1
    assert seen.value("openapi.with_examples_pct") == 0
    assert seen.value("openapi.with_summary_pct") == 100
    assert seen.value("openapi.with_errors_pct") == 100
    assert "no writing operation" in seen["openapi.write_operations_typed_pct"].reason
    assert "no examples" in seen["openapi.examples_invalid"].reason
    assert seen.value("openapi.page_renders") is True


@pytest.mark.parametrize(
    "document", [Response(status_code=404), HTMLResponse("<h1>hello</h1>"), JSONResponse({"swagger": "2.0"})]
)
async def test_no_document_is_not_published_and_the_rest_is_unknown(look, document):
    seen = await look(platform(document))
    assert seen.value("openapi.published") is False
    assert seen["openapi.valid"].status == "unavailable"
    assert seen["openapi.operations"].status == "unavailable"


async def test_an_empty_document_passes_nothing(look):
    seen = await look(platform(JSONResponse({**DOCUMENT, "paths": {}})))
    assert seen.value("openapi.operations") == 0
    for name in ("with_examples_pct", "with_summary_pct", "with_errors_pct", "examples_invalid"):
        assert seen[f"openapi.{name}"].status == "unavailable", name


@pytest.mark.parametrize(
    ("docs", "renders"),
    [
        (HTMLResponse("<title>Fake identity</title>"), True),
        (HTMLResponse("<p>GET /v1/me</p>"), True),
        (HTMLResponse("<redoc spec-url=openapi.json></redoc>"), True),
        (HTMLResponse("<title>Welcome</title>"), False),
        (HTMLResponse(" " * 300_000 + "<title>Fake identity</title>"), None),
        (HTMLResponse("<title>Fake identity</title>", 500), False),
        (JSONResponse({"title": "Fake identity"}), False),
        (Response(status_code=404), False),
    ],
)
async def test_the_page_must_show_or_load_the_api(serve, target_of, docs, renders):
    target = target_of(serve(platform(JSONResponse(DOCUMENT), docs)), **KEYS)
    found = {"published": True, "title": "Fake identity", "paths": ["/v1/me"]}
    async with context_of(target, lambda: NOW) as context:
        observation = await page_renders(context, found)
    assert observation.value is renders


async def test_a_page_is_not_held_against_a_document_that_could_not_be_read(look):
    seen = await look(platform(Response(status_code=429), HTMLResponse("<title>Fake identity</title>")))
    assert seen["openapi.page_renders"].status == "unavailable"


async def test_a_page_that_answers_to_everything_is_no_documentation(look):
    async def page(request):
        return HTMLResponse("<title>Fake identity</title>")

    app = platform(JSONResponse(DOCUMENT))
    app.router.routes = [app.router.routes[0], Route("/{path:path}", page)]
    assert (await look(app)).value("openapi.page_renders") is False


async def test_undeclared_routes_rate_limits_and_hangs_are_unknown(look):
    seen = await look(platform(JSONResponse(DOCUMENT)), routes={})
    assert seen["openapi.published"].reason == "the target file names no routes.openapi"
    assert seen["openapi.page_renders"].reason == "the target file names no routes.docs"
    seen = await look(platform(Response(status_code=429)))
    assert seen["openapi.published"].status == "unavailable"

    async def hang(request):
        await asyncio.sleep(5)

    seen = await look(Starlette(routes=[Route("/{path:path}", hang)]), pace={"timeout": "0.3s"})
    assert {row.status for row in seen.values()} == {"unavailable"}


async def test_one_document_is_examined_once_for_all_who_need_it(serve, target_of, monkeypatch):
    bodies = []

    async def examine(body, declared):
        bodies.append(body)
        return await examination.examine(body, declared)

    monkeypatch.setattr(importlib.import_module("readiness.probes.openapi"), "examine", examine)
    target = target_of(serve(platform(JSONResponse(DOCUMENT))), **KEYS)
    async with context_of(target, lambda: NOW) as context:
        seen = {row.fact: row.value for probe in (openapi, versioning) async for row in probe.run(context)}
    assert len(bodies) == 1
    assert (seen["openapi.operations"], seen["versioning.versioned_pct"]) == (1, 100)


async def test_reading_a_hostile_document_holds_up_nobody_else(look):
    text = b"openapi: 3.1.0\nx: [" + b"{a: b}, " * 60_000 + b"]\n"
    longest, done = 0.0, False

    async def beat():
        nonlocal longest
        loop = asyncio.get_running_loop()
        while not done:
            before = loop.time()
            await asyncio.sleep(0.01)
            longest = max(longest, loop.time() - before)

    beating = asyncio.create_task(beat())
    seen = await look(platform(Response(text, media_type="application/yaml")))
    done = True
    await beating
    assert seen.value("openapi.published") is True
    assert longest < 1


BODY = {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string", "maxLength": 9}}}


@pytest.mark.parametrize(
    ("spec", "document", "share"),
    [({}, {}, 0), ({"security": []}, {}, 100), ({}, {"security": []}, 100), ({"security": [{"t": []}]}, {}, 100)],
)
async def test_an_operation_says_who_may_ask_even_if_it_is_anybody(look, spec, document, share):
    paths = {"/v1/me": {"get": {"responses": {}, **spec}}}
    seen = await look(platform(JSONResponse({**DOCUMENT, **document, "paths": paths})))
    assert seen.value("openapi.with_security_pct") == share


async def test_texts_in_bodies_without_a_greatest_length_are_counted(look):
    content = {"application/json": {"schema": BODY}}
    paths = {"/v1/me": {"post": {"requestBody": {"content": content}, "responses": {}}}}
    seen = await look(platform(JSONResponse({**DOCUMENT, "paths": paths})))
    assert (seen.value("openapi.body_texts"), seen.value("openapi.body_texts_unbounded")) == (2, 1)
    seen = await look(platform(JSONResponse(DOCUMENT)))
    assert "no body of a request" in seen["openapi.body_texts_unbounded"].reason
