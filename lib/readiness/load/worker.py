"""A worker: sends one share of the load from a process of its own, and measures.

Each request is timed from its intended start. In the open model that is its arrival, fixed beforehand; in the closed
model, and within a journey, it is the end of what its user did before plus the time to think. What got no answer is
given its time-out.
"""

import asyncio
import errno
import gc
import time
from collections import Counter
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from readiness.errors import Unobservable
from readiness.load.arrivals import Ramp, arrivals
from readiness.load.assignment import Assignment, Guest
from readiness.load.channel import Alone, Channel, Tidings
from readiness.load.connection import Broken, Connections
from readiness.load.pacer import Pacer
from readiness.load.process import most_mib, raise_file_limit
from readiness.load.recording import HIGHEST_US, LOWEST_US, OWN_LIMIT, Notes, Recording
from readiness.load.request import Maker
from readiness.wire.transport import trust_in

SPARE_FILES = 200
"""Open files kept for what is no request."""
LAG_S = 0.02
"""How often the loop's own lateness is measured."""
LOOK_S = 0.05
"""How often it is asked whether to stop."""
END_S = 0.01
"""How often it is looked whether all is done."""
GRACE_S = 1.0
"""Time for what is under way at the end, beyond its time-out."""
PAUSE_S = 0.01
"""Time that a user lets pass after a failure."""
AT_ONCE = 50
"""Journeys started before what was answered is looked at, when many are due."""
_OWN = (errno.EMFILE, errno.ENFILE, errno.EADDRNOTAVAIL, errno.ENOBUFS, errno.ENOMEM)
_PEOPLE_AT_ONCE = 50_000


def work(assignment: Assignment, channel: Channel | None = None) -> Recording:
    """Do one assignment, in this process, in an event loop of its own.

    Args:
        assignment: What to do.
        channel: Says when to begin and whether to stop, and is told how it goes; what was measured is kept.
    """
    import uvloop

    return uvloop.run(_work(assignment, channel or Alone()))


async def _work(assignment: Assignment, channel: Channel) -> Recording:
    files = raise_file_limit()
    trust = trust_in(Path(assignment.ca_file) if assignment.ca_file else None)
    place = assignment.addresses.get(str(urlsplit(assignment.address).hostname), "")
    connections = Connections(assignment.address, place, trust, assignment.timeout_s)
    try:
        with Pacer() as pacer:
            return await Worker(assignment, connections, pacer, channel, files).run()
    finally:
        await connections.close()


@dataclass
class User:
    """Somebody who goes through the journey: what is theirs, and what the platform gave them."""

    values: dict[str, Any] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, guest: Guest) -> "User":
        """A user with an account."""
        return cls({**guest.values, **guest.held}, dict(guest.cookies))


