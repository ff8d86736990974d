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


class Pacer:
    """Turns for requests to the operations that a target declares limits for.

    Args:
        limits: The declared limits.
    """

    def __init__(self, limits: Iterable[Limit]) -> None:
        self._limits: dict[tuple[str, str], Limit] = {(limit.method, limit.route): limit for limit in limits}
        self._sent: defaultdict[tuple[str, str, str], deque[float]] = defaultdict(deque)
        self._queues: defaultdict[tuple[str, str, str], asyncio.Lock] = defaultdict(asyncio.Lock)

    async def turn(self, method: str, url: str) -> str:
        """Wait until one more request is within the limit.

        Returns:
            Empty, or why the request should not be sent: its turn would come too late.
        """
        parts = urlsplit(url)
        limit = self._limits.get((method, parts.path))
        if limit is None:
            return ""
        key = (parts.netloc, method, parts.path)
        window = limit.window.total_seconds() + MARGIN
        async with self._queues[key]:  # first come, first served
            sent = self._sent[key]
            while len(sent) >= limit.requests:
                left = sent[0] + window - time.monotonic()
                if left > LONGEST:
                    return f"the declared limit of {limit.requests} requests to {limit.route} is used up in this run"
                if left > 0:
                    await asyncio.sleep(left)
                sent.popleft()
            sent.append(time.monotonic())
        return ""
