"""Rate limit: whether declared limits hold when somebody really exceeds them."""

import asyncio
import math
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from readiness.answers.obstacle import unjudgeable
from readiness.evidence import Fact
from readiness.probes import Context, Observation, observed, probe, unavailable
from readiness.stranger import fill, sign_in
from readiness.target import Limit
from readiness.wire.exchange import Exchange

WAIT = 30.0
"""Longest Retry-After, in seconds, that is waited for."""

_HEADERS = (
    {"ratelimit"},
    {"ratelimit-policy"},
    {"ratelimit-limit", "ratelimit-remaining"},
    {"x-ratelimit-limit", "x-ratelimit-remaining"},
    {"x-rate-limit-limit", "x-rate-limit-remaining"},
)
_CLAIMS = {"X-Forwarded-For": "{}", "Forwarded": "for={}", "X-Real-IP": "{}"}
"""Headers in which a caller can claim another address, and how (RFC 7239 for the second)."""

_BURST = ("operations", "unlimited_operations", "retry_after", "recovers", "spoofable")


@dataclass
class Burst:
    """What exceeding one declared limit showed.

    Attributes:
        limited: 429 came within the limit + 10 % (True) or never (False); None where `reason` says it was not seen.
        answers: Every answer, in order.
    """

    limit: Limit
    limited: bool | None = None
    reason: str = ""
    answers: list[Exchange] = field(default_factory=list)

    @property
    def refusals(self) -> list[Exchange]:
        """The answers of 429."""
        return [answer for answer in self.answers if answer.status == 429]


@probe(
    Fact("rate_limit.headers", "boolean", "Answers tell callers their rate limit before they exceed it."),
    Fact("rate_limit.operations", "number", "Declared operations whose limit was tried out.", "operations"),
    Fact(
        "rate_limit.unlimited_operations",
        "number",
        "Declared operations that never refused within their limit and 10 % more.",
        "operations",
    ),
    Fact("rate_limit.retry_after", "boolean", "Every refusal says in how many seconds to try again."),
    Fact("rate_limit.recovers", "boolean", "A caller who waits as long as told is served again."),
    Fact("rate_limit.spoofable", "boolean", "A caller evades the limit by claiming another address in a header."),
    deadline=150,
    alone=True,
)
async def rate_limit(context: Context) -> AsyncIterator[Observation]:
    """Read limit headers; where a burst is granted, exceed every declared limit and try to evade the first."""
    yield await _announces(context)
    limits = context.target.limits
    permitted = await context.client.permits("burst")
    if not limits or not permitted:
        reason = "the target file names no limits" if permitted else "exceeding a limit is not granted"
        for name in _BURST:
            yield unavailable(f"rate_limit.{name}", reason, permission="" if permitted else "burst")
        return

    first = await _burst(context, limits[0])
    yield await _evasion(context, first)
    refused_at = time.monotonic()
    bursts = [first] + [await _burst(context, limit) for limit in limits[1:]]
    for observation in _results(bursts):
        yield observation
    yield await _recovery(context, first, refused_at)


def announces(answer: Exchange) -> bool:
    """The answer carries `RateLimit` or `RateLimit-Policy` (IETF httpapi draft), or the older pairs, with a number."""
    told = {name for name, value in answer.headers if any(letter.isdigit() for letter in value)}
    return any(names <= told for names in _HEADERS)


async def _announces(context: Context) -> Observation:
    routes, fact = context.target.routes, "rate_limit.headers"
    answers = [await context.client.get(context.url(routes.protected))] if routes.protected else []
    answers += [answer] if (answer := await sign_in(context)) else []
    answers = answers or [await context.client.get(context.url(routes.page), follow=3)]
    for answer in answers:
        if answer.status not in (None, 429) and announces(answer):
            return observed(fact, True, answer)
    judged = [a for a in answers if not unjudgeable(a) and a.status not in (404, 405) and (a.status or 0) < 500]
    if judged:
        return observed(fact, False, *judged)
    return unavailable(fact, unjudgeable(answers[0]) or f"status {answers[0].status}", *answers)


async def _ask(context: Context, limit: Limit, headers: dict[str, str] | None = None) -> Exchange:
    body = fill(limit.body, context.now) if limit.body is not None else None
    return await context.client.request(
        limit.method, context.url(limit.route), json=body, headers=headers, fresh=True, patient=False
    )


