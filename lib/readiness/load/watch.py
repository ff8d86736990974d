"""Watch: the platform while a load test runs, on the test's own clock, by its sources and its metrics route.

    async with Watch(context, warm_up_s=2, seconds=10) as watch:
        ...                       # the load test
    record["watched"] = watch.as_json()

What fails or is not configured is listed under `missing` and never stops the test.
"""

import asyncio
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol, Self

from readiness.errors import Unobservable
from readiness.secret import excerpt

if TYPE_CHECKING:
    from readiness.probes import Context

PATIENCE = 3
"""Readings in a row that may fail until a source is given up."""
READINGS = 300
"""Readings that one test may take of one source: a long test is read less often than every second."""
STOP_S, STOP_AT_ONCE_S = 5.0, 1.0
"""Seconds that the last readings may take, and those where the test was interrupted."""
LONGEST = 300
"""Characters of a reason."""

PROMETHEUS = "prometheus: "
OF_ROLE = "of role "
OF_LIMIT = "% of its limit"


@dataclass
class Series:
    """What one thing came to over time.

    Attributes:
        name, source, unit: What it is, where it was read, and in what it is measured.
        counts: It is a counter: its values are what it grew by since it was first read.
        at_s: Seconds since the start of the measured part, negative during the warm-up.
        value: What was read then.
    """

    name: str
    source: str
    unit: str
    counts: bool = False
    at_s: list[float] = field(default_factory=list)
    value: list[float] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """The series and its summary, which is of the measured part alone."""
        measured = [value for at, value in zip(self.at_s, self.value, strict=True) if at >= 0]
        told: dict[str, Any] = {"name": self.name, "source": self.source, "unit": self.unit}
        told |= {"at_s": [round(at, 3) for at in self.at_s], "value": [round(value, 6) for value in self.value]}
        if not measured:
            return told
        if self.counts:
            return told | {"grown": round(measured[-1] - measured[0], 6)}
        return told | {"most": max(measured), "p95": p95(measured), "growth_pct": growth_pct(measured)}


def p95(values: Sequence[float]) -> float:
    """The smallest value that 95 % do not exceed."""
    return sorted(values)[math.ceil(0.95 * len(values)) - 1]


def growth_pct(values: Sequence[float]) -> float | None:
    """Growth of the mean from the first third to the last, %; None where there are fewer than three, or it was 0."""
    third = len(values) // 3
    first = sum(values[:third]) / third if third else 0.0
    return round(100 * (sum(values[-third:]) / third - first) / first, 2) if first else None


class Book:
    """What is read of all sources, on one clock.

    Args:
        zero: When the measured part starts, on the event loop's clock, s.

    Attributes:
        began_s: When watching began, seconds since then: negative with a warm-up.
    """

    def __init__(self, zero: float) -> None:
        self.zero = zero
        self.began_s = 0.0
        self._series: dict[tuple[str, str], Series] = {}
        self._missing: dict[tuple[str, str], dict[str, str]] = {}
        self._counters: dict[tuple[str, str], tuple[float, Any]] = {}

    @property
    def at_s(self) -> float:
        """Now."""
        return asyncio.get_running_loop().time() - self.zero

    def note(self, name: str, source: str, unit: str, at_s: float, value: float, *, counts: bool = False) -> None:
        """A value of a series."""
        series = self._series.setdefault((name, source), Series(name, source, unit, counts))
        series.at_s.append(at_s)
        series.value.append(value)

    def count(self, name: str, source: str, unit: str, at_s: float, total: float, epoch: Any = None) -> None:
        """The total of a counter; one that begins anew (a lower total, another epoch) is missing from then on."""
        key = name, source
        if key in self._missing:
            return
        first, since = self._counters.setdefault(key, (total, epoch))
        reached = first + self._series[key].value[-1] if key in self._series else first
        if since != epoch or total < reached:
            self.miss([name], source, Unobservable("its counter began anew while it was watched"))
        else:
            self.note(name, source, unit, at_s, total - first, counts=True)

    def miss(self, names: Sequence[str], source: str, obstacle: Unobservable) -> None:
        """These series of a source are missing, or end here."""
        reason = excerpt(obstacle.reason, LONGEST)
        for name in names:
            told = {"name": name, "source": source, "reason": reason, "permission": obstacle.permission}
            self._missing.setdefault((name, source), told)

    def as_json(self) -> dict[str, Any]:
        """`watched` of a load record."""
        series = [one.as_json() for one in self._series.values()]
        return {"series": series, "missing": list(self._missing.values())}