class Worker:
    """One worker's requests.

    Args:
        assignment: What to do.
        connections: What to send over.
        pacer: The clock; 0 is where the warm-up begins.
        channel: See `work`.
        files: Open files that are allowed.
    """

    def __init__(
        self, assignment: Assignment, connections: Connections, pacer: Pacer, channel: Channel, files: int
    ) -> None:
        self.assignment, self.connections, self.pacer, self.channel = assignment, connections, pacer, channel
        self.notes = Notes(tuple(step.name for step in assignment.steps))
        self.recording = self.notes.recording
        self.recording.files, self.recording.exact = files, pacer.exact
        self.most = max(100, files - SPARE_FILES)
        self.under_way: set[asyncio.Task[Any]] = set()
        self.random = np.random.default_rng([assignment.seed, assignment.share[0]])
        self.whole_s = assignment.warm_up_s + assignment.seconds
        self._makers = [Maker(assignment, step) for step in assignment.steps]
        index, workers = assignment.share  # each worker has its own, as long as there are enough
        self._users = [User.of(guest) for guest in assignment.guests[index::workers] or assignment.guests]
        self._turn = 0
        self._stopped = False
        self._recent: list[float] = []
        self._counts: Counter[str] = Counter()

    async def run(self) -> Recording:
        """Wait for the beginning, send, wait for the last answers."""
        self.channel.ready(self.assignment.share[0])
        while not (start := self.channel.starts_at()):
            if self.channel.stopped():
                return self.notes.whole()
            await asyncio.sleep(0.002)
        await asyncio.sleep(max(0.0, start - time.time() - 0.002))
        while time.time() < start:
            pass
        gc.collect()
        gc.freeze()
        gc.disable()  # a collection of everything takes milliseconds; what is left for it here has no cycles
        self.pacer.begin()
        cpu = time.process_time()
        watchers = [asyncio.create_task(each) for each in (self._watch_lag(), self._watch_channel(), self._report())]
        try:
            await (self._closed() if self.assignment.users else self._open())
            sending_s, used = self.pacer.now(), time.process_time() - cpu
            await self._finish()
        finally:
            gc.enable()
            gc.unfreeze()
            for watcher in watchers:
                watcher.cancel()
            await asyncio.gather(*watchers, return_exceptions=True)
        recording = self.notes.whole()
        recording.cpu_s, recording.wall_s = used, sending_s
        recording.most_mib = most_mib()
        return recording

    # --- the two models --------------------------------------------------------------------------------------------

    async def _open(self) -> None:
        """Start the journey at each arrival, however long the ones before take."""
        mine = self.assignment
        steps = len(mine.steps)
        ramps = [Ramp(ramp.seconds, ramp.start / steps, ramp.end / steps) for ramp in mine.ramps]
        due = arrivals(ramps, share=mine.share, poisson=mine.poisson, seed=mine.seed)
        started = 0
        for arrival in _floats(due):
            if arrival > self.pacer.now():
                await self.pacer.until(arrival)
                started = 0
            elif started >= AT_ONCE:  # behind: let answers in between
                await asyncio.sleep(0)
                started = 0
            if self._stopped:
                break
            self._start(self._journey(self._next_user(), arrival), arrival)
            started += 1
        else:
            await self.pacer.until(self.whole_s)

    async def _closed(self) -> None:
        """Let a number of users go through the journey again and again, each at its own pace."""
        index, workers = self.assignment.share
        numbers = range(index, self.assignment.users, workers)
        thinking = sum(step.think_s for step in self.assignment.steps)
        spread = min(self.assignment.warm_up_s or 1.0, 1.0 + thinking)
        for position, _ in enumerate(numbers):
            user = self._users[position] if position < len(self._users) else self._copy(position)
            task = asyncio.create_task(self._live(user, float(self.random.uniform(0, spread))))
            self.under_way.add(task)
            task.add_done_callback(self.under_way.discard)
        while self.under_way and not self._stopped and self.pacer.now() < self.whole_s:
            await asyncio.sleep(END_S)

    async def _live(self, user: User, first: float) -> None:
        await self.pacer.until(first)
        due = first
        while due < self.whole_s and not self._stopped:
            due = await self._journey(user, due)

    async def _journey(self, user: User, due: float) -> float:
        """Go through the steps; a step that fails ends it, for the others need what it would have given.

        Returns:
            When it ended: the next of this user would begin then.
        """
        for number, step in enumerate(self.assignment.steps):
            if step.think_s:
                due += step.think_s * float(self.random.uniform(0.5, 1.5))
            if due >= self.whole_s:
                return due
            if step.think_s:
                await self.pacer.until(due)
            if self._stopped:
                return due
            due, ok = await self._ask(user, number, due)
            if not ok:
                break
        else:
            return due
        if self.assignment.users:
            due = max(due, self.pacer.now() + PAUSE_S)  # who fails at once does not try again at once
            await self.pacer.until(due)
        return due

    def _start(self, journey: Coroutine[Any, Any, float], due: float) -> None:
        if len(self.under_way) >= self.most:
            journey.close()
            patience = round(self.assignment.timeout_s * 1e6)
            self._note(0, due, 0, patience, patience, "dropped")
            return
        task = asyncio.create_task(journey)
        self.under_way.add(task)
        task.add_done_callback(self.under_way.discard)

    async def _finish(self) -> None:
        """Wait for the answers to what was sent; not after a stop, when what is open is only counted as such."""
        deadline = self.pacer.now() + self.assignment.timeout_s + GRACE_S
        while self.under_way and not self._stopped and self.pacer.now() < deadline:
            await asyncio.sleep(END_S)
        open_ = list(self.under_way)
        for task in open_:
            task.cancel()
        await asyncio.gather(*open_, return_exceptions=True)

    # --- one request -----------------------------------------------------------------------------------------------

    async def _ask(self, user: User, number: int, due: float) -> tuple[float, bool]:
        maker, failure, answer = self._makers[number], "interrupted", None
        sent = self.pacer.now()
        try:
            answer = await self.connections.ask(maker.request(user.values, user.cookies), maker.again)
            failure = f"status {answer.status}" if answer.status >= 400 else ""
        except Unobservable:
            failure = "unprepared"
        except TimeoutError:
            failure = "timeout"
        except ConnectionRefusedError:
            failure = "refused"
        except Broken:
            failure = "reset"
        except OSError as error:
            failure = OWN_LIMIT if error.errno in _OWN else "reset"
        finally:  # also where it is cancelled
            ended = self.pacer.shown(answer.at) if answer else self.pacer.now()
            floor = 0.0 if answer else self.assignment.timeout_s
            late, whole, service = sent - due, max(ended - due, floor), max(ended - sent, floor)
            if failure != "interrupted":
                self._note(number, due, round(late * 1e6), round(whole * 1e6), round(service * 1e6), failure)
            elif 0 <= due - self.assignment.warm_up_s < self.assignment.seconds:
                self.recording.unanswered += 1  # neither answered nor failed when the test was stopped
        if failure or answer is None:
            return ended, False
        operation = self.assignment.steps[number].operation
        if operation.answer:
            user.values |= operation.found_in(answer)
        if self.assignment.cookies:
            user.cookies |= answer.cookies
        return ended, True

    def _note(self, number: int, due: float, late_us: int, intended_us: int, service_us: int, failure: str) -> None:
        self._recent.append(intended_us / 1000)
        self._counts["failed" if failure else "completed"] += 1
        if failure:
            self._counts[f"kind {failure}"] += 1
        since = due - self.assignment.warm_up_s
        if not failure and 0 <= since + intended_us / 1e6 < self.assignment.seconds:
            self.recording.answered += 1
        if not 0 <= since < self.assignment.seconds:
            return
        self.recording.scheduled += 1
        self.recording.sent += failure not in ("dropped", "unprepared", OWN_LIMIT)
        due_us = int(since * 1e6)
        self.notes.add(number, due_us, late_us, intended_us, service_us)
        self.notes.ended(number, due_us, failure)

    def _next_user(self) -> User:
        if not self._users:
            return User()
        self._turn += 1
        return self._users[self._turn % len(self._users)]

    def _copy(self, number: int) -> User:
        """Another session of somebody: there may be more users than accounts."""
        if not self._users:
            return User()
        like = self._users[number % len(self._users)]
        return User(dict(like.values), dict(like.cookies))

    # --- the worker itself -----------------------------------------------------------------------------------------

    async def _watch_lag(self) -> None:
        """Note how late the event loop wakes who waits."""
        while True:
            due = self.pacer.now() + LAG_S
            await self.pacer.until(due)
            if due >= self.assignment.warm_up_s:
                lag = round((self.pacer.now() - due) * 1e6)
                self.recording.lag.record_value(min(max(lag, LOWEST_US), HIGHEST_US))

    async def _watch_channel(self) -> None:
        while not self.channel.stopped():
            await asyncio.sleep(LOOK_S)
        self._stopped = True

    async def _report(self) -> None:
        """Tell how it goes, once a second."""
        index = self.assignment.share[0]
        second = 1
        while second <= self.whole_s + self.assignment.timeout_s:
            await self.pacer.until(float(second))
            recent, counts, self._recent, self._counts = sorted(self._recent), self._counts, [], Counter()
            at = second - 1 - round(self.assignment.warm_up_s)
            middle, slow = (recent[int(len(recent) * share)] if recent else 0.0 for share in (0.5, 0.99))
            completed, failed = counts["completed"], counts["failed"]
            kinds = {name.removeprefix("kind "): count for name, count in counts.items() if name.startswith("kind ")}
            self.channel.tell(Tidings(index, at, completed + failed, completed, failed, middle, slow, kinds))
            second += 1


def _floats(values: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> Iterator[float]:
    """Plain numbers, made as they are needed: a long test has millions."""
    for start in range(0, len(values), _PEOPLE_AT_ONCE):
        yield from values[start : start + _PEOPLE_AT_ONCE].tolist()
