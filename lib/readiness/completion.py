"""Completion: work that is done to its end, whoever is told to stop meanwhile."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def completed(work: Coroutine[Any, Any, T]) -> T:
    """What the work gives. A task that is cancelled meanwhile takes that in first, and stops where it waits next.

    For what must not be left half done: a request that may change something, the removal of what was made.

    Args:
        work: Has a time bound of its own.

    Raises:
        Exception: What the work raises.
    """
    waiting, task, told = asyncio.current_task(), asyncio.ensure_future(work), 0
    assert waiting is not None
    while not task.done():
        try:
            await asyncio.wait({task})  # unlike `await task`, this does not cancel what it waits for
        except asyncio.CancelledError:
            told += 1
            waiting.uncancel()
    for _ in range(told):  # as often as it was told: timeouts and groups of tasks count
        waiting.cancel()
    return task.result()
