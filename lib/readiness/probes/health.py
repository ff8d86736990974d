"""Health: whether the platform says truthfully that it, its database and its cache work."""

import asyncio
import statistics
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

from readiness.answers.obstacle import unjudgeable
from readiness.answers.vitals import CACHE, DATABASE, any_down, component, overall
from readiness.evidence import Fact
from readiness.probes import Context, Observation, observed, probe, unavailable
from readiness.stranger import catch_all, lost, sign_in
from readiness.wire.exchange import Exchange

SAMPLES = 9
"""Health answers that are timed: the second and the eighth of nine in order bound the true median with 96 %
confidence (order statistics of the binomial distribution), so that one slow answer does not decide."""

AT_ONCE = 3
"""Of them are asked at the same time: enough to be quick, too few to be a load."""

LONGEST = 200_000
"""Bytes of a health answer that is still read: it is walked several times, and it comes from outside."""


@probe(
    Fact("health.live", "boolean", "The liveness route says that the platform runs."),
    Fact("health.ready", "boolean", "The readiness route says that the platform and all it depends on work."),
    Fact("health.database", "boolean", "Health reports the database as up; no if it is down or not reported."),
    Fact("health.cache", "boolean", "Health reports the cache as up; no if it is down or not reported."),
    Fact("health.latency_ms", "number", "Time that the health route takes to answer, median.", "ms"),
    Fact("health.no_store", "boolean", "No cache on the way may answer in the platform's place."),
    Fact("health.consistent", "boolean", "What readiness says agrees with its status code and with a real sign-in."),
    deadline=60,
    alone=True,  # what is timed is not to wait for our own questions
)
async def health(context: Context) -> AsyncIterator[Observation]:
    """GET the live, ready and health routes, time the last, and ask an operation that needs the database."""
    routes = context.target.routes
    missing = await lost(context)
    overview = await _get(context, routes.health)
    ready = await _get(context, routes.ready) if routes.ready else None

    yield _says_up("health.live", await _get(context, routes.live) if routes.live else None, missing, "routes.live")
    yield _says_up("health.ready", ready, missing, "routes.ready")
    answers = [answer for answer in (ready, overview) if answer]
    yield _reports("health.database", DATABASE, answers, missing)
    yield _reports("health.cache", CACHE, answers, missing)
    yield _uncached(ready, missing)
    yield await _consistent(context, ready, missing)
    yield await _latency(context, overview, missing)


async def _get(context: Context, route: str) -> Exchange:
    return await context.client.get(context.url(route), follow=3, fresh=True)  # others asked while it was busy with us


def said(answer: Exchange) -> Any:
    """The body as JSON, or as a word where it is short text; what is too long for a health answer says nothing."""
    if len(answer.body) > LONGEST:
        return None
    document = answer.json()
    if document is not None or answer.media_type == "text/html":
        return document
    return answer.text.strip() if len(answer.body) <= 200 else None


def no_health(answer: Exchange, missing: Exchange) -> str:
    """Why an answer does not tell of health: none came, it is refused, or another page answers; else empty."""
    if reason := unjudgeable(answer):
        return reason
    if answer.status in (401, 403):
        return f"status {answer.status}: health is not open to this client"
    asked, landed = (urlsplit(url).path.rstrip("/") for url in (answer.url, answer.final_url or answer.url))
    if landed != asked:
        return f"redirected to {landed[:80] or '/'}: not a health answer"
    # the page for everything is known to be no health route; what another page means is not
    page = answer.ok and answer.media_type == "text/html" and not catch_all(answer, missing)
    return "an HTML page: not a health answer" if page else ""


def _says_up(fact: str, answer: Exchange | None, missing: Exchange, key: str) -> Observation:
    if answer is None:
        return unavailable(fact, f"the target file names no {key}")
    if reason := no_health(answer, missing):
        return unavailable(fact, reason, answer)
    if catch_all(answer, missing):
        return observed(fact, False, answer, missing)
    return observed(fact, answer.ok and not any_down(said(answer)), answer)


def _reports(fact: str, names: tuple[str, ...], answers: list[Exchange], missing: Exchange) -> Observation:
    heard = [answer for answer in answers if not no_health(answer, missing) and not catch_all(answer, missing)]
    for answer in heard:
        verdict = component(said(answer), names)
        if verdict is not None:
            return observed(fact, verdict, answer)
    silent = next((answer for answer in answers if no_health(answer, missing)), None)
    if silent:
        return unavailable(fact, no_health(silent, missing), silent)
    return observed(fact, False, *answers)


def _uncached(ready: Exchange | None, missing: Exchange) -> Observation:
    fact = "health.no_store"
    if ready is None:
        return unavailable(fact, "the target file names no routes.ready")
    directives = {part.strip().lower() for part in (ready.header("cache-control") or "").split(",")}
    if reason := no_health(ready, missing):
        return unavailable(fact, reason, ready)
    if "no-store" in directives or ready.ok:
        return observed(fact, "no-store" in directives, ready)
    return unavailable(fact, f"status {ready.status} instead of a readiness answer", ready)


async def _consistent(context: Context, ready: Exchange | None, missing: Exchange) -> Observation:
    fact = "health.consistent"
    if ready is None:
        return unavailable(fact, "the target file names no routes.ready")
    if reason := no_health(ready, missing):
        return unavailable(fact, reason, ready)
    if catch_all(ready, missing) or not (ready.ok or (ready.status or 0) >= 500):
        return unavailable(fact, f"status {ready.status} without a readiness answer", ready, missing)
    if not words_agree(ready):
        return observed(fact, False, ready)
    answer = await sign_in(context)
    if answer is None:
        return unavailable(fact, "the target file names no login, the operation that needs the database", ready)
    if reason := unjudgeable(answer):
        return unavailable(fact, f"the sign-in: {reason}", ready, answer)
    if (answer.status or 0) >= 500:
        return observed(fact, not ready.ok, ready, answer)
    if answer.ok or answer.status in (400, 401, 403):
        return observed(fact, True, ready, answer)
    return unavailable(fact, f"the sign-in: status {answer.status}, so the database was not asked", ready, answer)


def words_agree(answer: Exchange) -> bool:
    """Whether a body says what its status code says; a body without words agrees with both."""
    document = said(answer)
    down = any_down(document)
    return not down if answer.ok else down or overall(document) is None


async def _latency(context: Context, overview: Exchange, missing: Exchange) -> Observation:
    fact = "health.latency_ms"
    if reason := no_health(overview, missing):
        return unavailable(fact, reason, overview)
    if not overview.ok or catch_all(overview, missing):
        return unavailable(fact, f"status {overview.status} instead of a health answer", overview)
    url = context.url(context.target.routes.health)
    answers: list[Exchange] = []
    for _ in range(SAMPLES // AT_ONCE):
        answers += await asyncio.gather(*(context.client.get(url, follow=3, fresh=True) for _ in range(AT_ONCE)))
    failed = next((answer for answer in answers if not answer.ok), None)
    if failed:
        return unavailable(fact, unjudgeable(failed) or f"status {failed.status}", failed)
    times = sorted(round(answer.elapsed_ms, 1) for answer in answers)
    return observed(fact, statistics.median(times), *answers, low=times[1], high=times[-2])