async def _burst(context: Context, limit: Limit) -> Burst:
    """Exceed one limit; twice where the first time may have begun in one window and ended in the next.

    A fixed window that ends during a burst lets up to twice the limit pass. So a burst without refusal is followed by
    another at once: no refusal then either, and there is no limit. If one comes, the third burst, begun when the
    refusal has run out and so at the start of a window, tells a limit that holds from one that is too high.
    """
    burst = Burst(limit)
    most = _most(limit)
    started = time.monotonic()
    allowed = await _until_refused(context, burst)
    if allowed is None and not burst.reason:
        allowed = await _until_refused(context, burst)
        suspect = allowed is not None
    else:
        suspect = allowed == 0 or (allowed or 0) > most
    if suspect and not burst.reason:
        if not await _wait(burst):
            burst.reason = f"{limit.route}: no fresh window to try its limit in, the refusal names no end within 30 s"
            return burst
        started = time.monotonic()
        allowed = await _until_refused(context, burst)
    holds = allowed is not None and 0 < allowed <= most
    if not burst.reason and allowed == 0:
        burst.reason = f"{limit.route}: refused from the first request"
    elif not burst.reason and not holds and time.monotonic() - started > limit.window.total_seconds():
        burst.reason = f"{limit.route}: answered too slowly to exceed its limit within one window"
    elif not burst.reason:
        burst.limited = holds
    return burst


def _most(limit: Limit) -> int:
    """Requests that may pass before the first refusal: the limit, 10 % more, and one for the counting itself."""
    return math.floor(limit.requests * 1.1) + 1


async def _until_refused(context: Context, burst: Burst) -> int | None:
    """Ask until refused: how many requests were allowed before; None where all were, or `burst.reason` is set."""
    for count in range(math.ceil(burst.limit.requests * 1.2) + 1):
        answer = await _ask(context, burst.limit)
        burst.answers.append(answer)
        status = answer.status or 0
        if status == 429:
            return count
        if not status or status in (201, 404, 405) or status >= 500:
            burst.reason = f"{burst.limit.method} {burst.limit.route}: {answer.failure or f'status {status}'}"
            return None
    return None


async def _wait(burst: Burst) -> bool:
    """Wait as long as the last refusal says; False where it does not say, or says too long."""
    seconds = retry_after(burst.answers[-1])
    if seconds is None or seconds > WAIT:
        return False
    await asyncio.sleep(seconds + 0.2)
    return True


def retry_after(answer: Exchange) -> int | None:
    """Seconds of an integer Retry-After (RFC 9110, 10.2.3); None where there is none."""
    value = (answer.header("retry-after") or "").strip()
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else None


def _results(bursts: list[Burst]) -> list[Observation]:
    seen = [burst for burst in bursts if burst.limited is not None]
    unlimited = [burst for burst in seen if burst.limited is False]
    answers = [burst.answers[-1] for burst in bursts if burst.answers]
    reasons = "; ".join(burst.reason for burst in bursts if burst.reason)
    refusals = [answer for burst in bursts for answer in burst.refusals]
    return [
        observed("rate_limit.operations", len(seen), *answers)
        if seen
        else unavailable("rate_limit.operations", reasons, *answers),
        # one that was not seen may be unlimited: the count stands only when it is whole or bad already
        observed("rate_limit.unlimited_operations", len(unlimited), *answers)
        if unlimited or len(seen) == len(bursts)
        else unavailable("rate_limit.unlimited_operations", reasons, *answers),
        observed("rate_limit.retry_after", all(retry_after(answer) is not None for answer in refusals), *refusals)
        if refusals
        else unavailable("rate_limit.retry_after", "no operation refused with 429", *answers),
    ]


async def _evasion(context: Context, burst: Burst) -> Observation:
    """While refused, ask under made-up addresses (RFC 5737), another one each time.

    A single request that passes proves nothing, for a place in the window may just have become free; more than the
    limit allows within one window do.
    """
    fact = "rate_limit.spoofable"
    if not burst.limited:
        return unavailable(fact, burst.reason or "the first declared operation is not limited", *burst.answers[-1:])
    refusals = []
    for header, form in _CLAIMS.items():
        passed, began = [], time.monotonic()
        for number in range(_most(burst.limit) + 1):
            answer = await _ask(context, burst.limit, {header: form.format(f"203.0.113.{number + 7}")})
            if answer.status == 429:
                refusals.append(answer)
                break
            if not answer.status or answer.status >= 500:
                return unavailable(fact, answer.failure or f"status {answer.status} to a made-up address", answer)
            passed.append(answer)
        else:
            if time.monotonic() - began > burst.limit.window.total_seconds():
                return unavailable(fact, "the window ended while evasion was tried", *passed)
            return observed(fact, True, *passed)
    burst.answers += refusals
    return observed(fact, False, *refusals)


async def _recovery(context: Context, burst: Burst, refused_at: float) -> Observation:
    fact = "rate_limit.recovers"
    if not burst.limited:
        return unavailable(fact, burst.reason or "the first declared operation is not limited", *burst.answers[-1:])
    last = burst.answers[-1]
    seconds = retry_after(last)
    if seconds is None:
        return unavailable(fact, "the refusal does not say when to try again", last)
    if seconds > WAIT:
        return unavailable(fact, f"Retry-After is {seconds} s; {WAIT:g} s are waited at most", last)
    await asyncio.sleep(max(0.0, refused_at + seconds + 0.2 - time.monotonic()))
    answer = await _ask(context, burst.limit)
    if answer.status is None or answer.status >= 500:
        return unavailable(fact, answer.failure or f"status {answer.status} after the wait", last, answer)
    return observed(fact, answer.status != 429, last, answer)
