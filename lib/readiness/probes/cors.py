"""CORS: which websites may read the platform's answers in a user's browser."""

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

from readiness.answers.obstacle import unjudgeable
from readiness.evidence import Fact
from readiness.probes import Context, Observation, observed, probe, unavailable
from readiness.target import Target
from readiness.wire.exchange import Exchange


@probe(
    Fact("cors.hostile_origins_allowed", "number", "Foreign websites that are let in, of those we tried.", "origins"),
    Fact("cors.wildcard_with_credentials", "boolean", "Any website may read answers to a signed-in user's requests."),
    Fact("cors.allowed_origin_echoed", "boolean", "The platform's own web origin is let in by its exact name."),
    Fact("cors.methods_wildcard", "boolean", "The web origin may use any method or header, not a list of them."),
)
async def cors(context: Context) -> AsyncIterator[Observation]:
    """Preflights from every hostile origin and the allowed one, and simple requests from some."""
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
        lists = [preflight.header(f"access-control-allow-{name}") or "" for name in ("methods", "headers")]
        wildcard = any(item.strip() == "*" for text in lists for item in text.split(","))
        yield observed("cors.methods_wildcard", wildcard, preflight)


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
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST" if target.login else "GET",
        "Access-Control-Request-Headers": "content-type" if target.login else "authorization",
    }
    return await context.client.request("OPTIONS", context.url(route), headers=asked)


async def _simple(context: Context, origin: str) -> Exchange:
    route = context.target.routes.protected or context.target.routes.health
    return await context.client.get(context.url(route), headers={"Origin": origin})


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
