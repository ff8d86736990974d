"""The pacer: keeps a run within the limits that its target declares, so that probes do not refuse each other."""

import asyncio
import time
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
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
    async def turn(self, method: str, url: str) -> AsyncIterator[str]:
        """Wait until one more request is within the limit; the block sends it, and ends with its answer.

        Yields:
            Empty, or why the request should not be sent: its turn would come too late.
        """
        parts = urlsplit(url)
        limit = self._limits.get((method, parts.path))
        if limit is None:
            yield ""
            return
        counted = self._counted[parts.netloc, method, parts.path]
        async with counted.queue:  # first come, first served
            refused = await _room(counted, limit)
            counted.underway += not refused
        try:
            yield refused
        finally:
            if not refused:
                counted.underway -= 1
                counted.ended.append(time.monotonic())
                counted.news.set()


async def _room(counted: _Counted, limit: Limit) -> str:
    window = limit.window.total_seconds() + MARGIN
    while counted.underway + len(counted.ended) >= limit.requests:
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
