"""Races: simultaneous identical requests, of which one may win."""

import asyncio
from collections.abc import AsyncIterator

from readiness.accounts import Person, Reply
from readiness.answers.obstacle import away
from readiness.errors import Unobservable
from readiness.evidence import Fact
from readiness.probes import Context, Observation, observed, probe, unavailable
from readiness.probes.tokens import refreshing
from readiness.target import Limit
from readiness.wire.exchange import Exchange

MOST = 20
"""Requests that are sent at once at most; a declared limit of the operation lowers it."""

LEAST = 3
"""Fewer make no race."""

_SIGN_UPS = ("races.registrations", "races.accounts_made")
_REFRESHES = ("races.refresh",)


@probe(
    Fact("races.registrations", "number", "Identical sign-ups that were sent at once and answered.", "requests"),
    Fact("races.accounts_made", "number", "Accounts that came of them.", "accounts"),
    Fact("races.refresh", "text", "How many of the refreshes with one token that are sent at once get new tokens."),
    deadline=150,
    alone=True,
)
async def races(context: Context) -> AsyncIterator[Observation]:
    """Send as many at once as the declared limits and the pace's concurrency let; alone, so that they fit the limit."""
    await _fresh_window(context)
    for facts, race in ((_REFRESHES, _refresh(context)), (_SIGN_UPS, _register(context))):
        try:
            for observation in await race:
                yield observation
        except Unobservable as obstacle:
            for fact in facts:
                yield unavailable(fact, obstacle.reason, *obstacle.exchanges, permission=obstacle.permission)


def _limits(context: Context, operation: str) -> list[Limit]:
    described = context.target.operations.get(operation)
    limits = context.target.limits
    return [one for one in limits if described and (one.method, one.route) == (described.method, described.path)]


async def _fresh_window(context: Context) -> None:
    """Wait until what other probes asked for no longer counts: else the pacer would send a race one by one."""
    if await context.client.permits("accounts"):
        for limit in (limit for operation in ("refresh", "sign_up") for limit in _limits(context, operation)):
            await context.client.room(limit.method, context.url(limit.route), MOST)


def _most(context: Context, operation: str) -> int:
    """How many requests fit into the declared limit.

    Raises:
        Unobservable: Too few for a race.
    """
    most = min([MOST, *(limit.requests for limit in _limits(context, operation))])
    if most < LEAST:
        raise Unobservable(f"the declared limit of {most} requests lets no race of {operation} be tried")
    return most


def _answered(replies: list[Reply]) -> list[Reply]:
    """Those that say something; the others were not sent or not let in.

    Raises:
        Unobservable: Too few for a race.
    """
    answered = [reply for reply in replies if not away(reply.exchange)]
    if len(answered) < LEAST:
        lost = [reply.exchange for reply in replies if away(reply.exchange)]
        raise Unobservable(f"only {len(answered)} of {len(replies)} requests at once were answered", *lost)
    return answered


async def _refresh(context: Context) -> list[Observation]:
    count = _most(context, "refresh")
    visit, exchange = await refreshing(await context.accounts.person("ana"))
    if exchange:
        return [observed("races.refresh", "none", exchange)]
    replies = await asyncio.gather(
        *(visit.ask("refresh", note=f"{number} of {count} at once") for number in range(1, count + 1))
    )
    answered = _answered(list(replies))
    won = [reply for reply in answered if reply.ok]
    said = "nobody wins" if not won else "one wins" if len(won) == 1 else "several win"
    return [observed("races.refresh", said, *_exchanges(won if len(won) > 1 else answered))]


async def _register(context: Context) -> list[Observation]:
    count = _most(context, "sign_up")
    await context.accounts.permitted()
    person = context.accounts.stranger()
    replies = await asyncio.gather(
        *(context.accounts.register(email=person.email, password=person.password) for _ in range(count))
    )
    # a refusal among them is no reason to forget the one that was made
    context.accounts.moved(person, person.email)
    answered = _answered([reply for _, reply in replies])
    made, exchanges = await _made(context, person, answered)
    return [
        observed("races.registrations", len(answered), *_exchanges(answered)),
        observed("races.accounts_made", made, *exchanges),
    ]


async def _made(context: Context, person: Person, answered: list[Reply]) -> tuple[int, list[Exchange]]:
    """How many accounts there are: by the administrator's list, else by the answers where they differ.

    Raises:
        Unobservable: Neither tells.
    """
    if context.target.admin and "users" in context.target.operations:
        listed = (await (await context.accounts.admin()).ask("users", email=person.email)).succeed()
        pairs = zip(listed.get("email") or [], listed.get("id") or [], strict=False)
        ids = [str(id) for email, id in pairs if str(email).lower() == person.email.lower()]
        person.id = ids[0] if ids else ""
        context.accounts.moved(person, person.email)
        for id in ids[1:]:
            context.accounts.owe("user_delete", id)
        return len(ids), [listed.exchange, *_exchanges(answered)]
    won = [reply for reply in answered if reply.ok]
    if len(won) == len(answered):
        raise Unobservable("all sign-ups are answered alike, and no list of users tells how many came about (users)")
    return len(won), _exchanges(answered)


def _exchanges(replies: list[Reply]) -> list[Exchange]:
    return [reply.exchange for reply in replies]
