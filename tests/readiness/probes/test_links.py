"""Links: where the documentation page leads, as it is served."""

import pytest
from readiness.probes.links import links
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.routing import Route


@pytest.fixture
def look(serve, target_of, observe):
    async def ask(body, docs="/docs", status=200):
        def answer(text, code=200):
            return lambda request: PlainTextResponse(text, code)

        routes = [
            Route("/docs", lambda request: HTMLResponse(body, status)),
            Route("/docs/guide", answer("guide")),
            Route("/private", answer("who?", 401)),
            Route("/away", answer("later", 503)),
        ]
        return await observe(links, target_of(serve(Starlette(routes=routes)), routes={"docs": docs} if docs else {}))

    return ask


async def test_a_page_whose_links_are_all_there_passes(look):
    seen = await look(
        '<a href="/docs/guide#top">a</a><a href="/docs/guide">b</a><a href="/private">c</a><a href="mailto:a@b">'
    )
    assert (seen.value("links.docs"), seen.value("links.docs_broken")) == (2, 0)


async def test_broken_links_are_counted_and_those_that_cannot_be_told_left_open(look):
    seen = await look(
        '<a href="/docs/guide">a</a><a href="gone">b</a><iframe src="/lost"></iframe><a href="/away">c</a>'
    )
    row = seen["links.docs_broken"]
    assert (seen.value("links.docs"), row.low, row.high) == (4, 2, 3)


async def test_a_page_that_leads_nowhere_has_no_broken_link(look):
    seen = await look("<script>render()</script>")
    assert seen.value("links.docs") == 0
    assert seen["links.docs_broken"].reason == "the page as it is served leads nowhere"


async def test_without_a_page_there_is_nothing_to_follow(look):
    assert (await look("", docs=""))["links.docs"].reason == "the target file names no routes.docs"
    assert "status 404" in (await look("", status=404))["links.docs"].reason
