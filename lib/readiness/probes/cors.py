"""CORS: which websites may read the platform's answers in a user's browser."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass
from urllib.parse import urlsplit

from readiness.answers.obstacle import unjudgeable
from readiness.errors import Unobservable
from readiness.evidence import Fact
from readiness.operation import OPERATIONS
from readiness.probes import Context, Observation, observed, probe, settled, unavailable
from readiness.stranger import NOTHING
from readiness.target import Target
from readiness.wire.exchange import Exchange

FOREIGN = "https://evil.example"

_PLACEHOLDER = re.compile(r"\{[a-z_]+\}")


@dataclass(frozen=True)
class Route:
    """A route that only a signed-in user may ask.

    Attributes:
        name: The operation; empty for `routes.protected`.
        readable: It can be asked as it stands, and changes nothing.
    """

    name: str
    method: str
    path: str
    readable: bool


Asked = list[tuple[Route, Exchange]]


@probe(
    Fact("cors.hostile_origins_allowed", "number", "Foreign websites that are let in, of those we tried.", "origins"),
    Fact("cors.wildcard_with_credentials", "boolean", "Any website may read answers to a signed-in user's requests."),
    Fact("cors.allowed_origin_echoed", "boolean", "The platform's own web origin is let in by its exact name."),
    Fact("cors.methods_wildcard", "boolean", "The web origin may use any method or header, not a list of them."),
    Fact("cors.credentialed_routes", "number", "Routes of a signed-in user whose policy was seen.", "routes"),
    Fact("cors.credentialed_hostile_allowed", "number", "Those that let a foreign website in.", "routes"),
    Fact("cors.credentialed_wildcards", "number", "Those that allow the web origin any method or header.", "routes"),
    Fact("cors.credentialed_unvaried", "number", "Those whose grant a cache may show to another origin.", "routes"),
    deadline=90,
)
async def cors(context: Context) -> AsyncIterator[Observation]:
    """Preflights from every hostile origin and the allowed one, simple requests from some; then route by route."""
    async for one in _everywhere(context):
        yield one
    async for one in _credentialed(context):
        yield one


# --- the platform as a whole ---------------------------------------------------------------------------------------


async def _everywhere(context: Context) -> AsyncIterator[Observation]:
    origin = context.target.origin
    hostile = hostile_origins(context.target)
    preflights = dict(zip(hostile, await asyncio.gather(*(_preflight(context, o) for o in hostile)), strict=True))
    simple = {o: await _simple(context, o) for o in [*hostile[:2], *hostile[-1:]]}
    allowed = [await _preflight(context, origin), await _simple(context, origin)] if origin else []

    asked = [*preflights.items(), *simple.items()]
    let_in = [(o, answer) for o, answer in asked if reflects(answer, o)]
    unseen = [(answer, reason) for _, answer in asked if (reason := _unseen(answer))]
    hostile_answers = tuple(answer for _, answer in asked)
    if let_in:
        yield observed("cors.hostile_origins_allowed", len({o for o, _ in let_in}), *(answer for _, answer in let_in))
    elif unseen:
        yield unavailable("cors.hostile_origins_allowed", unseen[0][1], unseen[0][0])
    else:
        yield observed("cors.hostile_origins_allowed", 0, *hostile_answers)

    open_to_all = [answer for answer in (*hostile_answers, *allowed) if _credentials(answer) and _allows(answer) == "*"]
    open_to_all += [answer for _, answer in let_in if _credentials(answer)]
    if open_to_all:
        yield observed("cors.wildcard_with_credentials", True, *open_to_all)
    elif unseen:
        yield unavailable("cors.wildcard_with_credentials", unseen[0][1], unseen[0][0])
    else:
        yield observed("cors.wildcard_with_credentials", False, *hostile_answers, *allowed)

    if not origin:
        for fact in ("cors.allowed_origin_echoed", "cors.methods_wildcard"):
            yield unavailable(fact, "the target file names no origin")
        return
    preflight, got = allowed
    if reason := _unseen(preflight) or _unseen(got):
        yield unavailable("cors.allowed_origin_echoed", reason, *allowed)
    else:
        echoed = preflight.ok and _allows(preflight) == origin and _allows(got) == origin and _varies(got)
        yield observed("cors.allowed_origin_echoed", echoed, *allowed)
    if reason := _unseen(preflight):
        yield unavailable("cors.methods_wildcard", reason, preflight)
    elif _allows(preflight) not in (origin, "*"):
        yield unavailable("cors.methods_wildcard", "the allowed origin's preflight was not granted", preflight)
    else:
        yield observed("cors.methods_wildcard", _any_method(preflight), preflight)


def hostile_origins(target: Target) -> list[str]:
    """Origins that a careless comparison lets in, for production's host and the allowed origin's (PortSwigger, CORS).

    The last one continues the name that is compared with.
    """
    found = ["https://evil.example", "null"]
    hosts = [target.host] + ([str(urlsplit(target.origin).hostname)] if target.origin else [])
    for host in dict.fromkeys(hosts):
        found += [f"http://{host}", f"https://evil{host}", f"https://{host}.evil.example"]
    return [one for one in dict.fromkeys(found) if one not in (target.origin, target.production)]


def reflects(answer: Exchange, origin: str) -> bool:
    """The answer lets `origin` in by name, or everybody together with credentials."""
    return _allows(answer) == origin or (_allows(answer) == "*" and _credentials(answer))


async def _preflight(context: Context, origin: str) -> Exchange:
    target = context.target
    route = target.login.route if target.login else target.routes.protected or target.routes.health
    names = () if target.login else tuple(name.lower() for name in target.session.headers)
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST" if target.login else "GET",
        "Access-Control-Request-Headers": ",".join(names or ("content-type",)),
    }
    return await context.client.request("OPTIONS", context.url(route), headers=asked)


async def _simple(context: Context, origin: str) -> Exchange:
    route = context.target.routes.protected or context.target.routes.health
    return await context.client.get(context.url(route), headers={"Origin": origin})


# --- routes of a signed-in user ------------------------------------------------------------------------------------


async def _credentialed(context: Context) -> AsyncIterator[Observation]:
    routes = credentialed_routes(context.target)
    hostile, allowed = (
        asyncio.ensure_future(_preflights(context, routes, origin)) for origin in (FOREIGN, context.target.origin or "")
    )
    checks: dict[str, Awaitable[Observation]] = {
        "routes": _routes(hostile),
        "hostile_allowed": _hostile_allowed(context, routes, hostile),
        "wildcards": _wildcards(context.target.origin, allowed),
        "unvaried": _unvaried(context.target.origin, allowed),
    }
    for name, check in checks.items():
        yield await settled(f"cors.credentialed_{name}", check)


def credentialed_routes(target: Target) -> list[Route]:
    """Every route of a signed-in user that the target describes, each method once; ids are made up."""
    found = []
    if target.routes.protected:
        found.append(Route("", "GET", target.routes.protected, True))
    for name, operation in target.operations.items():
        if (operation.by or OPERATIONS[name].by) == "user":
            readable = operation.method == "GET" and not operation.placeholders
            found.append(Route(name, operation.method, _PLACEHOLDER.sub(NOTHING, operation.path), readable))
    return list({(route.method, route.path): route for route in reversed(found)}.values())[::-1]


async def _preflights(context: Context, routes: list[Route], origin: str) -> Asked:
    if not routes:
        raise Unobservable("the target file names no route of a signed-in user (routes.protected, operations)")
    if not origin:
        raise Unobservable("the target file names no origin")
    names = sorted({"content-type", *(name.lower() for name in context.target.session.headers)})

    async def ask(route: Route) -> Exchange:
        asked = {"Origin": origin, "Access-Control-Request-Method": route.method}
        asked["Access-Control-Request-Headers"] = ",".join(names)
        return await context.client.request("OPTIONS", context.url(route.path), headers=asked)

    return _judged(list(zip(routes, await asyncio.gather(*map(ask, routes)), strict=True)))


def _judged(asked: Asked) -> Asked:
    """The answers that show a policy; one that failed altogether says nothing of all."""
    for _, answer in asked:
        if reason := unjudgeable(answer):
            raise Unobservable(reason, answer)
    seen = [(route, answer) for route, answer in asked if not _unseen(answer)]
    if not seen:
        raise Unobservable(_unseen(asked[0][1]), *(answer for _, answer in asked))
    return seen


async def _routes(hostile: Awaitable[Asked]) -> Observation:
    asked = await hostile
    return observed("cors.credentialed_routes", len(asked), *(answer for _, answer in asked))


async def _hostile_allowed(context: Context, routes: list[Route], hostile: Awaitable[Asked]) -> Observation:
    asked = await hostile
    let_in = [(route, answer) for route, answer in asked if reflects(answer, FOREIGN)]
    if not let_in:
        read = await _reads(context, [route for route in routes if route.readable])
        asked = [*asked, *read]
        let_in = [(route, answer) for route, answer in read if reflects(answer, FOREIGN)]
    exchanges = [answer for _, answer in let_in or asked]
    return observed("cors.credentialed_hostile_allowed", len({route for route, _ in let_in}), *exchanges)


async def _reads(context: Context, routes: list[Route]) -> Asked:
    """What a signed-in user reads from a foreign website."""
    visit = await context.accounts.visit("ana")

    async def ask(route: Route) -> Exchange:
        if route.name:
            return (await visit.ask(route.name, headers={"Origin": FOREIGN}, note="from a foreign origin")).exchange
        return await visit.send(route.method, route.path, headers={**visit.shown(), "Origin": FOREIGN})

    if not routes:
        return []
    return _judged(list(zip(routes, await asyncio.gather(*map(ask, routes)), strict=True)))


async def _wildcards(origin: str | None, allowed: Awaitable[Asked]) -> Observation:
    granted = [answer for _, answer in await allowed if _allows(answer) in (origin, "*")]
    if not granted:
        raise Unobservable("no preflight of the allowed origin was granted", *(answer for _, answer in await allowed))
    wildcards = [answer for answer in granted if _any_method(answer)]
    return observed("cors.credentialed_wildcards", len(wildcards), *(wildcards or granted))


async def _unvaried(origin: str | None, allowed: Awaitable[Asked]) -> Observation:
    granted = [answer for _, answer in await allowed if _allows(answer) == origin]
    if not granted:
        raise Unobservable("no preflight of the allowed origin was granted", *(answer for _, answer in await allowed))
    unvaried = [answer for answer in granted if not _varies(answer)]
    return observed("cors.credentialed_unvaried", len(unvaried), *(unvaried or granted))


# --- one answer ----------------------------------------------------------------------------------------------------


def _any_method(preflight: Exchange) -> bool:
    lists = [preflight.header(f"access-control-allow-{name}") or "" for name in ("methods", "headers")]
    return any(item.strip() == "*" for text in lists for item in text.split(","))


def _unseen(answer: Exchange) -> str:
    """Why an answer shows no policy: what failed, or is not there, often says nothing of CORS."""
    if reason := unjudgeable(answer):
        return reason
    missing = answer.status == 404 or (answer.status or 0) >= 500
    return f"status {answer.status} instead of an answer to {answer.method}" if missing and not _allows(answer) else ""


def _allows(answer: Exchange) -> str:
    return (answer.header("access-control-allow-origin") or "").strip()


def _credentials(answer: Exchange) -> bool:
    return (answer.header("access-control-allow-credentials") or "").strip().lower() == "true"


def _varies(answer: Exchange) -> bool:
    names = {name.strip().lower() for name in (answer.header("vary") or "").split(",")}
    return bool(names & {"origin", "*"})
