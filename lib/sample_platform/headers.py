"""The outermost layer: request id, access log, headers that every answer carries, and the last resort."""

import re
import time
import uuid

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from . import errors
from .environment import Environment, milliseconds_since

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


class Frame:
    """ASGI middleware around everything else, so that errors carry the same headers as answers."""

    def __init__(self, app: ASGIApp, environment: Environment) -> None:
        self.app, self.environment = app, environment
        behaviour = environment.behaviour
        wanted = {
            "Strict-Transport-Security": behaviour.hsts,
            behaviour.csp_header: behaviour.csp,
            "X-Content-Type-Options": behaviour.content_type_options,
            "X-Frame-Options": behaviour.frame_options,
            "Referrer-Policy": behaviour.referrer_policy,
            "Permissions-Policy": behaviour.permissions_policy,
            "Server": behaviour.server,
            "X-Release": environment.release,
        }
        self.headers = {name: value for name, value in wanted.items() if value is not None}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request; never raises."""
        if scope["type"] != "http":
            return
        begun = time.perf_counter()
        request_id = _request_id(scope)
        scope.setdefault("state", {})["request_id"] = request_id
        status = 0

        async def send_framed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers.update(self.headers)
                headers.setdefault("Cache-Control", "no-store")
                if status < 400 or self.environment.behaviour.error_request_id:
                    headers["X-Request-ID"] = request_id
            await send(message)

        try:
            await self.app(scope, receive, send_framed)
        except Exception as error:
            self.environment.log.exception("request failed", extra={"fields": {"request_id": request_id}})
            if not status:
                response = errors.respond(self.environment.behaviour, request_id, error)
                await response(scope, receive, send_framed)
        self._note(scope, request_id, status, begun)

    def _note(self, scope: Scope, request_id: str, status: int, begun: float) -> None:
        # The route's pattern, not the path: what a client makes up must not become a metric's name.
        route = getattr(scope.get("route"), "path", "other")
        self.environment.requests[route, status] += 1
        fields = {
            "request_id": request_id,
            "method": scope["method"],
            "path": scope["path"][:200],
            "status": status,
            "ms": milliseconds_since(begun),
        }
        self.environment.log.info("request", extra={"fields": fields})


class Cors:
    """ASGI middleware for cross-origin requests from browsers (Fetch standard, CORS protocol)."""

    methods = "GET, POST, PUT, PATCH, DELETE"
    allowed = "Authorization, Content-Type, X-Request-ID"
    exposed = "X-Request-ID, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, Retry-After"

    def __init__(self, app: ASGIApp, environment: Environment) -> None:
        self.app, self.behaviour = app, environment.behaviour

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a preflight, or pass the request on and mark its answer."""
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        granted = self._granted(origin, scope["path"]) if origin else None
        if origin and scope["method"] == "OPTIONS" and "access-control-request-method" in headers:
            credentialed = "authorization" in headers.get("access-control-request-headers", "").lower()
            any_method = credentialed and self.behaviour.cors_any_method
            await _preflight(granted, "*" if any_method else self.methods, send)
            return

        async def send_marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                marked = MutableHeaders(scope=message)
                marked.add_vary_header("Origin")
                if granted:
                    marked["Access-Control-Allow-Origin"] = granted
                    marked["Access-Control-Allow-Credentials"] = "true"
                    marked["Access-Control-Expose-Headers"] = self.exposed
            await send(message)

        await self.app(scope, receive, send_marked)

    def _granted(self, origin: str, path: str) -> str | None:
        return origin if path == self.behaviour.cors_open_path else self.behaviour.allowed_origin(origin)


async def _preflight(granted: str | None, methods: str, send: Send) -> None:
    headers = MutableHeaders({"Vary": "Origin"})
    if granted:
        headers["Access-Control-Allow-Origin"] = granted
        headers["Access-Control-Allow-Credentials"] = "true"
        headers["Access-Control-Allow-Methods"] = methods
        headers["Access-Control-Allow-Headers"] = Cors.allowed
        headers["Access-Control-Max-Age"] = "600"
    await send({"type": "http.response.start", "status": 204, "headers": headers.raw})
    await send({"type": "http.response.body", "body": b""})


def _request_id(scope: Scope) -> str:
    offered = Headers(scope=scope).get("x-request-id", "")
    return offered if _REQUEST_ID.fullmatch(offered) else uuid.uuid4().hex
