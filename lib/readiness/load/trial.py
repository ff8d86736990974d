"""A trial: one load test carried out, from the permission to the record."""

import asyncio
import ipaddress
import socket
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import urlsplit

from readiness.completion import completed
from readiness.errors import BadInput, RunFailed, Unobservable
from readiness.load.assignment import Assignment, Guest
from readiness.load.breaker import Breaker
from readiness.load.capacity import search
from readiness.load.channel import Tidings
from readiness.load.crew import Crew, cores, crew_of, run
from readiness.load.plan import Plan, refusal
from readiness.load.record import INTERRUPTED, record_of
from readiness.load.watch import Watch
from readiness.probes import Context
from readiness.survey import context_of
from readiness.target import Target

GUESTS = 20
"""Test accounts that a journey of users is made with at most, unless fewer are allowed; several users may share one."""
AT_ONCE = 4
"""Test accounts that are made side by side."""

T = TypeVar("T")

Clock = Callable[[], datetime]
Listener = Callable[[Tidings], None]


class Stand:
    """Everything that one platform's load tests need, made once for all of them.

    Attributes:
        plan: What is to be done; further tests differ in rate or users alone.
        assignment: What workers are given, the share left out.
        workers: How many.
        crew: Who works.
        context: What the platform is asked with besides, for those who watch it; None for an address alone.
        left: What was made on the platform and could not be removed; known when the block has ended.
    """

    def __init__(self, plan: Plan, given: dict[str, Any], workers: int, crew: Crew, context: Context | None) -> None:
        self.plan, self.workers, self.crew, self.context = plan, workers, crew, context
        self._given = given
        self.left: list[str] = []

    def assignment(self, plan: Plan) -> Assignment:
        """What workers do for this plan."""
        return plan.assignment(**self._given)


@asynccontextmanager
async def stand(
    plan: Plan, target: Target | None, *, most: Plan | None = None, now: Clock = lambda: datetime.now(UTC)
) -> AsyncIterator[Stand]:
    """Check the permission, make the test accounts, start the workers; at the end undo it all.

    Args:
        plan: What is to be done.
        target: The target file; None for an address alone.
        most: The heaviest test that follows, where it is not `plan`.
        now: Clock, UTC.

    Raises:
        BadInput: It is not permitted; nothing was sent.
        RunFailed: Accounts or workers could not be made.
    """
    heaviest = most or plan
    if target is None:
        address = await _looked_up(plan.address)
        _permitted(heaviest, None, address, now())
        given: dict[str, Any] = {"addresses": {str(urlsplit(plan.address).hostname): address}}
        workers = heaviest.crew_size(cores())
        async with crew_of(plan.executor, workers) as crew:
            yield Stand(plan, given, workers, crew, None)
        return
    async with context_of(target, now) as context:
        try:
            address = await context.client.address(target.host)
        except OSError as error:
            raise RunFailed(f"{target.host}: {error.strerror or error}") from None
        _permitted(heaviest, target, address, now())
        context.client.used.add("load")
        secret = {name: value.reveal() for name, value in target.headers.items()}
        if secret and not await context.client.safe(target.production):
            raise RunFailed("headers: secrets are only sent over verified TLS")
        standing: Stand | None = None
        try:
            given = {
                "addresses": {target.host: address},
                "ca_file": str(target.ca_file or ""),
                "headers": secret,
                "session": target.session.headers,
                "cookies": target.session.cookies,
                "guests": await _guests(heaviest, context) if plan.accounts else (),
            }
            workers = heaviest.crew_size(cores())
            async with crew_of(plan.executor, workers) as crew:
                standing = Stand(plan, given, workers, crew, context)
                yield standing
        finally:
            removed = await completed(context.accounts.remove())
            if standing:
                standing.left += removed.left


async def carried_out(
    plan: Plan,
    target: Target | None,
    up_to: float = 0.0,
    listen: Listener = lambda tidings: None,
    *,
    listening: Callable[[Plan, int], Listener] | None = None,
) -> dict[str, Any]:
    """Carry out a load test from beginning to end; where the task is cancelled, what was measured is kept.

    Args:
        plan: What is to be done.
        target: The target file; None for an address alone.
        up_to: Search for the largest load that holds, up to this; 0: none.
        listen: Called with what workers tell, about once a second each.
        listening: Instead: gives who listens to one level, for its plan and number of workers.

    Returns:
        The record, with what could not be removed from the platform under `left`.

    Raises:
        BadInput, RunFailed: As `stand` and `trial`.
    """
    stop = asyncio.Event()
    hears = listening or (lambda plan, workers: listen)
    async with stand(plan, target, most=plan.at(up_to) if up_to else None) as standing:
        work = (
            searched(standing, up_to, listening=hears, stop=stop)
            if up_to
            else trial(standing, listen=hears(plan, standing.workers), stop=stop)
        )
        record = await kept(work, stop)
    return record | {"left": standing.left}


