"""Production: whether the platform answers where it says it does, three times over."""

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

from readiness.answers.obstacle import obstacle
from readiness.evidence import Fact
from readiness.probes import Context, Observation, observed, probe, unavailable
from readiness.stranger import catch_all, lost
from readiness.wire.client import Client
from readiness.wire.exchange import Exchange

CHECKS = 3
PATIENCE_MS = 3_000
"""A health answer that takes longer is no healthy answer."""


@probe(
    Fact("production.healthy_answers", "number", "Health answers of three: status 200 within 3 s.", unit="answers"),
    Fact("production.slowest_ms", "number", "Time of the slowest of three health answers.", unit="ms"),
    Fact("production.verified", "boolean", "Every health answer came over TLS with a verified certificate."),
    deadline=180,
)
async def production(context: Context) -> AsyncIterator[Observation]:
    """Ask the health route three times, spaced, redirects followed."""
    client, spacing = context.client, context.target.pace.spacing.total_seconds()
    answers: list[Exchange] = []
    for turn in range(CHECKS):
        if turn:
            await asyncio.sleep(spacing)
        answers.append(await client.get(context.url(context.target.routes.health), follow=3, fresh=True))

    silent = [answer for answer in answers if answer.status is None]
    limited = [answer for answer in answers if answer.status == 429]
    if len(silent) == CHECKS:
        for fact in ("production.healthy_answers", "production.slowest_ms", "production.verified"):
            yield unavailable(fact, silent[0].failure, *answers)
        return

    if limited:
        yield unavailable("production.healthy_answers", obstacle(limited[0]), *answers)
    else:
        control = await lost(context)
        count = sum(healthy(answer) and not catch_all(answer, control) for answer in answers)
        yield observed("production.healthy_answers", count, *answers, control)
    if limited or silent:
        reason = obstacle(limited[0]) if limited else f"{len(silent)} of {CHECKS} got no answer: {silent[0].failure}"
        yield unavailable("production.slowest_ms", reason, *answers)
    else:
        yield observed("production.slowest_ms", round(max(answer.elapsed_ms for answer in answers), 1), *answers)
    yield await _verified(client, [answer for answer in answers if answer.status is not None])


def healthy(answer: Exchange) -> bool:
    """Status 200 in time, and no redirect on the way that leaves the host or its encryption for plain HTTP."""
    asked = urlsplit(answer.url)
    for _, place in answer.redirects:
        hop = urlsplit(place)
        if hop.scheme != "https" and (hop.hostname != asked.hostname or asked.scheme == "https"):
            return False
    return answer.status == 200 and answer.elapsed_ms <= PATIENCE_MS


async def _verified(client: Client, answers: list[Exchange]) -> Observation:
    """Every hop has to be verified, so the handshakes with all hosts on the way are looked at."""
    hops = dict.fromkeys(place for answer in answers for place in (answer.url, *(to for _, to in answer.redirects)))
    if any(not place.startswith("https:") for place in hops):
        return observed("production.verified", False, *answers)
    shaken = [await client.handshake(place) for place in hops]
    unclear = [one for one in shaken if not one.ok and not one.verify_code]
    if unclear:
        return unavailable("production.verified", unclear[0].failure, *unclear)
    verified = all(one.ok for one in shaken) and all(answer.verified for answer in answers)
    return observed("production.verified", verified, *answers, *shaken)
