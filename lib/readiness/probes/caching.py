"""Caching: the edge keeps static files, and never an answer that is somebody's own."""

import asyncio
import re
from collections.abc import AsyncIterator

from readiness.answers.obstacle import obstacle
from readiness.evidence import Fact
from readiness.probes import Context, Observation, observed, probe, settled, unavailable
from readiness.wire.exchange import Exchange

YEAR_S = 31_536_000
"""A file that never changes may be kept for a year (RFC 8246 for `immutable`)."""

_FROM_CACHE = {"HIT", "STALE", "REVALIDATED", "UPDATING", "PRERENDER"}
_ONE_WORD = ("cf-cache-status", "x-vercel-cache", "cdn-cache", "x-cache-status", "x-proxy-cache")


@probe(
    Fact("caching.static_hit", "boolean", "A static file asked for twice comes from the cache the second time."),
    Fact("caching.static_immutable", "boolean", "A static file may be kept for a year and never asked for again."),
    Fact("caching.api_uncacheable", "boolean", "What an anonymous caller gets of the API may not be kept."),
    Fact("caching.api_hit", "boolean", "What an anonymous caller gets of the API came out of a cache."),
    Fact("caching.user_uncacheable", "boolean", "What a signed-in user gets of the API may not be kept."),
    Fact("caching.user_hit", "boolean", "What a signed-in user gets of the API came out of a cache."),
    deadline=90,
)
async def caching(context: Context) -> AsyncIterator[Observation]:
    """Ask twice for the static file, twice for an API answer as anybody, and twice as a signed-in user."""
    static = context.target.routes.static
    if static is None:
        for fact in ("caching.static_hit", "caching.static_immutable"):
            yield unavailable(fact, "the target file names no routes.static")
    else:
        async for observation in _static(await _twice(context, static), static):
            yield observation
    protected = context.target.routes.protected
    if protected is None:
        for fact in ("caching.api_uncacheable", "caching.api_hit"):
            yield unavailable(fact, "the target file names no routes.protected")
    else:
        async for observation in _api(await _twice(context, protected)):
            yield observation
    asking = asyncio.create_task(_as_a_user(context))
    yield await settled("caching.user_uncacheable", _user("caching.user_uncacheable", asking))
    yield await settled("caching.user_hit", _user("caching.user_hit", asking))


async def _twice(context: Context, route: str) -> list[Exchange]:
    # one after the other: a cache has to have the first answer before it can give the second
    return [await context.client.get(context.url(route), follow=3, fresh=True) for _ in range(2)]


async def _static(answers: list[Exchange], route: str) -> AsyncIterator[Observation]:
    blocked = next((reason for answer in answers if (reason := obstacle(answer))), "")
    if blocked:
        for fact in ("caching.static_hit", "caching.static_immutable"):
            yield unavailable(fact, blocked, *answers)
        return
    last = answers[-1]
    page = last.media_type == "text/html" and not route.endswith((".html", ".htm"))
    if not last.ok or page:
        what = "a page" if page and last.ok else f"status {last.status}"
        yield observed("caching.static_hit", False, *answers)
        yield unavailable("caching.static_immutable", f"{what} instead of the static file", *answers)
        return
    yield observed("caching.static_hit", hit(last), *answers)
    yield observed("caching.static_immutable", immutable(cache_control(last)), last)


async def _api(answers: list[Exchange]) -> AsyncIterator[Observation]:
    facts = ("caching.api_uncacheable", "caching.api_hit")
    blocked = next((reason for answer in answers if (reason := obstacle(answer))), "")
    last = answers[-1]
    if not blocked and not last.ok and last.status not in (401, 403):
        blocked = f"status {last.status} instead of an API answer"
    if blocked:
        for fact in facts:
            yield unavailable(fact, blocked, *answers)
        return
    directives = cache_control(last)
    if not last.ok and not directives:
        # nobody keeps a refusal (RFC 9111, 3), so a server need not forbid it; what a user gets was not seen
        yield unavailable(facts[0], f"status {last.status} without Cache-Control; no answer to a user seen", *answers)
    else:
        yield observed(facts[0], uncacheable(directives), *answers)
    yield observed(facts[1], hit(last), *answers)


async def _as_a_user(context: Context) -> list[Exchange]:
    visit = await (await context.accounts.person("ana")).sign_in()
    return [(await visit.ask("me")).succeed().exchange for _ in range(2)]


async def _user(fact: str, asking: "asyncio.Task[list[Exchange]]") -> Observation:
    """With a user's name on it, an answer comes from nowhere but the platform itself."""
    answers = await asyncio.shield(asking)
    if fact.endswith("hit"):
        return observed(fact, any(map(hit, answers)), *answers)
    return observed(fact, all(uncacheable(cache_control(answer)) for answer in answers), *answers)


def cache_control(answer: Exchange) -> dict[str, str]:
    """Directives of Cache-Control by name in lower case (RFC 9111, 5.2), quotes removed; the first of a name counts."""
    directives: dict[str, str] = {}
    for part in re.findall(r'(?:"[^"]*"|[^,"])+', answer.header("cache-control") or ""):
        name, _, value = part.strip().partition("=")
        if name.strip():
            directives.setdefault(name.strip().lower(), value.strip().strip('"'))
    return directives


def immutable(directives: dict[str, str]) -> bool:
    """Whether a file may be kept for a year without asking again."""
    forbidden = {"no-store", "no-cache"} & directives.keys()
    return "immutable" in directives and not forbidden and _number(directives.get("max-age", "")) >= YEAR_S


def uncacheable(directives: dict[str, str]) -> bool:
    """Whether shared caches may not keep the answer; `private` that names single fields forbids those alone."""
    return "no-store" in directives or directives.get("private") == ""


def hit(answer: Exchange) -> bool:
    """Whether a cache says that the answer came from it: by its own header, Cache-Status (RFC 9211) or Age above 0."""
    for name in _ONE_WORD:
        if (answer.header(name) or "").strip().upper() in _FROM_CACHE:
            return True
    if re.search(r"(?<![a-z])hit(?![a-z])", (answer.header("x-cache") or "").lower()):
        return True
    status = re.sub(r'"[^"]*"', "", answer.header("cache-status") or "")
    for member in status.split(","):
        if {"hit", "hit=?1"} & {part.strip().lower() for part in member.split(";")[1:]}:
            return True
    return _number(answer.header("age") or "") > 0


def _number(text: str) -> int:
    digits = text.strip()[:12]
    return int(digits) if re.fullmatch("[0-9]+", digits) else 0
