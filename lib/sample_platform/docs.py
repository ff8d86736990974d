"""The OpenAPI document, and a page that shows it without a script from elsewhere."""

import html
import json
from typing import Any

from fastapi import FastAPI, Response
from fastapi.openapi.utils import get_openapi
from fastapi.responses import HTMLResponse

from .behaviour import Behaviour
from .environment import VERSION
from .errors import PROBLEM_SCHEMA
from .pages import page

TITLE = "Sample Identity API"
_METHODS = ("get", "post", "put", "patch", "delete")


def install(app: FastAPI, behaviour: Behaviour, base: str) -> None:
    """Serve the document at `/openapi.json` and the page at `/docs`."""
    document = make(app, behaviour)
    text = json.dumps({**_as_published(document, behaviour), "servers": [{"url": base}]})

    async def openapi() -> Response:
        return Response(text, media_type="application/json")

    async def docs() -> HTMLResponse:
        if not behaviour.docs_page:
            return HTMLResponse("<!doctype html><title>Error</title><p>Something went wrong.</p>")
        more = behaviour.documented_operation
        extra = f'<section class="operation"><h2><code>POST {more}</code></h2></section>' if more else ""
        link = f'<p><a href="{behaviour.docs_link}">The OpenAPI document</a></p>'
        return page(TITLE, link + _operations(document) + extra)

    app.add_api_route("/openapi.json", openapi, include_in_schema=False)
    app.add_api_route("/docs", docs, include_in_schema=False)


_MADE: dict[tuple[bool, bool], dict[str, Any]] = {}


def make(app: FastAPI, behaviour: Behaviour) -> dict[str, Any]:
    """Return the document without the server's address.

    It takes half a second, so it is made once in a process for all platforms with the same operations.
    """
    key = behaviour.security_txt, behaviour.legacy_operation
    if key not in _MADE:
        _MADE[key] = _document(app)
    return _MADE[key]


def _document(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(
        title=TITLE,
        version=VERSION,
        summary="Accounts and sessions for applications.",
        description="Sign up, sign in, stay signed in. Errors are problem details (RFC 9457).",
        routes=app.routes,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        contact={"name": "Sample", "email": "api@sample.test"},
    )
    document["components"]["schemas"]["Problem"] = PROBLEM_SCHEMA
    for item in document["paths"].values():
        for operation in item.values():
            operation.setdefault("security", [])  # said aloud: anybody may ask
    return document


def _as_published(document: dict[str, Any], behaviour: Behaviour) -> dict[str, Any]:
    published = json.loads(json.dumps(document))
    if not behaviour.docs_examples:
        published = _without(published, {"example", "examples"})
    if not behaviour.security_declared:
        del published["paths"]["/.well-known/jwks.json"]["get"]["security"]
    if not behaviour.texts_bounded_in_document:
        del published["components"]["schemas"]["SignIn"]["properties"]["password"]["maxLength"]
    if not behaviour.openapi_valid:
        del published["info"]
    assert isinstance(published, dict)
    return published


def _without(value: Any, names: set[str]) -> Any:
    match value:
        case dict():
            return {key: _without(inner, names) for key, inner in value.items() if key not in names}
        case list():
            return [_without(inner, names) for inner in value]
    return value


def _operations(document: dict[str, Any]) -> str:
    sections = [
        _section(path, method, item[method])
        for path, item in document["paths"].items()
        for method in _METHODS
        if method in item
    ]
    return '<p><label>Filter <input id="filter" type="search"></label></p>' + "".join(sections)


def _section(path: str, method: str, operation: dict[str, Any]) -> str:
    answers = "".join(
        f"<li><code>{status}</code> {html.escape(answer['description'])}</li>"
        for status, answer in operation["responses"].items()
    )
    shown = [
        media["example"]
        for status, answer in operation["responses"].items()
        if status.startswith("2")
        for media in answer.get("content", {}).values()
        if "example" in media
    ]
    example = f"<pre>{html.escape(json.dumps(shown[0], indent=2))}</pre>" if shown else ""
    return (
        f'<section class="operation"><h2><code>{method.upper()} {html.escape(path)}</code></h2>'
        f"<p>{html.escape(operation['summary'])}. {html.escape(operation.get('description', ''))}</p>"
        f"<ul>{answers}</ul>{example}</section>"
    )
