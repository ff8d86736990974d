"""Completion: what must not be left half done is not, and being told to stop is not forgotten."""

import asyncio

import pytest
from readiness.completion import completed


async def test_what_was_begun_ends_before_the_cancellation_does():
    done, begun = [], asyncio.Event()

    async def work():
        begun.set()
        await asyncio.sleep(0.05)
        return "made"

    async def worker():
        done.append(await completed(work()))
        await asyncio.sleep(60)
        done.append("went on")

    task = asyncio.create_task(worker())
    await begun.wait()
    task.cancel()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert done == ["made"]


async def test_a_time_limit_is_told_from_a_cancellation_afterwards():
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await completed(asyncio.sleep(0.05))
            await asyncio.sleep(60)


async def test_what_the_work_gives_or_raises_is_passed_on():
    async def broken():
        raise KeyError("boom")

    assert await completed(asyncio.sleep(0, "made")) == "made"
    with pytest.raises(KeyError):
        await completed(broken())
