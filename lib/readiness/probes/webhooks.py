"""Webhooks: whether events arrive signed, arrive again after a failure, and stay out of the platform's own network."""

import asyncio
import ipaddress
from collections.abc import AsyncIterator, Awaitable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlsplit

from readiness.accounts import Reply, Visit
from readiness.errors import Unobservable
from readiness.evidence import Fact
from readiness.probes import Context, Observation, observed, probe, settled
from readiness.receiver import Delivery, Inbox, OpenReceiver, open_receiver
from readiness.wire.exchange import Recorded

ARRIVES_WITHIN = 15.0
"""Seconds in which the first event has to arrive."""
RETRIES = 3
"""How often an event that fails has to be sent again."""
UNDECLARED = 60.0
"""Seconds that retries are waited for where the platform does not say when they come."""
SHORTEST_PAUSE = 0.5
"""Seconds; what comes sooner was not paused for."""
GROWTH = 1.5
"""How many times longer than the first the last pause has to be, so that chance alone does not make it so."""
TOLERANCE = timedelta(minutes=5)
"""How far the time in an event may be from its arrival: what receivers are told to accept (Standard Webhooks)."""
NOT_SENT_WITHIN = 3.0
"""Seconds after which an event to an internal address is taken as not sent."""
_LOOPBACK = ("127.0.0.1", "2130706433", "0x7f000001", "[::ffff:127.0.0.1]", "localhost")
"""The platform's own machine, also in spellings that a comparison of texts overlooks; `[::1]` is the sixth."""
_ELSEWHERE = ("169.254.169.254", "10.0.0.1")
"""Metadata of the cloud's machines (link-local, RFC 3927), and a private network (RFC 1918)."""


@dataclass
class Event:
    """An event that is answered with 500 until it has come often enough.

    Attributes:
        visit: Who asked for it.
        receiver: Where it is to arrive.
        inbox: What arrived there.
        asked: How the address was made known, and the event asked for.
    """

    visit: Visit
    receiver: OpenReceiver
    inbox: Inbox
    asked: tuple[Reply, ...]

    @property
    def exchanges(self) -> tuple[Recorded, ...]:
        """What it was asked for by, and what came of it."""
        return (*(reply.exchange for reply in self.asked), *self.inbox.deliveries)

    async def first(self) -> Delivery:
        """The first time it arrived.

        Raises:
            Unobservable: It never did.
        """
        if not await self.inbox.wait(1, ARRIVES_WITHIN):
            raise Unobservable(f"no event arrived within {ARRIVES_WITHIN:g} s", *self.exchanges)
        return self.inbox.deliveries[0]

    async def all(self) -> list[Delivery]:
        """Every time it arrived, as often as it has to or until the time for that is over."""
        first = await self.first()
        declared = self.receiver.declared.retries
        until = first.arrived + (declared.total_seconds() if declared else UNDECLARED)
        return await self.inbox.wait(1 + RETRIES, until - asyncio.get_running_loop().time())


@dataclass
class Attempts:
    """Internal addresses that events were aimed at.

    Attributes:
        refused: How many were refused, or seen not to be sent to.
        reached: Those that an event was sent to.
        open: Those of which neither was seen, and why.
        exchanges: What shows it.
    """

    refused: int = 0
    reached: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    exchanges: list[Recorded] = field(default_factory=list)


