"""What stands in front of the app: a small cache, as a CDN would be, and the plain HTTP listener."""

import asyncio
import re
import time
from collections import OrderedDict
from dataclasses import dataclass

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .addresses import API_HOST, STAGING_HOST
from .behaviour import Behaviour
from .environment import Environment
from .errors import Refused, respond

_LARGEST_CACHE = 256
_OWN = "/api/v1/auth/me"


@dataclass(frozen=True)
class _Stored:
    head: Message
    body: bytes
    at: float
    ends: float


class Cache:
    """ASGI middleware that keeps what an answer's Cache-Control lets a shared cache keep (RFC 9111)."""

    def __init__(self, app: ASGIApp, environment: Environment) -> None:
        self.app, self.behaviour = app, environment.behaviour
        self.stored: OrderedDict[tuple[str, bytes, str], _Stored] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer from the cache or pass the request on."""
        if scope["method"] != "GET":
            for key in [key for key in self.stored if key[2]]:
                del self.stored[key]  # what is somebody's own may have changed
            await self.app(scope, receive, self._marking(send))
            return
        key = (scope["path"], scope["query_string"], Headers(scope=scope).get("authorization", ""))
        found = self.stored.get(key)
        if found and found.ends > time.monotonic():
            await self._replay(found, send)
            return
        await self.app(scope, receive, self._marking(send, key))

    def _marking(self, send: Send, key: tuple[str, bytes, str] | None = None) -> Send:
        head: Message = {}
        body = bytearray()
        lifetime = 0

        async def send_marked(message: Message) -> None:
            nonlocal head, lifetime
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("Cache-Control", self.behaviour.api_cache_control)
                own = key is not None and bool(key[2]) and key[0] == _OWN and message["status"] == 200
                if own and self.behaviour.own_answers != "private":
                    headers["Cache-Control"] = "public, max-age=60"
                stores = self.behaviour.own_answers == "kept" if own else self.behaviour.edge_stores
                if key and stores and message["status"] < 500:
                    lifetime = _lifetime_s(headers["Cache-Control"])
                head = {**message, "headers": list(message["headers"])}
                headers["X-Cache"] = "MISS" if "public" in headers["Cache-Control"] else "BYPASS"
            elif lifetime and key:
                body.extend(message.get("body", b""))
                if not message.get("more_body"):
                    now = time.monotonic()
                    self.stored[key] = _Stored(head, bytes(body), now, now + lifetime)
                    while len(self.stored) > _LARGEST_CACHE:
                        self.stored.popitem(last=False)
            await send(message)

        return send_marked

    @staticmethod
    async def _replay(found: _Stored, send: Send) -> None:
        head = {**found.head, "headers": list(found.head["headers"])}
        headers = MutableHeaders(scope=head)
        headers["X-Cache"] = "HIT"
        headers["Age"] = str(int(time.monotonic() - found.at))
        await send(head)
        await send({"type": "http.response.body", "body": found.body})


class Unavailable:
    """ASGI app that answers 503 to everything."""

    def __init__(self, environment: Environment) -> None:
        self.behaviour = environment.behaviour

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        response = respond(self.behaviour, scope["state"]["request_id"], Refused(503, Retry_After="60"))
        await response(scope, receive, send)


class Distant:
    """ASGI middleware for a platform that is far away: every request takes so many seconds longer."""

    def __init__(self, app: ASGIApp, latency_s: float) -> None:
        self.app, self.latency_s = app, latency_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, late."""
        await asyncio.sleep(self.latency_s)
        await self.app(scope, receive, send)


class Plain:
    """ASGI app for the plain HTTP listener: sends every request to HTTPS, on the same host and path."""

    def __init__(self, behaviour: Behaviour, api_port: int, staging_port: int, app: ASGIApp) -> None:
        self.behaviour, self.app = behaviour, app
        self.ports = {API_HOST: api_port, STAGING_HOST: staging_port}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Redirect one request."""
        if scope["type"] != "http":
            return
        serves = self.behaviour.plain_serves
        if serves == "everything" or (serves == "posts" and scope["method"] == "POST"):
            await self.app(scope, receive, send)
            return
        asked = Headers(scope=scope).get("host", "").partition(":")[0].lower()
        host = asked if asked in self.ports else API_HOST  # a made-up host must not choose where we send
        place = f"{self.behaviour.redirect_host or host}:{self.ports[host]}"
        query = b"?" + scope["query_string"] if scope["query_string"] else b""
        path = scope.get("raw_path") or scope["path"].encode()
        location = b"https://" + place.encode() + path + query
        headers = [(b"location", location), (b"content-length", b"0")]
        status = self.behaviour.redirect_status
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b""})


def _lifetime_s(cache_control: str) -> int:
    found = re.search(r"\bmax-age=(\d+)", cache_control)
    return int(found[1]) if found and "public" in cache_control else 0
