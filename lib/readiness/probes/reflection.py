"""Reflection: whether a page repeats what was asked for in a way that could become a part of it."""

import asyncio
import html
import re
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from readiness.answers.obstacle import away
from readiness.errors import Unobservable
from readiness.evidence import Fact
from readiness.probes import Context, Observation, observed, probe, settled
from readiness.probes.openapi import operations
from readiness.stranger import mark
from readiness.wire.exchange import Exchange

PARAMETERS = 20
"""Parameters of pages that are tried at most."""

_READ = 200_000  # characters of a page that are searched
_LINK = re.compile(r"<a\b[^<>]{0,500}?\bhref\s*=\s*[\"']([^\"'<>]{1,500}\?[^\"'<>]{1,500})[\"']", re.IGNORECASE)
_FORM = re.compile(r"<form\b([^<>]{0,1000})>(.{0,20000}?)</form>", re.IGNORECASE | re.DOTALL)
_NAMED = re.compile(r"<(?:input|textarea|select)\b[^<>]{0,500}?\bname\s*=\s*[\"']?([\w.\-\[\]]{1,60})", re.IGNORECASE)


@dataclass(frozen=True)
class Place:
    """One query parameter of one page, and the others' values."""

    url: str
    query: tuple[tuple[str, str], ...]
    name: str

    def asked(self, value: str) -> str:
        """The page's address with this value."""
        pairs = {**dict(self.query), self.name: value}
        return f"{self.url}?{urlencode(pairs)}"


@probe(
    Fact("reflection.parameters", "number", "Query parameters of pages that a marker was sent in.", "parameters"),
    Fact("reflection.unencoded", "number", "Query parameters whose value a page repeats as markup.", "parameters"),
    deadline=60,
)
async def reflection(context: Context) -> AsyncIterator[Observation]:
    """Send a marker that is harmless markup in every query parameter of the pages that can be found."""
    trying = asyncio.create_task(_tried(context))
    yield await settled("reflection.parameters", _counted(context, "reflection.parameters", trying))
    yield await settled("reflection.unencoded", _counted(context, "reflection.unencoded", trying))


async def _counted(context: Context, fact: str, trying: "asyncio.Task[list[Exchange]]") -> Observation:
    pages = await asyncio.shield(trying)
    if fact.endswith("parameters"):
        return observed(fact, len(pages), *pages)
    bare = [page for page in pages if repeats_markup(page, mark(context.now))]
    return observed(fact, len(bare), *(bare or pages))


async def _tried(context: Context) -> list[Exchange]:
    """The pages that came back."""
    places = await _places(context)
    if not places:
        raise Unobservable("no page with a query parameter was found (routes.search names one)")
    marker = marker_of(mark(context.now))
    answers = await asyncio.gather(*(context.client.get(place.asked(marker), follow=1) for place in places))
    pages = [
        answer for answer in answers if not away(answer) and answer.media_type in ("text/html", "application/xhtml+xml")
    ]
    if not pages:
        raise Unobservable("no parameter was answered with a page", *answers)
    return pages


def marker_of(word: str) -> str:
    """Text that closes an attribute and opens an element, and does nothing."""
    return f'{word}"><x y={word}>'


def repeats_markup(page: Exchange, word: str) -> bool:
    """The page holds the marker's element as it was sent; encoded, it is nothing but text."""
    return f"<x y={word}>" in page.text


async def _places(context: Context) -> list[Place]:
    """Parameters of the declared search page, of what the declared page links to, and of pages in the document."""
    routes, found = context.target.routes, dict[tuple[str, str], Place]()

    def add(url: str) -> None:
        parts = urlsplit(url)
        if parts.hostname not in context.target.hosts:
            return
        query = tuple(parse_qsl(parts.query, keep_blank_values=True))
        for name, _ in query:
            base = f"{parts.scheme}://{parts.netloc}{parts.path}"
            found.setdefault((base, name), Place(base, query, name))

    if routes.search:
        add(context.url(routes.search))
    page = await context.client.get(context.url(routes.page), follow=3)
    if page.ok and page.media_type == "text/html":
        for url in linked(page):
            add(url)
    with suppress(Unobservable):  # without a document its pages are not known; the others are
        for one in await operations(context):
            names = [text.removeprefix("query ") for text in one.strings if text.startswith("query ")]
            if one.method == "GET" and "text/html" in one.media and names:
                add(context.url(one.address(query={**one.query, **{n: one.query.get(n, "x") for n in names}})))
    return list(found.values())[:PARAMETERS]


def linked(page: Exchange) -> list[str]:
    """Addresses with a query that a page links to, and those of its forms that are sent with GET."""
    text = page.text[:_READ]
    found = [urljoin(page.final_url, html.unescape(link)) for link in _LINK.findall(text)]
    for head, body in _FORM.findall(text):
        if re.search(r"method\s*=\s*[\"']?post", head, re.IGNORECASE):
            continue
        action = re.search(r"action\s*=\s*[\"']([^\"']{0,500})", head, re.IGNORECASE)
        names = dict.fromkeys(_NAMED.findall(body), "x")
        if names:
            found.append(urljoin(page.final_url, html.unescape(action[1]) if action else "") + "?" + urlencode(names))
    return found
