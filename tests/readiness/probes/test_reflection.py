"""Reflection: pages that encode what they repeat, and pages that make it a part of themselves."""

import html

import pytest
from readiness.probes.reflection import linked, reflection
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

pytestmark = pytest.mark.usefixtures("documents_once")


def platform(shown=html.escape, page="", made=HTMLResponse):
    async def home(request):
        return HTMLResponse(page)

    async def search(request):
        query = request.query_params
        return made(f'<input name="q" value="{shown(query.get("q", ""))}"><p>{html.escape(query.get("tab", ""))}</p>')

    return Starlette(routes=[Route("/", home), Route("/search", search)])


@pytest.fixture
def look(serve, target_of, observe):
    async def run(app, **keys):
        return await observe(reflection, target_of(serve(app), **{"routes": {"search": "/search?q=a&tab=b"}, **keys}))

    return run


@pytest.mark.parametrize(
    ("shown", "bare"),
    [
        (html.escape, 0),
        (lambda text: text, 1),
        (lambda text: text.replace('"', "&quot;"), 1),
        (lambda text: text.replace("<", "&lt;"), 0),
        (lambda text: "", 0),
    ],
)
async def test_a_marker_that_comes_back_as_markup_is_counted(look, shown, bare):
    seen = await look(platform(shown))
    assert seen.value("reflection.parameters") == 2
    assert seen.value("reflection.unencoded") == bare


@pytest.mark.parametrize(
    "page",
    [
        '<a class="x" href="/search?q=a">Search</a>',
        '<form action="/search"><input type="search" name="q"></form>',
        '<form action="/search" method=get><textarea name=q></textarea></form>',
    ],
)
async def test_pages_are_found_by_links_and_forms(look, page):
    seen = await look(platform(lambda text: text, page), routes={})
    assert (seen.value("reflection.parameters"), seen.value("reflection.unencoded")) == (1, 1)


@pytest.mark.parametrize(
    "page",
    ['<a href="https://other.example/?q=a">', '<form method="post"><input name="q"></form>', "<a href='/a'>", ""],
)
async def test_what_is_elsewhere_or_sent_otherwise_is_not_asked(look, page):
    seen = await look(platform(page=page), routes={})
    assert "no page with a query parameter was found" in seen["reflection.unencoded"].reason


async def test_a_page_of_the_document_is_found(serve, target_of, observe):
    parameter = {"name": "q", "in": "query", "schema": {"type": "string"}}
    operation = {"parameters": [parameter], "responses": {"200": {"description": "x", "content": {"text/html": {}}}}}
    document = {"openapi": "3.1.0", "info": {}, "paths": {"/search": {"get": operation}}}

    async def described(request):
        return JSONResponse(document)

    app = platform(lambda text: text)
    app.router.routes.append(Route("/openapi.json", described))
    seen = await observe(reflection, target_of(serve(app), routes={"openapi": "/openapi.json"}))
    assert (seen.value("reflection.parameters"), seen.value("reflection.unencoded")) == (1, 1)


@pytest.mark.parametrize(
    "made", [PlainTextResponse, lambda text: Response(text, 429), lambda text: Response(text, 503)]
)
async def test_what_is_no_page_says_nothing(look, made):
    seen = await look(platform(lambda text: text, made=made))
    assert seen["reflection.unencoded"].reason == "no parameter was answered with a page"


async def test_a_page_full_of_half_written_forms_takes_no_time(serve, target_of):
    from datetime import UTC, datetime

    from readiness.wire.exchange import Exchange

    body = b"<form " * 30_000 + b'<a href="?' * 3_000
    page = Exchange(method="GET", url="http://a/", body=body, observed_at=datetime(2026, 1, 1, tzinfo=UTC))
    assert linked(page) == []