async def kept(work: Coroutine[Any, Any, T], stop: asyncio.Event) -> T:
    """What the work gives, also where the task that waits for it is cancelled: the work is told to stop then."""
    task = asyncio.create_task(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        if task.done():
            raise
        stop.set()
        return await task


async def trial(
    standing: Stand,
    plan: Plan | None = None,
    *,
    listen: Listener = lambda tidings: None,
    stop: asyncio.Event | None = None,
    began: Callable[[float], None] = lambda at: None,
) -> dict[str, Any]:
    """Carry out one load test.

    Args:
        standing: Where.
        plan: What; default: the stand's.
        listen: Called with what workers tell, about once a second each.
        stop: Set it to stop early; the record says that it is partial.
        began: Called with the Unix time at which the warm-up begins.

    Returns:
        The record (`record_of`).

    Raises:
        RunFailed: Workers could not begin, or none of the requests was completed.
    """
    plan = plan or standing.plan
    stop = stop or asyncio.Event()
    breaker = Breaker(plan.abort_pct)
    started: list[float] = []

    def hear(tidings: Tidings) -> None:
        breaker.hear(tidings)
        if breaker.reason:
            stop.set()
        listen(tidings)

    watching: list[asyncio.Task[dict[str, Any]]] = []
    over = asyncio.Event()

    def begin(at: float) -> None:
        started.append(at)
        began(at)
        if standing.context:
            watching.append(asyncio.create_task(_watched(standing.context, plan, at, over, stop)))

    try:
        recording = await run(
            standing.crew, standing.assignment(plan), standing.workers, listen=hear, stop=stop, began=begin
        )
    finally:
        over.set()
        seen = await asyncio.gather(*watching, return_exceptions=True)
    at = datetime.fromtimestamp((started[0] if started else time.time()) + plan.warm_up_s, UTC)
    partial = breaker.reason or (INTERRUPTED if stop.is_set() else "")
    if recording.workers < standing.workers and not partial:
        partial = f"{standing.workers - recording.workers} of {standing.workers} load workers were lost"
    record = record_of(recording, plan, at, partial)
    watched = next((one for one in seen if isinstance(one, dict)), None)
    return record | {"watched": watched}


async def searched(
    standing: Stand,
    most: float,
    *,
    listening: Callable[[Plan, int], Listener] = lambda plan, workers: lambda tidings: None,
    stop: asyncio.Event | None = None,
) -> dict[str, Any]:
    """Search for the largest load that holds, from the stand's plan on.

    Args:
        standing: Where.
        most: Load that is never exceeded.
        listening: Gives who listens to a level.
        stop: See `trial`.

    Returns:
        The record of the largest level that held, else of the last one, with the search under `capacity`.
    """
    plan, stop = standing.plan, stop or asyncio.Event()
    latest: dict[str, Any] = {}

    async def measure(load: float) -> dict[str, Any]:
        level = plan.at(load)
        ending = asyncio.Event()  # the breaker ends a level, not the search
        waiting = asyncio.create_task(_passed_on(stop, ending))
        try:
            record = await trial(standing, level, listen=listening(level, standing.workers), stop=ending)
        finally:
            waiting.cancel()
        latest.update(record)
        return record

    closed = plan.users is not None
    start = float(plan.users or plan.rate or 1.0)
    capacity, record = await search(
        measure, start=start, most=most, unit="users" if closed else "requests/s", whole=closed
    )
    return (record or latest) | {"capacity": capacity.as_json()} | ({"partial": INTERRUPTED} if stop.is_set() else {})


async def _passed_on(first: asyncio.Event, second: asyncio.Event) -> None:
    await first.wait()
    second.set()


def empty(record: dict[str, Any]) -> str:
    """Why a record stands for nothing: not one request was completed; empty where some were."""
    if record["completed"]:
        return ""
    kinds = ", ".join(f"{count} {kind}" for kind, count in record["failed"].items())
    return f"no request was completed: {kinds or 'none was due'}"


def _permitted(plan: Plan, target: Target | None, address: str, now: datetime) -> None:
    reason = refusal(plan, target, ipaddress.ip_address(address).is_loopback, now)
    if reason:
        raise BadInput(f"load refused: {reason}")


async def _looked_up(url: str) -> str:
    parts = urlsplit(url)
    try:
        found = await asyncio.get_running_loop().getaddrinfo(parts.hostname, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise RunFailed(f"{parts.hostname}: {getattr(error, 'strerror', None) or error}") from None
    return str(found[0][4][0])


async def _watched(context: Context, plan: Plan, at: float, over: asyncio.Event, stop: asyncio.Event) -> dict[str, Any]:
    await asyncio.sleep(max(0.0, at - time.time()))
    async with Watch(context, warm_up_s=plan.warm_up_s, seconds=plan.seconds) as watch:
        await over.wait()
        watch.at_once = stop.is_set()
    return watch.as_json()


async def _guests(plan: Plan, context: Context) -> tuple[Guest, ...]:
    """Test accounts for the journey, signed in where it does not begin with that.

    Raises:
        RunFailed: They could not be made.
    """
    declared = context.target.accounts
    most = min(GUESTS, declared.most if declared else 0)
    wanted = max(1, min(plan.users or most, most))
    names = [step.name for step in plan.steps]
    first = next((index for index, step in enumerate(plan.steps) if step.signed_in), len(names))
    signs_in = "sign_in" in names[:first]
    gate = asyncio.Semaphore(AT_ONCE)

    async def one() -> Guest:
        async with gate:
            person = await context.accounts.new()
            values = {"email": person.email, "password": person.password, "remember": False, "id": person.id}
            if signs_in or first == len(names):
                return Guest(values)
            visit = await person.sign_in()
            return Guest(values, dict(visit.held), dict(visit.cookies))

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one()) for _ in range(wanted)]
    except* Unobservable as group_of:
        obstacle = group_of.exceptions[0]
        while isinstance(obstacle, ExceptionGroup):
            obstacle = obstacle.exceptions[0]
        reason = obstacle.reason if isinstance(obstacle, Unobservable) else str(obstacle)
        raise RunFailed(f"test accounts for the journey {plan.journey}: {reason}") from None
    return tuple(task.result() for task in tasks)
