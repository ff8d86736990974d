"""OpenAPI: whether the platform publishes a description of its API that people and programs can use."""

import asyncio
import html
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from readiness.answers.examination import examine
from readiness.answers.negative import Described, negatives
from readiness.answers.obstacle import away
from readiness.errors import Unobservable
from readiness.evidence import Fact
from readiness.probes import Context, Observation, observed, probe, unavailable
from readiness.stranger import catch_all, lost
from readiness.wire.client import Client
from readiness.wire.exchange import Exchange

_SHARES = (
    "with_examples_pct",
    "with_summary_pct",
    "with_errors_pct",
    "with_security_pct",
    "write_operations_typed_pct",
)
_EXAMINED = ("valid", "operations", *_SHARES, "body_texts", "body_texts_unbounded", "examples_invalid")
_LOADERS = ("swagger-ui", "swaggerui", "redoc", "rapidoc", "stoplight", "scalar", "elements-api")
_PAGE_BYTES = 200_000  # of a page that are searched

_examinations: WeakKeyDictionary[Client, asyncio.Task[dict[str, Any]]] = WeakKeyDictionary()
"""The examination of a run's one document; it goes when the run's client goes."""

_made: WeakKeyDictionary[Client, asyncio.Task[list[Described]]] = WeakKeyDictionary()
"""The operations of a run's one document with their negative requests, made once for all who need them."""


@dataclass(frozen=True)
class Document:
    """The target's OpenAPI document.

    Attributes:
        answers: The answer it came in; none where the target declares no route.
        found: What its examination found, see `examination.examine`.
        reason: Why nothing was found; empty when something was.
    """

    answers: tuple[Exchange, ...] = ()
    found: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""


@probe(
    Fact("openapi.published", "boolean", "The platform publishes an OpenAPI document of its API."),
    Fact("openapi.valid", "boolean", "The document follows the OpenAPI specification."),
    Fact("openapi.operations", "number", "Operations that the document describes.", "operations"),
    Fact("openapi.with_examples_pct", "number", "Operations that show an example of a successful answer.", "%"),
    Fact("openapi.with_summary_pct", "number", "Operations that say in a line what they do.", "%"),
    Fact("openapi.with_errors_pct", "number", "Operations that document how they refuse.", "%"),
    Fact("openapi.with_security_pct", "number", "Operations that declare who may ask for them.", "%"),
    Fact("openapi.body_texts", "number", "Texts that the bodies of requests hold.", "fields"),
    Fact("openapi.body_texts_unbounded", "number", "Texts in bodies of requests without a greatest length.", "fields"),
    Fact("openapi.write_operations_typed_pct", "number", "Writing operations that give every member a type.", "%"),
    Fact("openapi.examples_invalid", "number", "Examples that do not fit their own schema.", "examples"),
    Fact("openapi.page_renders", "boolean", "A page shows the API's documentation to people."),
    deadline=60,
)
async def openapi(context: Context) -> AsyncIterator[Observation]:
    """GET the document and the documentation page; examine the document in a process of its own."""
    read = await document(context)
    if "published" in read.found:
        yield observed("openapi.published", read.found["published"], *read.answers)
    else:
        yield unavailable("openapi.published", read.reason, *read.answers)
    yield await page_renders(context, read.found)
    for name in _EXAMINED:
        if name in read.found:
            yield observed(f"openapi.{name}", read.found[name], *read.answers)
        else:
            yield unavailable(f"openapi.{name}", read.reason or _why_not(name, read.found), *read.answers)


async def document(context: Context) -> Document:
    """The target's OpenAPI document, asked for and examined once for all who need it."""
    routes = context.target.routes
    if not routes.openapi:
        return Document(reason="the target file names no routes.openapi")
    answer = await context.client.get(context.url(routes.openapi), follow=3)
    if reason := away(answer):
        return Document((answer,), reason=reason)
    if answer.truncated:
        return Document((answer,), reason="the document is larger than what is read of one answer (8 MB)")
    found = await _examined(context, answer) if answer.ok else {"published": False}
    if "published" not in found:
        return Document((answer,), reason="the document could not be read in the time it is given")
    kind = answer.media_type or "no media type"
    reason = f"no OpenAPI document was published: status {answer.status}, {kind}"
    return Document((answer,), found, "" if found["published"] else reason)


