"""The ways of the second platform: what can be asked of it, its OpenAPI document, and how a request is read."""

import json
import secrets
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

COOKIE = "sitzung"
FORM, JSON = "application/x-www-form-urlencoded", "application/json"
LARGEST = 65_536
"""Bytes of a body."""
LONGEST = 200
"""Characters of a text."""
SHORTEST = 10
"""Characters of a password."""


@dataclass(frozen=True)
class Way:
    """One operation: who may ask for it, the texts that its body or form has to hold, and those its query may."""

    method: str
    path: str
    does: str
    who: Literal["anybody", "member", "keeper"] = "anybody"
    takes: str = ""
    media: str = JSON
    asks: str = ""

    def described(self) -> dict[str, Any]:
        """The operation in the OpenAPI document."""
        names, text = self.takes.split(), {"type": "string", "minLength": 1, "maxLength": LONGEST}
        texts = {name: {**text, "minLength": SHORTEST} if name in ("pass", "alt", "neu") else text for name in names}
        schema = {"type": "object", "required": names, "properties": texts, "additionalProperties": False}
        body = {"required": True, "content": {self.media: {"schema": schema}}}
        ids = [name for name in ("uid", "key") if f"{{{name}}}" in self.path]
        parameters = [{"in": "path", "name": name, "required": True, "schema": text} for name in ids]
        parameters += [{"in": "query", "name": name, "schema": text} for name in self.asks.split()]
        return {
            "summary": self.does.capitalize(),
            "security": [] if self.who == "anybody" else [{COOKIE: []}],
            "parameters": parameters,
            "responses": {"2XX": {"description": "Done."}, "4XX": {"description": "A problem (RFC 9457)."}},
            **({"requestBody": body} if names else {}),
        }


WAYS = (
    Way("POST", "/konto/neu", "join", takes="mail pass nick"),
    Way("POST", "/konto/neu/code", "confirm", takes="mail code"),
    Way("POST", "/konto/neu/nochmal", "remind", takes="mail", media=FORM),
    Way("POST", "/konto/anmelden", "enter", takes="mail pass", media=FORM),
    Way("POST", "/konto/vergessen", "forget", takes="mail"),
    Way("PUT", "/konto/vergessen", "reset", takes="mail code pass"),
    Way("POST", "/konto/abmelden", "leave", "member"),
    Way("GET", "/konto/ich", "me", "member"),
    Way("PUT", "/konto/ich", "rename", "member", "nick"),
    Way("PUT", "/konto/ich/passwort", "change", "member", "alt neu", FORM),
    Way("POST", "/konto/ich/ende", "vanish", "member", "pass", FORM),
    Way("GET", "/konto/sitzungen", "visits", "member"),
    Way("DELETE", "/konto/sitzungen/{key}", "end", "member"),
    Way("GET", "/mitglieder/{uid}", "show", "member"),
    Way("GET", "/verwaltung/mitglieder", "search", "keeper", asks="mail"),
    Way("DELETE", "/verwaltung/mitglieder/{uid}", "remove", "keeper"),
)


def document() -> dict[str, Any]:
    """The OpenAPI document."""
    paths: dict[str, dict[str, Any]] = {}
    for way in WAYS:
        paths.setdefault(way.path, {})[way.method.lower()] = way.described()
    cookie = {COOKIE: {"type": "apiKey", "in": "cookie", "name": COOKIE}}
    info = {"title": "Kontor", "version": "2"}
    return {"openapi": "3.1.0", "info": info, "paths": paths, "components": {"securitySchemes": cookie}}


class Refused(Exception):
    """What is answered with a problem: its status, and what it is called."""

    def __init__(self, status: int, name: str) -> None:
        self.status_code, self.detail = status, name


async def given(way: Way, request: Request) -> dict[str, str]:
    """Every text of the query, the path and the body or form."""
    query = {name: request.query_params[name] for name in way.asks.split() if name in request.query_params}
    asked = {**query, **request.path_params, **(await _taken(way, request) if way.takes else {})}
    if not all(isinstance(text, str) and 0 < len(text) <= LONGEST and text.isprintable() for text in asked.values()):
        raise Refused(422, "unusable")
    return asked


async def _taken(way: Way, request: Request) -> dict[str, Any]:
    """What the body or form holds: what is taken, and nothing else."""
    if int(request.headers.get("content-length", 0)) > LARGEST:
        raise Refused(413, "too large")
    if request.headers.get("content-type", "").partition(";")[0] != way.media:
        raise Refused(415, "another media type")
    body = await request.body()
    try:
        texts = dict(parse_qsl(body.decode(), errors="strict")) if way.media == FORM else json.loads(body)
    except (ValueError, RecursionError):
        raise Refused(400, "not understood") from None
    if not isinstance(texts, dict) or set(texts) != set(way.takes.split()):
        raise Refused(422, "other members")
    return texts


def done(result: dict[str, Any], status: int = 200) -> Response:
    """What a success is answered with."""
    return JSONResponse({"result": result}, status, headers={"Cache-Control": "no-store"})


async def problem(request: Request, refusal: Any) -> Response:
    """What a refusal is answered with (RFC 9457)."""
    name, status = str(refusal.detail), refusal.status_code
    said = {"type": f"urn:kontor:{name.lower().replace(' ', '-')}", "title": name, "status": status}
    return JSONResponse(
        {**said, "detail": f"This cannot be done: {name}.", "trace_id": secrets.token_hex(8)},
        status,
        headers={"Cache-Control": "no-store", **(getattr(refusal, "headers", None) or {})},
        media_type="application/problem+json",
    )
