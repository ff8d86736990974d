"""Plans: whether each plan's keys have the limit that is published for the plan."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

from readiness.answers.allowance import advertised
from readiness.burst import MOST_ABREAST, WAIT, Burst
from readiness.errors import Unobservable
from readiness.evidence import Fact
from readiness.plan import Plan
from readiness.probes import Context, Observation, observed, probe, settled, unavailable
from readiness.wire.exchange import Exchange


@dataclass(frozen=True)
class Tried:
    """What one plan's limit was seen to be.

    Attributes:
        advertised: What answers say it is; None where they do not say.
        allowed: Requests that passed before the first refusal; None where none was refused.
        published: What the platform's own table says; None where it is not described or has no such plan.
        exchanges: Where it showed.
    """

    plan: Plan
    advertised: int | None
    allowed: int | None
    published: int | None
    exchanges: tuple[Exchange, ...]

    def matches(self, listed: bool) -> bool:
        """Whether all that was seen is what the target file declares; `listed`: the platform's table was read."""
        told = self.advertised == self.plan.requests and (not listed or self.published == self.plan.requests)
        return told and self.allowed is not None and self.allowed >= _least(self.plan)


@probe(
    Fact("plans.tried", "number", "Declared plans whose limit was exceeded with a key of theirs.", "plans"),
    Fact(
        "plans.mismatched",
        "number",
        "Of those, the plans whose published, advertised and observed limits are not all the declared one "
        "(10 % are allowed for counting).",
        "plans",
    ),
    Fact("plans.distinct", "boolean", "No two of the plans that were tried were observed to have the same limit."),
    Fact("plans.all_as_published", "boolean", "Every declared plan was tried and has the limit that is published."),
    deadline=150,
    alone=True,
)
async def plans(context: Context) -> AsyncIterator[Observation]:
    """Exceed the limit of every declared plan with a key of a customer on it; compare with what is told of it."""
    declared = context.target.plans
    permitted = await context.client.permits("burst")
    facts = ("plans.tried", "plans.mismatched", "plans.distinct", "plans.all_as_published")
    if not declared or not permitted:
        reason = "the target file names no plans" if permitted else "exceeding a limit is not granted"
        for fact in facts:
            yield unavailable(fact, reason, permission="" if permitted else "burst")
        return
    listed = "plans" in context.target.operations
    tried: list[Tried] = []
    obstacles: list[Unobservable] = []
    try:
        table, page = await _published(context) if listed else ({}, ())
    except Unobservable as obstacle:
        for fact in facts:
            yield unavailable(fact, obstacle.reason, *obstacle.exchanges)
        return
    # keys are made side by side, limits exceeded one after the other
    keys = [asyncio.create_task(_key(context, plan)) for plan in declared]
    await asyncio.wait(keys)
    for plan, key in zip(declared, keys, strict=True):
        try:
            tried.append(await _try(context, plan, await key, table.get(plan.name), page))
        except Unobservable as obstacle:
            obstacles.append(Unobservable(f"{plan.name}: {obstacle.reason}", *obstacle.exchanges))
    yield await settled("plans.tried", _tried(tried, obstacles))
    yield await settled("plans.mismatched", _mismatched(tried, obstacles, listed))
    yield await settled("plans.distinct", _distinct(tried, obstacles))
    yield await settled("plans.all_as_published", _all(tried, obstacles, listed))


async def _published(context: Context) -> tuple[dict[str, int], tuple[Exchange, ...]]:
    """The platform's own table of plans: name → requests, and where it stands."""
    reply = (await context.accounts.nobody.ask("plans")).succeed()
    names, requests = reply.need("name"), reply.need("requests")
    if not (isinstance(names, list) and isinstance(requests, list) and len(names) == len(requests)):
        raise Unobservable("the table of plans does not list a number of requests for each name", reply.exchange)
    whole = {str(name): int(number) for name, number in zip(names, requests, strict=True) if str(number).isdecimal()}
    return whole, (reply.exchange,)


async def _try(context: Context, plan: Plan, key: str, published: int | None, page: tuple[Exchange, ...]) -> Tried:
    async def ask(headers: dict[str, str]) -> Exchange:
        reply = await context.accounts.nobody.ask("keyed", headers=headers, key=key, patient=False)
        if not reply.ok and reply.status != 429:
            raise Unobservable(reply.exchange.failure or f"keyed was answered with {reply.status}", reply.exchange)
        return reply.exchange

    window = plan.window.total_seconds()
    burst = await Burst("keyed", plan.requests, window, ask, MOST_ABREAST).run()
    if burst.limited and (burst.allowed or 0) < _least(plan) and window <= WAIT:
        # somebody else may have used a part of the window up: once more, from the start of one
        await asyncio.sleep(window + 0.2)
        burst = await Burst("keyed", plan.requests, window, ask, MOST_ABREAST).run()
    if burst.limited is None:
        raise Unobservable(burst.reason, *burst.answers[-1:])
    told = next((answer for answer in burst.answers if answer.ok), burst.answers[-1])
    allowed = burst.allowed if burst.limited else None
    return Tried(plan, advertised(told), allowed, published, (*page, told, *burst.refusals[-1:]))


async def _key(context: Context, plan: Plan) -> str:
    """The declared key of a customer on the plan, or a new one of a test account that is put on it."""
    if plan.key:
        if not await context.client.safe(context.target.production):
            raise Unobservable("its key is only sent over verified TLS")
        key = plan.key.reveal()
        context.client.hide(key)
        return key
    admin, person = await context.accounts.admin(), await context.accounts.new()
    visit = await person.sign_in()
    id_ = person.id or (await visit.ask("me")).succeed().need("id")
    (await admin.ask("set_plan", id=id_, plan=plan.name)).succeed()
    made = await visit.ask("api_key_create", name="Readiness Test", scope="", expires_at=None)
    return str(made.succeed().need("key"))


def _least(plan: Plan) -> float:
    return plan.requests * 0.9


async def _tried(tried: list[Tried], obstacles: list[Unobservable]) -> Observation:
    if not tried or (obstacles and len(tried) < 2):
        raise _because(obstacles)  # a limit that was not seen says nothing, and so do too few of them
    return observed("plans.tried", len(tried), *_exchanges(tried))


async def _mismatched(tried: list[Tried], obstacles: list[Unobservable], listed: bool) -> Observation:
    if not tried:
        raise _because(obstacles)
    wrong = [one for one in tried if not one.matches(listed)]
    return observed("plans.mismatched", len(wrong), *_exchanges(wrong or tried))


async def _distinct(tried: list[Tried], obstacles: list[Unobservable]) -> Observation:
    if len(tried) < 2:
        raise _because(obstacles, "the target file names one plan only")
    allowed = [one.allowed for one in tried]
    return observed("plans.distinct", len(set(allowed)) == len(allowed), *_exchanges(tried))


async def _all(tried: list[Tried], obstacles: list[Unobservable], listed: bool) -> Observation:
    wrong = [one for one in tried if not one.matches(listed)]
    if obstacles and not wrong:
        raise _because(obstacles)
    return observed("plans.all_as_published", not wrong, *_exchanges(wrong or tried))


def _because(obstacles: list[Unobservable], otherwise: str = "") -> Unobservable:
    exchanges = [exchange for obstacle in obstacles for exchange in obstacle.exchanges]
    return Unobservable("; ".join(obstacle.reason for obstacle in obstacles) or otherwise, *exchanges)


def _exchanges(tried: list[Tried]) -> list[Exchange]:
    return [exchange for one in tried for exchange in one.exchanges]
