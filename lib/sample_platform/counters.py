"""Counters in the cache: how often something happened to one account lately.

Without the cache each process counts for itself: weaker than the shared count, never open.
"""

import hashlib
import math
import time

from redis.exceptions import RedisError

from .environment import Environment

HOUR_S = 3600


async def more(here: Environment, what: str, who: str, window_s: int) -> int:
    """Count one more and return how many there were in a window that began with the first."""
    key = _key(what, who)
    try:
        async with here.cache.pipeline() as pipeline:
            pipeline.incr(key)
            pipeline.expire(key, window_s, nx=True)
            count, _ = await pipeline.execute()
    except (RedisError, OSError):
        before, ends = _own(here, key)
        here.counted[key] = before + 1, ends or time.monotonic() + window_s
        return before + 1
    return int(count)


async def standing(here: Environment, what: str, who: str) -> tuple[int, int]:
    """Return how many there were and the seconds until they are forgotten; zeros where there were none."""
    key = _key(what, who)
    try:
        async with here.cache.pipeline() as pipeline:
            pipeline.get(key)
            pipeline.ttl(key)
            count, left_s = await pipeline.execute()
    except (RedisError, OSError):
        own, ends = _own(here, key)
        return own, math.ceil(ends - time.monotonic()) if own else 0
    return int(count or 0), max(0, int(left_s))


async def forget(here: Environment, what: str, who: str) -> None:
    """Begin again at nothing."""
    key = _key(what, who)
    here.counted.pop(key, None)
    try:
        await here.cache.delete(key)
    except (RedisError, OSError):
        return


def _own(here: Environment, key: str) -> tuple[int, float]:
    count, ends = here.counted.get(key, (0, 0.0))
    return (count, ends) if ends > time.monotonic() else (0, 0.0)


def _key(what: str, who: str) -> str:
    # Addresses are not kept in the cache in the clear.
    return f"{what}:{hashlib.sha256(who.casefold().encode()).hexdigest()}"
