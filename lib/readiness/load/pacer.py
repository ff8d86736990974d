"""A pacer: wakes those who wait at the microsecond they asked for, as an event loop's own timers do not.

uvloop counts in whole milliseconds, as libuv and epoll do. On Linux the kernel's timer descriptors (timerfd_create(2))
are exact to some ten microseconds, and cost no processor time while nothing is due.
"""

import asyncio
import ctypes
import heapq
import itertools
import os
import sys
import time
from typing import Self

CLOCK_MONOTONIC = 1
TFD_NONBLOCK, TFD_CLOEXEC = os.O_NONBLOCK, getattr(os, "O_CLOEXEC", 0)
EARLY_S = 20e-6
"""What is due so soon is woken at once: it takes as long to go round the loop."""


class _Timespec(ctypes.Structure):
    _fields_ = (("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long))


class _Itimerspec(ctypes.Structure):
    _fields_ = (("interval", _Timespec), ("value", _Timespec))


class Pacer:
    """Waits on one clock for many.

    Attributes:
        exact: It waits by a timer descriptor; else by the event loop's timers, to a millisecond or so.
    """

    def __init__(self) -> None:
        self._began = time.perf_counter()
        self._waiting: list[tuple[float, int, asyncio.Future[None]]] = []
        self._number = itertools.count()
        self._armed = float("inf")
        self._timer: asyncio.TimerHandle | None = None
        self._fd = -1
        if sys.platform == "linux":
            libc = ctypes.CDLL(None, use_errno=True)
            self._set = libc.timerfd_settime
            self._fd = libc.timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)
        self.exact = self._fd >= 0
        self._spec = _Itimerspec()
        self._left, self._given = self._spec.value, ctypes.byref(self._spec)

    def __enter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        if self.exact:
            self._loop.add_reader(self._fd, self._fired)
        return self

    def __exit__(self, *error: object) -> None:
        if self.exact:
            self._loop.remove_reader(self._fd)
            os.close(self._fd)
        elif self._timer:
            self._timer.cancel()
        for _, _, waiting in self._waiting:
            waiting.cancel()

    def begin(self) -> None:
        """Start the clock."""
        self._began = time.perf_counter()

    def now(self) -> float:
        """Seconds since `begin`."""
        return time.perf_counter() - self._began

    def shown(self, moment: float) -> float:
        """What the clock showed at a moment of `time.perf_counter`."""
        return moment - self._began

    async def until(self, due: float) -> None:
        """Wait until the clock shows `due` seconds; not at all where it does already."""
        if due - self.now() <= EARLY_S:
            return
        waiting: asyncio.Future[None] = self._loop.create_future()
        heapq.heappush(self._waiting, (due, next(self._number), waiting))
        if due < self._armed:
            self._arm(due)
        await waiting

    def _fired(self) -> None:
        try:
            os.read(self._fd, 8)
        except BlockingIOError:
            return
        self._wake()

    def _wake(self) -> None:
        now = self.now() + EARLY_S
        while self._waiting and (self._waiting[0][0] <= now or self._waiting[0][2].done()):
            _, _, waiting = heapq.heappop(self._waiting)
            if not waiting.done():
                waiting.set_result(None)
        self._armed = float("inf")
        if self._waiting:
            self._arm(self._waiting[0][0])

    def _arm(self, due: float) -> None:
        self._armed = due
        left = max(due - self.now(), 1e-6)
        if self.exact:
            whole = int(left)
            self._left.seconds, self._left.nanoseconds = whole, int((left - whole) * 1e9) or 1
            self._set(self._fd, 0, self._given, None)
            return
        if self._timer:
            self._timer.cancel()
        self._timer = self._loop.call_later(left, self._wake)
