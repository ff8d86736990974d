"""Rate limits: how many requests a client may make in any window, counted in the cache."""

import math
import re
import secrets
import time
from collections import defaultdict, deque
from dataclasses import dataclass

from redis.exceptions import RedisError
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from . import errors
from .environment import Environment

GENERAL = ("general", 600)
LIMITS = {
    ("POST", "/api/v1/auth/signup"): ("signup", 30),
    ("POST", "/api/v1/auth/signin"): ("signin", 40),
    ("POST", "/api/v1/auth/refresh"): ("refresh", 30),
    ("POST", "/api/v1/auth/verify"): ("verify", 20),
    ("POST", "/api/v1/auth/forgot"): ("forgot", 30),
    ("POST", "/api/v1/auth/reset"): ("reset", 10),
    ("GET", "/api/v1/auth/me"): ("me", 60),
}

_EXEMPT = re.compile(r"/health(/live|/ready)?")  # a monitor must not be turned away

# A log of the admitted requests, so that no window holds more than the limit, wherever they begin.
# Takes now and window in microseconds, the limit and a unique member; returns count, admitted, oldest.
_SCRIPT = """
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[1] - ARGV[2])
local count = redis.call('ZCARD', KEYS[1])
local admitted = count < tonumber(ARGV[3])
if admitted then
  redis.call('ZADD', KEYS[1], ARGV[1], ARGV[4])
  redis.call('PEXPIRE', KEYS[1], math.ceil(ARGV[2] / 1000))
  count = count + 1
end
local oldest = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
return {count, admitted and 1 or 0, oldest[2]}
"""


@dataclass(frozen=True)
class Count:
    """How a client stands after one request: the limit, what is left, and seconds until one more is free."""

    limit: int
    remaining: int
    reset_s: int
    admitted: bool


class Limits:
    """ASGI middleware that refuses with 429 before anything of the request is read."""

    def __init__(self, app: ASGIApp, environment: Environment) -> None:
        self.app, self.environment, self.behaviour = app, environment, environment.behaviour
        self._script = environment.cache.register_script(_SCRIPT)
        # Without the cache each process counts for itself: weaker than the shared count, never open.
        self._own: defaultdict[str, deque[float]] = defaultdict(deque)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Admit or refuse one request."""
        scope["state"]["limits"] = self  # a plan is counted when the key, and so the tenant, is known
        if _EXEMPT.fullmatch(scope["path"]):
            await self.app(scope, receive, send)
            return
        if self.behaviour.limits == "none":
            await self.app(scope, receive, self._telling(scope, send, {}))
            return
        operation, limit = LIMITS.get((scope["method"], scope["path"]), GENERAL)
        if operation in self.behaviour.limits_missing:
            operation, limit = GENERAL
        count = await self.count(f"limit:{operation}:{self._client(scope)}", limit)
        headers = {
            "X-RateLimit-Limit": str(limit),
            "X-RateLimit-Remaining": str(count.remaining),
            "X-RateLimit-Reset": str(count.reset_s),
        }
        if not count.admitted and self.behaviour.limits == "enforced":
            refused = errors.Refused(429)
            if self.behaviour.retry_after:
                headers["Retry-After"] = str(count.reset_s)
            response = errors.respond(self.behaviour, scope["state"]["request_id"], refused)
            response.headers.update(headers)
            await response(scope, receive, send)
            return
        await self.app(scope, receive, self._telling(scope, send, headers))

    @staticmethod
    def _telling(scope: Scope, send: Send, headers: dict[str, str]) -> Send:
        async def send_telling(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(scope["state"].get("limit_headers", headers))
            await send(message)

        return send_telling

    def _client(self, scope: Scope) -> str:
        headers = Headers(scope=scope)
        forwarded = headers.get("x-forwarded-for") or headers.get("forwarded")
        if self.behaviour.limits_trust_forwarded and forwarded:
            return forwarded[:100]
        # There is no proxy in front, so whatever a peer says about another address is its own invention.
        return str(scope["client"][0]) if scope["client"] else "unknown"

    async def count(self, key: str, limit: int, window_s: int = 0) -> Count:
        """Count one request under a key, and say whether it is within the limit of a window (by default the usual)."""
        now, window_s = time.time(), window_s or self.environment.window_s
        try:
            micros = int(now * 1e6)
            member = f"{micros}-{secrets.token_hex(4)}"
            used, admitted, oldest = await self._script([key], [micros, window_s * 1_000_000, limit, member])
            first = float(oldest) / 1e6
        except (RedisError, OSError):
            used, admitted, first = self._count_here(key, limit, now, window_s)
        return Count(limit, limit - int(used), max(1, math.ceil(first + window_s - now)), bool(admitted))

    def _count_here(self, key: str, limit: int, now: float, window_s: int) -> tuple[int, bool, float]:
        log = self._own[key]
        while log and log[0] <= now - window_s:
            log.popleft()
        admitted = len(log) < limit
        if admitted:
            log.append(now)
        return len(log), admitted, log[0]
