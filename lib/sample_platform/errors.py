"""Errors: one shape for all of them, RFC 9457 problem details with a machine code and the request id."""

import traceback
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response

from .behaviour import Behaviour

SIGNIN = "/api/v1/auth/signin"

_CODES = {
    400: ("malformed_request", "The request body is not valid JSON."),
    401: ("unauthenticated", "Valid credentials are required."),
    403: ("forbidden", "These credentials do not allow this."),
    404: ("not_found", "There is nothing at this address."),
    405: ("method_not_allowed", "This address does not support the method."),
    409: ("conflict", "The request conflicts with the current state."),
    413: ("too_large", "The request body is too large."),
    415: ("unsupported_media_type", "The request body must be application/json."),
    422: ("invalid_fields", "Some fields are missing or invalid."),
    429: ("too_many_requests", "Too many requests; try again later."),
    500: ("internal_error", "Something went wrong on our side."),
    503: ("unavailable", "The service is temporarily unavailable."),
}

PROBLEM_SCHEMA = {
    "title": "Problem",
    "description": "Problem details for HTTP APIs (RFC 9457).",
    "type": "object",
    "required": ["type", "title", "status", "detail", "code", "request_id"],
    "properties": {
        "type": {"type": "string", "format": "uri", "maxLength": 200},
        "title": {"type": "string", "maxLength": 100},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string", "maxLength": 500},
        "code": {"type": "string", "maxLength": 60},
        "request_id": {"type": "string", "maxLength": 64},
        "errors": {
            "type": "array",
            "maxItems": 50,
            "items": {
                "type": "object",
                "required": ["field", "message"],
                "properties": {
                    "field": {"type": "string", "maxLength": 200},
                    "message": {"type": "string", "maxLength": 300},
                },
            },
        },
    },
}


class Refused(Exception):
    """A request that is answered with a problem.

    Attributes:
        status: HTTP status, 400 to 599.
        code, detail: machine code and human text; by default those of the status.
        headers: further headers of the answer.
    """

    def __init__(self, status: int, code: str | None = None, detail: str | None = None, **headers: str) -> None:
        super().__init__(status)
        self.status, self.code, self.detail = status, code, detail
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


def body(status: int, code: str | None, detail: str | None, request_id: str) -> dict[str, Any]:
    """Return the members of a problem; code and detail default to those of the status."""
    usual_code, usual_detail = _CODES.get(status, ("error", "The request failed."))
    code = code or usual_code
    return {
        "type": f"urn:sample:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail or usual_detail,
        "code": code,
        "request_id": request_id,
    }


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI `responses` of an operation for these error statuses."""
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {
                "application/problem+json": {
                    "schema": {"$ref": "#/components/schemas/Problem"},
                    "example": body(status, None, None, "5f0c6b8a4f1e4d0f9b7f0e1c2a3b4c5d"),
                }
            },
        }
        for status in statuses
    }


def respond(behaviour: Behaviour, request_id: str, error: Exception) -> Response:
    """Return the answer to an error."""
    status, code, detail, headers, fields = _read(error)
    if status == 404 and code is None and behaviour.unknown_path_status == 200:
        return HTMLResponse("<!doctype html><title>Sample</title><p>Welcome to Sample.</p>")
    members = body(status, code, detail, request_id)
    if fields:
        members["errors"] = fields
    if status == behaviour.odd_error:
        return JSONResponse({"message": members["title"]}, status, headers=headers)
    if not behaviour.error_request_id:
        del members["request_id"]
    if behaviour.error_trace:
        members["trace"] = "".join(traceback.format_exception(error))
    if not behaviour.problem_shape:
        return PlainTextResponse(members["title"], status, headers=headers)
    return JSONResponse(members, status, headers=headers, media_type="application/problem+json")


def install(app: FastAPI, behaviour: Behaviour) -> None:
    """Answer every error of an app as a problem."""

    async def handle(request: Request, error: Exception) -> Response:
        if isinstance(error, RequestValidationError):
            path, kinds = request.url.path, {one["type"] for one in error.errors()}
            too_long = "string_too_long" in kinds
            if path == SIGNIN and not behaviour.signin_validates:
                error = RuntimeError("sign-in did not expect this body")
            elif too_long and path.endswith("/refresh") and not behaviour.refresh_bounds_text:
                error = RuntimeError("value too long for type character varying(64)")
            elif too_long and path.endswith("/articles") and not behaviour.search_bounds_text:
                error = RuntimeError("word is too long to be indexed")
            elif kinds == {"extra_forbidden"} and path.endswith("/forgot") and not behaviour.forgot_refuses_unknown:
                return JSONResponse({"status": "accepted", "expires_in": 1800}, 202)
        return respond(behaviour, request.state.request_id, error)

    for kind in (HTTPException, RequestValidationError, Refused, Exception):
        app.add_exception_handler(kind, handle)


def _read(
    error: Exception,
) -> tuple[int, str | None, str | None, dict[str, str] | None, list[dict[str, str]]]:
    match error:
        case Refused():
            return error.status, error.code, error.detail, error.headers, []
        case HTTPException():
            return error.status_code, None, None, dict(error.headers or {}), []
        case RequestValidationError():
            found = error.errors()
            if any(one["type"] == "json_invalid" for one in found):
                return 400, None, None, None, []
            return 422, None, None, None, [_field(one) for one in found[:50]]
    return 500, None, None, None, []


def _field(found: dict[str, Any]) -> dict[str, str]:
    place = ".".join(str(part) for part in found["loc"])[:200]
    pattern = found["type"] == "string_pattern_mismatch"
    return {"field": place, "message": "is not in the expected form" if pattern else found["msg"][:300]}
