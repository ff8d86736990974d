"""The web app: pages for people, and the way from them to the API.

It is an origin of its own. Requests below `/api/` are handed on to the API in the same process, so that a browser
needs no cross-origin rules, whatever ports the platform listens on.
"""

from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment as Templates
from jinja2 import FileSystemLoader, StrictUndefined
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from ..behaviour import Behaviour
from .texts import TEXTS

SECTIONS = {
    "profile": "Profile",
    "sessions": "Devices",
    "keys": "API keys",
    "notices": "Notices",
    "privacy": "Your data",
}
"""Sections of the dashboard, in the order of its menu."""

_PAGES = ("sign-up", "sign-in", "forgot", "reset", "verify", "confirm-email")
_HERE = Path(__file__).parent
_KINDS = {"app.js": "text/javascript", "app.css": "text/css", "icon.svg": "image/svg+xml"}
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",  # the address of a page may hold a token from a mail
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}


class App:
    """ASGI app of the web app's host: `/api/` goes to the API, everything else to the pages."""

    def __init__(self, api: ASGIApp, behaviour: Behaviour) -> None:
        self.api, self.pages = api, _pages(behaviour)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        to_the_api = scope["type"] == "http" and scope["path"].startswith("/api/")
        await (self.api if to_the_api else self.pages)(scope, receive, send)


def _pages(behaviour: Behaviour) -> FastAPI:
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    templates = Templates(
        loader=FileSystemLoader([_HERE / "templates", _HERE / "static"]), autoescape=True, undefined=StrictUndefined
    )
    sections = {name: title for name, title in SECTIONS.items() if name != behaviour.web_section_removed}
    texts = TEXTS | ({behaviour.web_untranslated: behaviour.web_untranslated} if behaviour.web_untranslated else {})

    def render(name: str, status: int = 200, **values: Any) -> HTMLResponse:
        # the menu goes on naming a section that is not there: a dead link is what people would meet
        page = templates.get_template(f"{name}.html.j2")
        response = HTMLResponse(page.render(behaviour=behaviour, menu=SECTIONS, **values), status, headers=_HEADERS)
        if behaviour.web_tracks_unasked:
            response.set_cookie("visitor", "c7a1f0", max_age=31_536_000, secure=True, samesite="lax")
        return response

    @app.get("/")
    async def start() -> Response:
        return render("start")

    @app.get("/privacy")
    async def privacy() -> Response:
        if behaviour.web_policy == "missing":
            raise HTTPException(404)
        return render("policy" if behaviour.web_policy == "whole" else "start")

    @app.get("/dashboard")
    async def dashboard() -> Response:
        return RedirectResponse("/dashboard/profile", headers=_HEADERS)

    @app.get("/dashboard/{section}")
    async def section(section: str) -> Response:
        if section not in sections:
            raise HTTPException(404)
        return render("section", section=section, title=sections[section])

    @app.get("/static/{name}")
    async def static(name: str) -> Response:
        if name not in _KINDS:
            raise HTTPException(404)
        source = templates.get_template(name)
        # only the script depends on the behaviour; quoting for HTML has no place in it, `tojson` quotes its values
        content = source.render(behaviour=behaviour, texts=texts)
        return Response(content, media_type=_KINDS[name], headers=_HEADERS)

    @app.get("/{name}")
    async def page(name: str) -> Response:
        if name not in _PAGES:
            raise HTTPException(404)
        return render(name)

    @app.exception_handler(HTTPException)
    async def missing(request: Request, error: HTTPException) -> Response:
        return render("missing", error.status_code)

    return app
