"""Links: whether what the API's documentation page leads to is there."""

import asyncio
from collections.abc import AsyncIterator
from html.parser import HTMLParser
from urllib.parse import urldefrag, urljoin

from readiness.answers.obstacle import away
from readiness.errors import Unobservable
from readiness.evidence import Fact
from readiness.probes import Context, Observation, observed, probe, settled
from readiness.wire.exchange import Exchange

FOLLOWED = 60
"""Links that are followed at most."""
_GUARDED = (401, 403)


@probe(
    Fact("links.docs", "number", "Pages that the API's documentation page leads to.", "links"),
    Fact("links.docs_broken", "number", "Those that are not there.", "links"),
    deadline=90,
)
async def links(context: Context) -> AsyncIterator[Observation]:
    """GET the documentation page as it is served, and what its links lead to; no script is run."""
    looking = asyncio.create_task(_leads(context))
    yield await settled("links.docs", _counted(looking))
    yield await settled("links.docs_broken", _broken(context, looking))


async def _counted(looking: "asyncio.Task[tuple[Exchange, list[str]]]") -> Observation:
    page, found = await asyncio.shield(looking)
    return observed("links.docs", len(found), page)


async def _broken(context: Context, looking: "asyncio.Task[tuple[Exchange, list[str]]]") -> Observation:
    page, found = await asyncio.shield(looking)
    if not found:
        raise Unobservable("the page as it is served leads nowhere", page)
    answers = await asyncio.gather(*(_asked(context, url) for url in found[:FOLLOWED]))
    broken = [one for one in answers if one and not away(one) and not one.ok and one.status not in _GUARDED]
    unknown = len(found) - len(answers) + sum(one is None or bool(away(one)) for one in answers)
    return observed("links.docs_broken", len(broken), *(broken or [page]), low=len(broken), high=len(broken) + unknown)


async def _asked(context: Context, url: str) -> Exchange | None:
    try:
        return None if await context.client.off_limits(url) else await context.client.get(url, follow=3)
    except OSError:
        return None


async def _leads(context: Context) -> tuple[Exchange, list[str]]:
    route = context.target.routes.docs
    if not route:
        raise Unobservable("the target file names no routes.docs")
    page = await context.client.get(context.url(route), follow=3)
    if away(page) or not page.ok:
        raise Unobservable(away(page) or f"status {page.status} instead of the documentation page", page)
    parser = _Anchors()
    parser.feed(page.text[:1_000_000])
    urls = [urldefrag(urljoin(page.final_url or page.url, link)).url for link in parser.found]
    return page, [url for url in dict.fromkeys(urls) if url.startswith(("http://", "https://"))]


class _Anchors(HTMLParser):
    """Where the links and frames of a page lead."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """See `HTMLParser`."""
        wanted = {"a": "href", "area": "href", "iframe": "src"}.get(tag)
        self.found += [value.strip() for name, value in attrs if name == wanted and value and value.strip()]
