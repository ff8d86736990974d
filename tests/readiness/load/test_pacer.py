"""The pacer: wakes in order and on time, and never early by more than it says."""

import asyncio

import pytest
from readiness.load import pacer as module
from readiness.load.pacer import EARLY_S, Pacer


@pytest.mark.parametrize("system", ["linux", "other"])
def test_it_wakes_in_order_and_not_early(monkeypatch, system):
    monkeypatch.setattr(module.sys, "platform", system)
    woken = []

    async def run():
        with Pacer() as pacer:
            pacer.begin()

            async def wait(due):
                await pacer.until(due)
                woken.append((due, pacer.now()))

            await asyncio.gather(*(wait(due) for due in (0.06, 0.02, 0.04, 0.02, 0.0)))
            return pacer.exact

    exact = asyncio.run(run())
    assert [due for due, _ in woken] == [0.0, 0.02, 0.02, 0.04, 0.06]
    early = EARLY_S if exact else 0.002
    assert all(-early <= now - due < 0.5 for due, now in woken)
    assert exact is (system == "linux")


async def test_one_that_is_cancelled_keeps_no_other_waiting():
    with Pacer() as pacer:
        pacer.begin()
        first, second = (asyncio.create_task(pacer.until(due)) for due in (0.01, 0.03))
        await asyncio.sleep(0)
        first.cancel()
        await asyncio.wait_for(second, 5)
        assert first.cancelled()


async def test_who_waits_at_the_end_is_let_go():
    with Pacer() as pacer:
        waiting = asyncio.create_task(pacer.until(60))
        await asyncio.sleep(0)
    with pytest.raises(asyncio.CancelledError):
        await waiting