@probe(
    Fact("webhooks.delivered", "boolean", "An event arrives at the address it was asked to be sent to."),
    Fact("webhooks.signed", "boolean", "The event bears a valid signature over its body."),
    Fact(
        "webhooks.replay_noticed",
        "boolean",
        "The signature covers the event's id and its time, which is within 5 min of its arrival.",
    ),
    Fact("webhooks.retries", "number", "How often an event was sent again that was answered with 500.", "retries"),
    Fact("webhooks.same_id", "boolean", "An event that is sent again bears the id it had the first time."),
    Fact("webhooks.backoff", "boolean", "The pauses before an event is sent again grow."),
    Fact("webhooks.internal_addresses", "number", "Internal addresses that events were aimed at.", "addresses"),
    Fact("webhooks.internal_reached", "number", "Internal addresses that an event was sent to.", "addresses"),
    deadline=700,
)
async def webhooks(context: Context) -> AsyncIterator[Observation]:
    """Receive an event, fail to take it three times, and aim others at addresses inside the platform's network."""
    async with AsyncExitStack() as stack:
        asking = asyncio.create_task(_ask(context, stack))
        trying = asyncio.create_task(_try_internal(context, asking))
        try:
            yield await settled("webhooks.delivered", _delivered(asking))
            yield await settled("webhooks.signed", _signed(asking))
            yield await settled("webhooks.replay_noticed", _replay_noticed(asking))
            yield await settled("webhooks.internal_addresses", _internal_addresses(trying))
            yield await settled("webhooks.internal_reached", _internal_reached(trying))
            yield await settled("webhooks.retries", _retries(asking))
            yield await settled("webhooks.same_id", _same_id(asking))
            yield await settled("webhooks.backoff", _backoff(asking))
        finally:
            for task in (trying, asking):
                task.cancel()
            await asyncio.gather(trying, asking, return_exceptions=True)


async def _ask(context: Context, stack: AsyncExitStack) -> Event:
    declared = context.target.receiver
    if declared is None:
        raise Unobservable("the target file names no receiver")
    visit = await context.accounts.visit("ana")
    receiver = await stack.enter_async_context(open_receiver(declared, context.client.time, context.client.secrets))
    inbox = receiver.inbox(failures=RETRIES)
    made = (await stack.enter_async_context(_made(visit, declared.address + inbox.path))).succeed()
    asked = (await visit.ask("webhook_event", id=made.need("id"))).succeed()
    return Event(visit, receiver, inbox, (made, asked))


@asynccontextmanager
async def _made(visit: Visit, url: str) -> AsyncIterator[Reply]:
    """The answer to asking for events at an address; they are no more sent there at the end of the block."""
    made = await visit.ask("webhook_create", url=url)
    try:
        yield made
    finally:
        if made.ok and made.get("id"):
            with suppress(Unobservable):  # a platform without removing; it goes with its account
                await visit.ask("webhook_delete", id=made.need("id"))


async def _delivered(asking: Awaitable[Event]) -> Observation:
    event = await asking
    arrived = await event.inbox.wait(1, ARRIVES_WITHIN)
    return observed("webhooks.delivered", bool(arrived), *event.exchanges)


async def _signed(asking: Awaitable[Event]) -> Observation:
    event = await asking
    return observed("webhooks.signed", "body" in await _covered(event), *event.exchanges)


async def _replay_noticed(asking: Awaitable[Event]) -> Observation:
    event = await asking
    first = await event.first()
    sent_at = event.receiver.declared.signature.sent_at(dict(first.headers))
    recent = sent_at is not None and abs(first.observed_at - sent_at) <= TOLERANCE
    noticed = recent and await _covered(event) >= {"id", "timestamp", "body"}
    return observed("webhooks.replay_noticed", noticed, *event.exchanges)


async def _covered(event: Event) -> frozenset[str]:
    first = await event.first()
    secret = str(event.asked[0].need("secret"))
    return event.receiver.declared.signature.covers(dict(first.headers), first.body, secret)


async def _retries(asking: Awaitable[Event]) -> Observation:
    event = await asking
    retries = len(await event.all()) - 1
    if retries < RETRIES and event.receiver.declared.retries is None:
        reason = f"sent again {retries} times within {UNDECLARED:g} s; more may follow (receiver.retries)"
        raise Unobservable(reason, *event.exchanges)
    return observed("webhooks.retries", retries, *event.exchanges)


async def _same_id(asking: Awaitable[Event]) -> Observation:
    event = await asking
    arrived = await event.all()
    if len(arrived) < 2:
        raise Unobservable("the event was not sent again", *event.exchanges)
    ids = {delivery.header(event.receiver.declared.signature.id) for delivery in arrived}
    return observed("webhooks.same_id", len(ids) == 1 and "" not in ids, *event.exchanges)


