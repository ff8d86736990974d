"""A channel between a worker and who gave it its assignment: when to begin, whether to stop, how it goes."""

import os
import signal
import threading
import time
from dataclasses import dataclass, field
from multiprocessing.context import SpawnContext
from typing import Any, Protocol


@dataclass(frozen=True)
class Tidings:
    """How it went in one second.

    Attributes:
        worker: Who tells.
        second: Since the beginning, the warm-up not counted; negative within it. None: ready to begin.
        scheduled, completed, failed: Requests that came to an end one way or the other, and how.
        slowest: Latencies from the intended start, milliseconds: percentiles 50 and 99 of those that ended.
    """

    worker: int
    second: int | None = None
    scheduled: int = 0
    completed: int = 0
    failed: int = 0
    p50_ms: float = 0.0
    p99_ms: float = 0.0
    kinds: dict[str, int] = field(default_factory=dict)


LEAVE_S = 1.0
"""Time in which a worker whose parent is gone ends by itself."""


class Channel(Protocol):
    """What a worker is given; every method may be called from its event loop and takes some microseconds."""

    def ready(self, worker: int) -> None:
        """Say that the worker could begin."""

    def starts_at(self) -> float:
        """Unix time at which all begin; 0 as long as it is not known."""

    def stopped(self) -> bool:
        """Whether to stop early."""

    def tell(self, tidings: Tidings) -> None:
        """Say how it goes."""


class Alone:
    """The channel of a worker that nobody waits for: it begins at once and goes on to the end."""

    def ready(self, worker: int) -> None:
        """See `Channel`."""

    def starts_at(self) -> float:
        """See `Channel`."""
        return time.time()

    def stopped(self) -> bool:
        """See `Channel`."""
        return False

    def tell(self, tidings: Tidings) -> None:
        """See `Channel`."""


class Local:
    """The channel between processes of this machine.

    Args:
        context: What makes things that processes share.
    """

    def __init__(self, context: SpawnContext) -> None:
        self.start = context.Value("d", 0.0)
        self.stop = context.Event()
        self.tidings: Any = context.SimpleQueue()
        self._parent = os.getpid()

    def ready(self, worker: int) -> None:
        """See `Channel`."""
        self.tidings.put(Tidings(worker))

    def starts_at(self) -> float:
        """See `Channel`."""
        return float(self.start.value)

    def stopped(self) -> bool:
        """See `Channel`; also where who gave the assignment is gone."""
        return self.stop.is_set() or self.orphaned()

    def orphaned(self) -> bool:
        """Whether who started this process is gone."""
        return os.getppid() != self._parent

    def tell(self, tidings: Tidings) -> None:
        """See `Channel`."""
        self.tidings.put(tidings)


_mine: Local | None = None


def join(channel: Local) -> None:
    """Begin as a worker process: an interrupt of the terminal is the business of who gave the assignment."""
    global _mine
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    _mine = channel
    threading.Thread(target=_leave_with, args=(channel,), daemon=True).start()


def _leave_with(channel: Local) -> None:
    """End when who started this process is gone: a pool's process would wait for work for ever."""
    while not channel.orphaned():
        time.sleep(1)
    time.sleep(LEAVE_S)  # an assignment that is going on ends first, and has nobody to give its recording to
    os._exit(1)


def mine() -> Local:
    """The channel that this process joined."""
    assert _mine is not None, "no channel was joined"
    return _mine
