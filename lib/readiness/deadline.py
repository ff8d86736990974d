"""Deadlines: a notebook that runs too long is stopped in its cell, so that it is kept up to there."""

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

GRACE = 30.0
"""Seconds that a kernel has to end its cell, and clean up, before it is ended itself.

A cell that awaits heeds an interrupt the next time that its event loop wakes, which a survey does all the time.
"""


class Deadline:
    """A moment by which a run has to be done.

    Args:
        at_most: How long from now; None: there is none.
    """

    def __init__(self, at_most: timedelta | None) -> None:
        self.at_most = at_most
        self._ends = None if at_most is None else time.monotonic() + at_most.total_seconds()

    @property
    def passed(self) -> bool:
        """Whether it is over."""
        return self._ends is not None and time.monotonic() >= self._ends

    @property
    def words(self) -> str:
        """How it is said that it passed."""
        return f"the run took longer than {self.at_most} and was stopped"

    @contextmanager
    def held(self, mark: str) -> Iterator[None]:
        """Interrupt the process whose command line holds `mark` when the time is over, and end it when it stays.

        Args:
            mark: Part of an argument of exactly one child of this process, such as the path of a connection file.
        """
        if self._ends is None:
            yield
            return
        over = threading.Event()

        def watch() -> None:
            if not over.wait(max(0.0, self._ends - time.monotonic())):  # type: ignore[operator]
                _signal(mark, signal.SIGINT)
                if not over.wait(GRACE):
                    _signal(mark, signal.SIGKILL)

        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        try:
            yield
        finally:
            over.set()
            watcher.join()


def _signal(mark: str, number: signal.Signals) -> None:
    import psutil

    for child in psutil.Process().children(recursive=True):
        try:
            if any(mark in argument for argument in child.cmdline()):
                child.send_signal(number)
        except psutil.Error:
            continue  # it has ended meanwhile
