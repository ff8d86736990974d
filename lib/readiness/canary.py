"""The canary: one request of our own that can be told from all others, to be found again in logs and traces."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from secrets import token_hex
from typing import TYPE_CHECKING, Annotated, TypeVar

from pydantic import AfterValidator

from readiness.answers.obstacle import away
from readiness.duration import Duration
from readiness.errors import Unobservable
from readiness.wire.exchange import Exchange

if TYPE_CHECKING:
    from readiness.probes import Context

T = TypeVar("T")
LONGEST_S = 300.0


def _five_minutes(value: timedelta) -> timedelta:
    if value.total_seconds() > LONGEST_S:
        raise ValueError(f"expected at most 5m, got {value.total_seconds():g}s")
    return value


Patience = Annotated[Duration, AfterValidator(_five_minutes)]
"""How long something is looked for, at most five minutes."""


@dataclass(frozen=True)
class Canary:
    """A request that carried ids of its own.

    Attributes:
        request_id: Sent as X-Request-ID, a UUID's digits.
        trace_id: Sent in traceparent (W3C Trace Context), 32 hexadecimal digits.
        exchange: The request and its answer.
    """

    request_id: str
    trace_id: str
    exchange: Exchange


async def send(context: "Context") -> Canary:
    """Ask production for something that reaches its database where that can be: the protected operation as a test
    account, else its readiness, else its health.

    Raises:
        Unobservable: Production does not answer.
    """
    request_id, trace_id = token_hex(16), token_hex(16)
    ids = {"X-Request-ID": request_id, "traceparent": f"00-{trace_id}-{token_hex(8)}-01"}
    exchange = await _as_user(context, ids)
    if exchange is None:
        routes = context.target.routes
        exchange = await context.client.get(context.url(routes.ready or routes.health), headers=ids, fresh=True)
    if reason := away(exchange):
        raise Unobservable(f"the request that was to be found again: {reason}", exchange)
    return Canary(request_id, trace_id, exchange)


async def _as_user(context: "Context", ids: dict[str, str]) -> Exchange | None:
    route = context.target.routes.protected
    if route is None:
        return None
    try:
        visit = await (await context.accounts.person("ben")).sign_in()
        return await visit.send("GET", route, headers={**visit.shown(), **ids})
    except Unobservable:
        return None


async def sought(look: Callable[[], Awaitable[T | None]], patience: timedelta) -> T | None:
    """Look until there is something, with pauses that grow, for as long as `patience`; None where there is not."""
    until, pause = time.monotonic() + patience.total_seconds(), 0.25
    while (found := await look()) is None and time.monotonic() < until:
        await asyncio.sleep(min(pause, max(until - time.monotonic(), 0)))
        pause = min(2 * pause, 5.0)
    return found
