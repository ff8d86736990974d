"""The pacer: keeps a run within the limits that its target declares, so that probes do not refuse each other."""

import asyncio
import time
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from readiness.target import Limit

LONGEST = 60.0
"""Seconds that one request waits for its turn at most."""

MARGIN = 0.1
"""Seconds added to a window: clocks do not run alike."""


@dataclass
class _Counted:
    """Requests to one operation: how many are under way, and when the others ended, by the monotonic clock."""

    underway: int = 0
    ended: deque[float] = field(default_factory=deque)
    queue: asyncio.Lock = field(default_factory=asyncio.Lock)
    news: asyncio.Event = field(default_factory=asyncio.Event)


class Pacer:
    """Turns for requests to the operations that a target declares limits for.

    A request counts from when it is sent until a window after its answer: it was counted by the platform some time in
    between, and so no window of the platform's holds more than the limit, however long a request is on its way.

    Args:
        limits: The declared limits.
    """

    def __init__(self, limits: Iterable[Limit]) -> None:
        self._limits: dict[tuple[str, str], Limit] = {(limit.method, limit.route): limit for limit in limits}
        self._counted: defaultdict[tuple[str, str, str], _Counted] = defaultdict(_Counted)

    @asynccontextmanager
    async def turn(self, method: str, url: str, *, patient: bool = True) -> AsyncIterator[str]:
        """Wait until one more request is within the limit; the block sends it, and ends with its answer.

        Args:
            method, url: What is asked.
            patient: Whether to wait; a request that does not counts for those that do.

        Yields:
            Empty, or why the request should not be sent: its turn would come too late.
        """
        found = self._find(method, url)
        if found is None:
            yield ""
            return
        counted, limit = found
        if patient:
            async with counted.queue:  # first come, first served
                refused = await _room(counted, limit, 1)
                counted.underway += not refused
        else:
            refused = ""
            counted.underway += 1
        try:
            yield refused
        finally:
            if not refused:
                counted.underway -= 1
                counted.ended.append(time.monotonic())
                counted.news.set()

    async def room(self, method: str, url: str, count: int) -> None:
        """Wait until so many requests are within the limit at once, as far as it allows as many; a minute at most."""
        if found := self._find(method, url):
            counted, limit = found
            async with counted.queue:
                with suppress(TimeoutError):
                    async with asyncio.timeout(LONGEST):
                        await _room(counted, limit, min(count, limit.requests))

    def _find(self, method: str, url: str) -> tuple[_Counted, Limit] | None:
        parts = urlsplit(url)
        limit = self._limits.get((method, parts.path))
        return None if limit is None else (self._counted[parts.netloc, method, parts.path], limit)


async def _room(counted: _Counted, limit: Limit, count: int) -> str:
    """Wait until `count` more are within the limit; says why not where that would take too long."""
    window = limit.window.total_seconds() + MARGIN
    while counted.underway + len(counted.ended) + count > limit.requests:
        if not counted.ended:
            counted.news.clear()
            await counted.news.wait()
            continue
        left = counted.ended[0] + window - time.monotonic()
        if left > LONGEST:
            return f"the declared limit of {limit.requests} requests to {limit.route} is used up in this run"
        if left > 0:
            await asyncio.sleep(left)
        counted.ended.popleft()
    return ""
