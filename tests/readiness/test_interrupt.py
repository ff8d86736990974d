"""Interrupts: the first ends the work once it has cleaned up, the others change nothing."""

import asyncio
import logging
import os
import signal
from collections.abc import Iterator

import pytest
from readiness import interrupt


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in interrupt.SIGNALS}
    yield
    logging.disable(logging.NOTSET)
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", interrupt.SIGNALS)
def test_the_work_cleans_up_and_is_not_interrupted_again(number):
    cleaned = []

    async def work():
        try:
            os.kill(os.getpid(), number)
            await asyncio.sleep(60)
        finally:
            for again in interrupt.SIGNALS:
                os.kill(os.getpid(), again)
            await asyncio.sleep(0.01)
            cleaned.append(True)

    with pytest.raises(KeyboardInterrupt):
        interrupt.run(work())
    assert cleaned == [True]


def test_outside_of_such_work_it_is_a_keyboard_interrupt_once():
    interrupt.heed()
    with pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGTERM)
    os.kill(os.getpid(), signal.SIGTERM)


def test_what_heard_signals_before_hears_them_afterwards():
    interrupt.heed()
    before = signal.getsignal(signal.SIGTERM)
    assert interrupt.run(asyncio.sleep(0, "done")) == "done"
    assert signal.getsignal(signal.SIGTERM) is before
