"""Interrupts: a scheduler's stop and a closed terminal end a run as Ctrl-C does, once it has cleaned up."""

import asyncio
import logging
import signal
from collections.abc import Coroutine
from typing import Any, TypeVar

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

T = TypeVar("T")


def heed() -> None:
    """Have the first signal raise KeyboardInterrupt wherever the program is; the others are ignored."""
    for number in SIGNALS:
        signal.signal(number, _interrupt)


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run the work as `asyncio.run` does; the first signal cancels it, and it may clean up before it ends.

    An exception that came out of the middle of the event loop would end the clean-up as well.

    Raises:
        KeyboardInterrupt: It was interrupted; what it cleaned up is done.
    """
    interrupted = False

    async def main() -> T:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None

        def stop(number: int, frame: object) -> None:
            nonlocal interrupted
            _ignore()
            interrupted = True
            loop.call_soon_threadsafe(task.cancel)

        for number in SIGNALS:
            signal.signal(number, stop)
        return await work

    before = {number: signal.getsignal(number) for number in SIGNALS}
    try:
        return asyncio.run(main())
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None
    finally:
        if not interrupted:
            for number, handler in before.items():
                signal.signal(number, handler)


def _interrupt(number: int, frame: object) -> None:
    _ignore()
    raise KeyboardInterrupt


def _ignore() -> None:
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)  # the first one is enough: cleaning up is not to be interrupted
    logging.disable()  # what libraries say of being stopped is not what went wrong