async def operations(context: Context) -> list[Described]:
    """The operations of the target's document, with what can be asked of each.

    Raises:
        Unobservable: There is no document, or it could not be read in the time it is given.
    """
    read = await document(context)
    if read.reason:
        raise Unobservable(read.reason, *read.answers)
    if context.client not in _made:
        _made[context.client] = asyncio.create_task(negatives(read.answers[0].body))
    found = await asyncio.shield(_made[context.client])
    if not found:
        raise Unobservable("no operation could be read from the document in the time it is given", *read.answers)
    return found


async def _examined(context: Context, answer: Exchange) -> dict[str, Any]:
    if context.client not in _examinations:
        routes = context.target.routes
        apart = {routes.health, routes.live, routes.ready, routes.metrics, routes.docs, routes.openapi, routes.jwks}
        apart |= {routes.security_txt, routes.page, routes.static}
        declared = [route for route in apart if route]
        _examinations[context.client] = asyncio.create_task(examine(answer.body, declared))
    # a probe that is stopped does not stop the other's examination
    return await asyncio.shield(_examinations[context.client])


def _why_not(name: str, found: Mapping[str, Any]) -> str:
    if found["operations"] == 0:
        return "the document has no operations"
    if name.startswith("body_texts") and "deprecated" in found:
        return "the document has no body of a request with a text in it"
    if name == "write_operations_typed_pct" and "with_errors_pct" in found:
        return "the document has no writing operation that takes JSON or a form"
    if found["foreign"]:
        return f"the document refers to another one, which is not fetched: {found['foreign']}"
    if name == "examples_invalid" and "valid" in found:
        return "the document has no examples with a schema to check them against, or they took too long to check"
    return "the document took too long to examine"


async def page_renders(context: Context, found: Mapping[str, Any]) -> Observation:
    """Whether the declared documentation page shows the API or loads its document."""
    fact, routes = "openapi.page_renders", context.target.routes
    if not routes.docs:
        return unavailable(fact, "the target file names no routes.docs")
    page = await context.client.get(context.url(routes.docs), follow=3)
    if reason := away(page):
        return unavailable(fact, reason, page)
    if page.status != 200 or page.media_type != "text/html":
        return observed(fact, False, page)
    missing = await lost(context)
    if not shows(page, routes.openapi, found):
        if page.truncated or len(page.body) > _PAGE_BYTES:
            return unavailable(fact, "the API is not named where the page is searched, its first 200 kB", page)
        if "published" not in found:
            return unavailable(fact, "without the API's document it cannot be told whether the page shows it", page)
        return observed(fact, False, page)
    # what the page for everything shows as well says nothing of this one
    return observed(fact, not (catch_all(page, missing) and shows(missing, routes.openapi, found)), page, missing)


def shows(page: Exchange, route: str | None, found: Mapping[str, Any]) -> bool:
    """The page loads the API's document or names the API."""
    text = html.unescape(page.body[:_PAGE_BYTES].decode("utf-8", "replace"))
    return _loads(text, page.final_url, route) or _names(text, found)


def _loads(text: str, url: str, route: str | None) -> bool:
    """The page loads the document: it names its address, together with a viewer or on its own."""
    parts = urlsplit(url)
    absolute = f"{parts.scheme}://{parts.netloc}{route}"
    if route and (f'"{route}"' in text or f"'{route}'" in text or absolute in text):
        return True
    name = urlsplit(route or "").path.rpartition("/")[2]
    return bool(name) and name in text and any(viewer in text.lower() for viewer in _LOADERS)


def _names(text: str, found: Mapping[str, Any]) -> bool:
    """The page names the API by its title, and its title is more than a word or two letters, or one of its paths."""
    title = found.get("title", "")
    return (len(title) > 3 and title in text) or any(path in text for path in found.get("paths", ()))
