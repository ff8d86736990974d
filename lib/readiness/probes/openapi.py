"""OpenAPI: whether the platform publishes a description of its API that people and programs can use."""

import html
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

from readiness.answers.description import Description, read
from readiness.answers.examination import examine
from readiness.answers.obstacle import away
from readiness.evidence import Fact
from readiness.probes import Context, Observation, observed, probe, unavailable
from readiness.stranger import catch_all, lost
from readiness.wire.exchange import Exchange

_SHARES = ("with_examples_pct", "with_summary_pct", "with_errors_pct", "write_operations_typed_pct")
_EXAMINED = ("valid", "operations", *_SHARES, "examples_invalid")
_LOADERS = ("swagger-ui", "swaggerui", "redoc", "rapidoc", "stoplight", "scalar", "elements-api")


@probe(
    Fact("openapi.published", "boolean", "The platform publishes an OpenAPI document of its API."),
    Fact("openapi.valid", "boolean", "The document follows the OpenAPI specification."),
    Fact("openapi.operations", "number", "Operations that the document describes.", "operations"),
    Fact("openapi.with_examples_pct", "number", "Operations that show an example of a successful answer.", "%"),
    Fact("openapi.with_summary_pct", "number", "Operations that say in a line what they do.", "%"),
    Fact("openapi.with_errors_pct", "number", "Operations that document how they refuse.", "%"),
    Fact("openapi.write_operations_typed_pct", "number", "Writing operations that give every member a type.", "%"),
    Fact("openapi.examples_invalid", "number", "Examples that do not fit their own schema.", "examples"),
    Fact("openapi.page_renders", "boolean", "A page shows the API's documentation to people."),
    deadline=60,
)
async def openapi(context: Context) -> AsyncIterator[Observation]:
    """GET the document and the documentation page; examine the document in a process of its own."""
    answer = await document(context)
    description: Description | None = None
    if answer is None or (reason := away(answer)) or (reason := _cut_off(answer)):
        reason = reason if answer else "the target file names no routes.openapi"
        seen = (answer,) if answer else ()
        yield unavailable("openapi.published", reason, *seen)
    else:
        description = read(answer.body) if answer.ok else None
        yield observed("openapi.published", description is not None, answer)
        reason = f"no OpenAPI document was published: status {answer.status}, {answer.media_type or 'no media type'}"
    yield await page_renders(context, description)
    if description is None or answer is None:
        for name in _EXAMINED:
            yield unavailable(f"openapi.{name}", reason, *((answer,) if answer else ()))
        return
    found = await examine(answer.body)
    foreign = description.foreign()
    for name in _EXAMINED:
        if name in found:
            yield observed(f"openapi.{name}", found[name], answer)
        else:
            yield unavailable(f"openapi.{name}", _why_not(name, found, foreign), answer)


async def document(context: Context) -> Exchange | None:
    """The answer to GET of the OpenAPI document, shared by all who need it; None where the target declares none."""
    route = context.target.routes.openapi
    return await context.client.get(context.url(route), follow=3) if route else None


def _cut_off(answer: Exchange) -> str:
    return "the document is larger than what is read of one answer (8 MB)" if answer.truncated else ""


def _why_not(name: str, found: dict[str, object], foreign: str) -> str:
    if found.get("operations") == 0:
        return "the document has no operations"
    if name == "write_operations_typed_pct" and "with_errors_pct" in found:
        return "the document has no writing operation with a JSON body"
    if foreign and "operations" in found:
        return f"the document refers to another one, which is not fetched: {foreign[:100]}"
    if name == "examples_invalid" and "valid" in found:
        return "the document has no examples, or they took too long to check"
    return "the document took too long to examine"


async def page_renders(context: Context, description: Description | None) -> Observation:
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
    if not shows(page, routes.openapi, description):
        return observed(fact, False, page)
    # what the page for everything shows as well says nothing of this one
    return observed(fact, not (catch_all(page, missing) and shows(missing, routes.openapi, description)), page, missing)


def shows(page: Exchange, route: str | None, description: Description | None) -> bool:
    """The page loads the API's document or names the API."""
    return _loads(page, route) or names(page, description)


def _loads(page: Exchange, route: str | None) -> bool:
    """The page loads the document: it names its address, together with a viewer or on its own."""
    text = html.unescape(page.text)
    if route and (f'"{route}"' in text or f"'{route}'" in text or _absolute(page, route) in text):
        return True
    name = urlsplit(route or "").path.rpartition("/")[2]
    return bool(name) and name in text and any(viewer in text.lower() for viewer in _LOADERS)


def _absolute(page: Exchange, route: str) -> str:
    parts = urlsplit(page.final_url)
    return f"{parts.scheme}://{parts.netloc}{route}"


def names(page: Exchange, description: Description | None) -> bool:
    """The page names the API by its title, and its title is more than a word or two letters, or one of its paths."""
    if description is None:
        return False
    text = html.unescape(page.text)
    paths = [operation.path for operation in description.operations if len(operation.path) > 3]
    return (len(description.title) > 3 and description.title in text) or any(path in text for path in paths)
