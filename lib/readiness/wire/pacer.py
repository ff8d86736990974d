"""The pacer: keeps a run within the limits that its target declares, so that probes do not refuse each other."""

import asyncio
import time
from collections import defaultdict, deque
from collections.abc import Iterable
from urllib.parse import urlsplit

from readiness.target import Limit

LONGEST = 60.0
"""Seconds that one request waits for its turn at most."""

MARGIN = 0.25
"""Seconds added to a window: requests do not arrive as evenly as they are sent."""

_Key = tuple[str, str, str]  # host and port, method, path


class Pacer:
    """Turns for requests to the operations that a target declares limits for.

    Args:
        limits: The declared limits.
    """

    def __init__(self, limits: Iterable[Limit]) -> None:
        self._limits: dict[tuple[str, str], Limit] = {(limit.method, limit.route): limit for limit in limits}
        self._sent: defaultdict[_Key, deque[float]] = defaultdict(deque)
        self._queues: defaultdict[_Key, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def turn(self, method: str, url: str) -> str:
        """Wait until one more request is within the limit.

        Returns:
            Empty, or why the request should not be sent: its turn would come too late.
        """
        found = self._find(method, url)
        if found is None:
            return ""
        key, limit = found
        async with self._queues[key]:  # first come, first served
            left = self._left(key, limit, 1)
            if left > LONGEST:
                return f"the declared limit of {limit.requests} requests to {limit.route} is used up in this run"
            await asyncio.sleep(left)
            self._sent[key].append(time.monotonic())
        return ""

    def count(self, method: str, url: str) -> None:
        """Count a request that does not wait for its turn."""
        if found := self._find(method, url):
            self._sent[found[0]].append(time.monotonic())

    async def room(self, method: str, url: str, count: int) -> None:
        """Wait until so many requests are within the limit at once, as far as it allows as many; a minute at most."""
        if found := self._find(method, url):
            await asyncio.sleep(min(LONGEST, self._left(*found, count)))

    def _find(self, method: str, url: str) -> tuple[_Key, Limit] | None:
        parts = urlsplit(url)
        limit = self._limits.get((method, parts.path))
        return ((parts.netloc, method, parts.path), limit) if limit else None

    def _left(self, key: _Key, limit: Limit, count: int) -> float:
        """Seconds until so many more requests are within the limit."""
        sent, now = self._sent[key], time.monotonic()
        window = limit.window.total_seconds() + MARGIN
        while sent and sent[0] + window <= now:
            sent.popleft()
        over = len(sent) + min(count, limit.requests) - limit.requests
        return sent[over - 1] + window - now if over > 0 else 0.0