async def _backoff(asking: Awaitable[Event]) -> Observation:
    event = await asking
    pauses = [delivery.after_s for delivery in await event.all() if delivery.after_s is not None]
    if len(pauses) < 2:
        raise Unobservable("the event was not sent again twice", *event.exchanges)
    grow = min(pauses) >= SHORTEST_PAUSE and pauses[-1] >= GROWTH * pauses[0]
    return observed("webhooks.backoff", grow, *event.exchanges)


async def _internal_addresses(trying: Awaitable[Attempts]) -> Observation:
    attempts = await trying
    seen = attempts.refused + len(attempts.reached)
    return observed("webhooks.internal_addresses", seen, *attempts.exchanges)


async def _internal_reached(trying: Awaitable[Attempts]) -> Observation:
    attempts = await trying
    return observed("webhooks.internal_reached", len(attempts.reached), *attempts.exchanges)


async def _try_internal(context: Context, asking: Awaitable[Event]) -> Attempts:
    """Aim events at internal addresses, once they are known to be sent to others at all.

    Raises:
        Unobservable: None was reached, and of one it could not be seen.
    """
    event = await asking
    await event.first()
    attempts = Attempts()
    async with asyncio.TaskGroup() as group:
        for url, visible, inbox in await _aims(context, event.receiver, attempts):
            group.create_task(_aim(event.visit, url, inbox if visible else None, attempts))
    if attempts.open and not attempts.reached:
        raise Unobservable("; ".join(sorted(attempts.open)), *attempts.exchanges)
    return attempts


async def _aims(context: Context, receiver: OpenReceiver, attempts: Attempts) -> list[tuple[str, bool, Inbox]]:
    """URLs that lead inside, whether the receiver would see an event that is sent there, and where.

    Loopback is the platform's own, and so the receiver's only where the platform runs on this machine.
    """
    here = ipaddress.ip_address(await context.client.address(context.target.host)).is_loopback
    address = urlsplit(receiver.declared.address)
    port = receiver.port if here else address.port
    hosts = dict.fromkeys(_LOOPBACK, here)
    hosts["[::1]"] = here and receiver.dual
    hosts |= dict.fromkeys(_ELSEWHERE, False)
    for name in receiver.declared.internal:
        try:
            place = ipaddress.ip_address(await context.client.address(name))
        except OSError as error:
            attempts.open.append(str(error))
            continue
        if place.is_global:
            attempts.open.append(f"{name} leads to {place}, which is not internal (receiver.internal)")
        else:
            hosts[name] = here and place.is_loopback
    aims = []
    for host, visible in hosts.items():
        inbox = receiver.inbox()
        aims.append((f"{address.scheme}://{host}{f':{port}' if port else ''}{inbox.path}", visible, inbox))
    return aims


async def _aim(visit: Visit, url: str, inbox: Inbox | None, attempts: Attempts) -> None:
    """Aim one event at an internal address; `inbox` is where it would be seen to arrive, None where it would not."""
    host = urlsplit(url).netloc
    try:
        async with _made(visit, url) as made:
            attempts.exchanges.append(made.exchange)
            if not _accepted(made):
                attempts.refused += 1
                return
            asked = await visit.ask("webhook_event", id=made.need("id"))
            attempts.exchanges.append(asked.exchange)
            if not _accepted(asked):
                attempts.refused += 1
            elif inbox is None:
                attempts.open.append(f"{host}: accepted; whether an event is sent there cannot be seen from here")
            elif arrived := await inbox.wait(1, NOT_SENT_WITHIN):
                attempts.reached.append(host)
                attempts.exchanges += arrived
            else:
                attempts.refused += 1
    except Unobservable as obstacle:
        attempts.open.append(f"{host}: {obstacle.reason}")


def _accepted(reply: Reply) -> bool:
    """Whether an address was taken.

    Raises:
        Unobservable: It was neither taken nor refused for what it is.
    """
    status = reply.settle().status
    if not reply.ok and status not in (400, 403, 422):
        raise Unobservable(f"{reply.operation} was answered with status {status}", reply.exchange)
    return reply.ok