class Watcher(Protocol):
    """One source of series."""

    @property
    def names(self) -> tuple[str, ...]:
        """The series it gives."""
        ...

    @property
    def source(self) -> str:
        """Where it reads them."""
        ...

    @property
    def every_s(self) -> float:
        """Seconds between two readings at least; infinite for one that is read once, at the end."""
        ...

    async def look(self, context: "Context", book: Book) -> None:
        """Read once.

        Raises:
            Unobservable: Nothing could be read.
        """
        ...


class Watch:
    """The platform while a load test runs; usable as `async with`, in the loop of the main process.

    Args:
        context: The target, its client and its sources; see `survey.context_of`.
        warm_up_s: Seconds from now until the measured part starts.
        seconds: How long that takes.
        in_flight: Name of the gauge of requests in flight on the metrics route; empty: not watched.
        watchers: What to watch; default: all there are.

    Attributes:
        at_once: The test was stopped: the last readings are not waited for long.
    """

    def __init__(
        self,
        context: "Context",
        *,
        warm_up_s: float,
        seconds: float,
        in_flight: str = "",
        watchers: Sequence[Watcher] | None = None,
    ) -> None:
        from readiness.load.watchers import every  # they are written in terms of this module

        self._context, self._warm_up_s = context, warm_up_s
        self._least_s = max(1.0, (warm_up_s + seconds) / READINGS)
        self._watchers = every(in_flight) if watchers is None else watchers
        self.at_once = False
        self._over = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._book = Book(0.0)

    async def __aenter__(self) -> Self:
        self._book.zero = asyncio.get_running_loop().time() + self._warm_up_s
        self._book.began_s = -self._warm_up_s
        self._tasks = [asyncio.create_task(self._follow(one)) for one in self._watchers]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()  # each reads once more, unless the machine or the source is too slow for that
        _, late = await asyncio.wait(self._tasks, timeout=STOP_AT_ONCE_S if kind or self.at_once else STOP_S)
        for task in late:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def as_json(self) -> dict[str, Any]:
        """`watched` of a load record, each series with its summary."""
        return self._book.as_json()

    async def _follow(self, watcher: Watcher) -> None:
        failed = 0
        every_s = max(watcher.every_s, self._least_s)
        try:
            while True:
                over = self._over.is_set()
                if over or math.isfinite(every_s):
                    failed = 0 if await self._looked(watcher, last=over or failed + 1 == PATIENCE) else failed + 1
                if over or failed == PATIENCE:
                    return
                await self._pause(every_s)
        except asyncio.CancelledError:
            self._book.miss(watcher.names, watcher.source, Unobservable("it did not answer before the test's end"))
            raise

    async def _looked(self, watcher: Watcher, *, last: bool) -> bool:
        try:
            await watcher.look(self._context, self._book)
        except Unobservable as obstacle:
            if last or obstacle.permission:  # what is not granted now will not be granted in a second
                self._book.miss(watcher.names, watcher.source, obstacle)
            return False
        except Exception as error:  # what watches never stops what is watched
            self._book.miss(watcher.names, watcher.source, Unobservable(f"{type(error).__name__}: {error}"))
            return False
        return True

    async def _pause(self, every_s: float) -> None:
        """Until the next whole number of intervals from the start of the measured part, or the end of the test."""
        if not math.isfinite(every_s):
            await self._over.wait()
            return
        at_s = self._book.at_s
        following = (math.floor(at_s / every_s + 1e-3) + 1) * every_s
        try:
            async with asyncio.timeout(following - at_s):
                await self._over.wait()
        except TimeoutError:
            pass
