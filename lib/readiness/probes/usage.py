"""Usage: whether the usage shown for a key is exactly what was called with it."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

from readiness.accounts import Reply, Visit
from readiness.errors import Unobservable
from readiness.evidence import Fact
from readiness.probes import Context, Observation, observed, probe, settled
from readiness.probes.keys import Key, lent
from readiness.wire.exchange import Exchange

UNDECLARED = 60.0
"""Seconds that usage is waited for where the platform does not say how late it is."""
CALLS = {"keyed": 7, "keyed_second": 3}
"""Calls with the first key, different for each operation; with the second key `FEWER` of the first one."""
FEWER = 2


@dataclass
class Calls:
    """What was called with one key: the key, how often each operation was served, and every answer."""

    key: Key
    served: Counter[str] = field(default_factory=Counter)
    exchanges: list[Exchange] = field(default_factory=list)


@probe(
    Fact("usage.calls", "number", "Calls with two keys that were served, to be found in the usage.", "calls"),
    Fact("usage.exact", "boolean", "The usage of each key is exactly the number of calls with it."),
    Fact("usage.by_operation", "boolean", "The usage of each key is exact for each operation."),
    deadline=340,
)
async def usage(context: Context) -> AsyncIterator[Observation]:
    """Call two operations a known number of times with one key, one of them with another, and read their usage."""
    async with AsyncExitStack() as stack:
        calling = asyncio.create_task(_call(context, stack))
        reading = asyncio.create_task(_read(context, calling))
        try:
            yield await settled("usage.calls", _calls(calling))
            yield await settled("usage.exact", _exact(calling, reading))
            yield await settled("usage.by_operation", _by_operation(calling, reading))
        finally:
            for task in (reading, calling):
                task.cancel()
            await asyncio.gather(reading, calling, return_exceptions=True)


Called = tuple[Visit, list[Calls]]


async def _call(context: Context, stack: AsyncExitStack) -> Called:
    # ana's keys are tried by others meanwhile, and plans limit the calls of all keys of a customer
    visit = await (await context.accounts.person("ben")).sign_in()
    both = [Calls(await stack.enter_async_context(lent(visit))) for _ in range(2)]
    wanted = {name: count for name, count in CALLS.items() if visit.describes(name)} or {"keyed": 0}
    for calls, operations in zip(both, (wanted, {"keyed": FEWER}), strict=True):
        for name, count in operations.items():
            for _ in range(count):
                reply = (await context.accounts.nobody.ask(name, key=calls.key.text)).succeed()
                calls.served[name] += 1
                calls.exchanges.append(reply.exchange)
    return visit, both


async def _calls(calling: Awaitable[Called]) -> Observation:
    _, both = await calling
    made = [exchange for calls in both for exchange in calls.exchanges]
    return observed("usage.calls", sum(calls.served.total() for calls in both), *made)


async def _read(context: Context, calling: Awaitable[Called]) -> list[Reply]:
    visit, both = await calling
    return list(await asyncio.gather(*(_shown(context, visit, calls) for calls in both)))


async def _exact(calling: Awaitable[Called], reading: Awaitable[list[Reply]]) -> Observation:
    _, both = await calling
    exchanges, exact = [], True
    for calls, shown in zip(both, await reading, strict=True):
        exchanges.append(shown.exchange)
        exact &= _count(shown) == calls.served.total()
    return observed("usage.exact", exact, *exchanges, *(one for calls in both for one in calls.exchanges))


async def _by_operation(calling: Awaitable[Called], reading: Awaitable[list[Reply]]) -> Observation:
    """Names of operations are the platform's own, so the numbers are compared, and each is another."""
    _, both = await calling
    if len(both[0].served) < 2:
        raise Unobservable("the target file does not describe the operation keyed_second")
    exchanges, exact = [], True
    for calls, shown in zip(both, await reading, strict=True):
        counted: Counter[str] = Counter()
        for name, count in zip(shown.need("operation"), shown.need("calls"), strict=False):
            counted[str(name)] += _number(count, shown)
        exchanges.append(shown.exchange)
        exact &= sorted(counted.values()) == sorted(calls.served.values())
    return observed("usage.by_operation", exact, *exchanges, *(one for calls in both for one in calls.exchanges))


async def _shown(context: Context, visit: Visit, calls: Calls) -> Reply:
    """The usage of a key once it holds all calls, or when the time in which it has to is over.

    Raises:
        Unobservable: Calls are missing, and the platform does not say by when they would be there.
    """
    declared = context.target.usage_delay
    seconds = declared.total_seconds() if declared else UNDECLARED
    until = time.monotonic() + seconds
    pause = 0.25
    while True:
        shown = (await visit.ask("usage", id=calls.key.id)).succeed()
        count, made = _count(shown), calls.served.total()
        if count >= made:
            return shown
        if time.monotonic() >= until:
            if declared:
                return shown
            reason = f"{count} of {made} calls are shown after {seconds:g} s; more may follow (usage_delay)"
            raise Unobservable(reason, shown.exchange)
        await asyncio.sleep(pause)
        pause = min(2 * pause, 5.0)


def _count(shown: Reply) -> int:
    described = shown.get("count")
    if described is None and isinstance(shown.get("calls"), list):
        return sum(_number(count, shown) for count in shown.need("calls"))
    return _number(described, shown) if described is not None else 0


def _number(value: object, shown: Reply) -> int:
    try:
        return int(str(value))
    except ValueError:
        raise Unobservable(f"the usage is no number: {str(value)[:40]!r}", shown.exchange) from None
