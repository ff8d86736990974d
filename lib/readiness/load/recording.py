"""Recordings: what a worker measured, small enough to be sent, and merged without loss with what others did."""

from array import array
from collections import Counter
from dataclasses import dataclass, field

import numpy as np
from hdrh.histogram import HdrHistogram
from numpy.typing import NDArray

LOWEST_US, HIGHEST_US, DIGITS = 1, 120_000_000, 3
"""Range of a histogram, microseconds, and its significant digits: a value is off by a thousandth at most."""
BySecond = dict[int, Counter[int]]
"""Second → latency → how many."""
OWN_LIMIT = "no socket left"
"""A request that this machine had no open file or port for: the generator's limit, not the platform's."""
BATCH = 256
"""Requests that are noted before they are counted: few enough that counting them keeps no request waiting."""
_WIDTH = 5


def histogram() -> HdrHistogram:
    """An empty histogram of microseconds."""
    return HdrHistogram(LOWEST_US, HIGHEST_US, DIGITS)


@dataclass
class Latencies:
    """Latencies of one step, kept twice.

    Attributes:
        intended: From when a request should have started: what its user would have waited.
        service: From when it was sent.
    """

    intended: HdrHistogram = field(default_factory=histogram)
    service: HdrHistogram = field(default_factory=histogram)


@dataclass
class Recording:
    """What was measured.

    Attributes:
        steps: Latencies by step.
        seconds: Step → second since the beginning → latency from the intended start (µs, to three digits) → how many.
        services: The same from the send.
        errors: Second since the beginning → step and kind of failure → how many.
        completed: Requests that were answered with a success, by step.
        failed: Those that were not, by step and kind: `timeout`, `refused`, `reset`, `status 503`, `dropped`, …
        scheduled, sent: Requests that should have been, and those that were. Every one that should have been is
            completed or failed.
        answered: Successes that came within the measured part, whenever they were due: what was got done in it.
        unanswered: Requests that were under way when the test was stopped; in no other count.
        late: How long after their time requests were sent, µs.
        lag: How late the event loop woke, µs.
        cpu_s, wall_s: Processor time and time of the worker; of several the one that was busiest.
        files: Open files that the worker was allowed.
        most_mib: Memory it took at most.
        exact: Its timer is.
        workers: How many recordings this one is made of.
    """

    steps: dict[str, Latencies] = field(default_factory=dict)
    seconds: dict[str, BySecond] = field(default_factory=dict)
    services: dict[str, BySecond] = field(default_factory=dict)
    errors: dict[int, Counter[tuple[str, str]]] = field(default_factory=dict)
    completed: Counter[str] = field(default_factory=Counter)
    failed: Counter[tuple[str, str]] = field(default_factory=Counter)
    scheduled: int = 0
    sent: int = 0
    answered: int = 0
    unanswered: int = 0
    late: HdrHistogram = field(default_factory=histogram)
    lag: HdrHistogram = field(default_factory=histogram)
    cpu_s: float = 0.0
    wall_s: float = 0.0
    files: int = 0
    most_mib: float = 0.0
    exact: bool = True
    workers: int = 1

    def __getstate__(self) -> dict[str, object]:
        state = dict(self.__dict__)
        state["steps"] = {name: (one.intended.encode(), one.service.encode()) for name, one in self.steps.items()}
        state["late"], state["lag"] = self.late.encode(), self.lag.encode()
        return state

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__dict__.update(state)
        packed: dict[str, tuple[bytes, bytes]] = state["steps"]  # type: ignore[assignment]
        self.steps = {name: Latencies(*map(HdrHistogram.decode, pair)) for name, pair in packed.items()}
        self.late, self.lag = HdrHistogram.decode(state["late"]), HdrHistogram.decode(state["lag"])


class Notes:
    """What a worker notes of each request, counted in batches, so that noting costs next to nothing.

    Args:
        names: Names of the steps, by number.
    """

    def __init__(self, names: tuple[str, ...]) -> None:
        self.recording = Recording()
        self._names = names
        self._batch = array("q")
        self._intended: Counter[int] = Counter()
        self._service: Counter[int] = Counter()
        self._late: Counter[int] = Counter()

    def add(self, step: int, due_us: int, late_us: int, intended_us: int, service_us: int) -> None:
        """One request that ended, well or not; what got no answer is given its time-out.

        Args:
            step: Its number.
            due_us: When it should have started, since the beginning; all in microseconds.
            late_us: How long after that it was sent.
            intended_us, service_us: Its latencies.
        """
        batch = self._batch
        batch.extend((step, due_us, late_us, intended_us, service_us))
        if len(batch) >= BATCH * _WIDTH:
            self.count()

    def ended(self, step: int, due_us: int, failure: str) -> None:
        """How it ended; empty: with a success."""
        name = self._names[step]
        if failure:
            self.recording.failed[name, failure] += 1
            self.recording.errors.setdefault(due_us // 1_000_000, Counter())[name, failure] += 1
        else:
            self.recording.completed[name] += 1

    def count(self) -> None:
        """Count what was noted."""
        if not self._batch:
            return
        table = np.frombuffer(self._batch, dtype=np.int64).reshape(-1, _WIDTH)
        key = (table[:, 0] << 52) | ((table[:, 1] // 1_000_000) << 28)
        for into, values in (
            (self._intended, key | _rounded(table[:, 3])),
            (self._service, key | _rounded(table[:, 4])),
            (self._late, _rounded(table[:, 2])),
        ):
            unique, counts = np.unique(values, return_counts=True)
            for value, count in zip(unique.tolist(), counts.tolist(), strict=True):
                into[value] += count
        self._batch = array("q")

    def whole(self) -> Recording:
        """The recording, everything counted."""
        self.count()
        recording = self.recording
        for counted, seconds, kind in (
            (self._intended, recording.seconds, "intended"),
            (self._service, recording.services, "service"),
        ):
            for key, count in counted.items():
                step, second, value = key >> 52, (key >> 28) & 0xFFFFFF, key & 0xFFFFFFF
                latencies = recording.steps.get(self._names[step])
                if latencies is None:
                    latencies = recording.steps[self._names[step]] = Latencies()
                getattr(latencies, kind).record_value(value, count)
                seconds.setdefault(self._names[step], {}).setdefault(second, Counter())[value] += count
        for value, count in self._late.items():
            recording.late.record_value(value, count)
        self._intended, self._service, self._late = Counter(), Counter(), Counter()
        return recording


def together(into: BySecond, *others: BySecond) -> BySecond:
    """Add others to the first, which is given back."""
    for other in others:
        for second, counts in other.items():
            into.setdefault(second, Counter()).update(counts)
    return into


def merged(recordings: list[Recording]) -> Recording:
    """One recording of all: the same as if one worker had measured everything."""
    whole = Recording(workers=0)
    for one in recordings:
        for name, latencies in one.steps.items():
            into = whole.steps.setdefault(name, Latencies())
            into.intended.add(latencies.intended)
            into.service.add(latencies.service)
        for mine, theirs in ((whole.seconds, one.seconds), (whole.services, one.services)):
            for step, of_step in theirs.items():
                together(mine.setdefault(step, {}), of_step)
        for second, kinds in one.errors.items():
            whole.errors.setdefault(second, Counter()).update(kinds)
        whole.completed.update(one.completed)
        whole.failed.update(one.failed)
        whole.scheduled += one.scheduled
        whole.sent += one.sent
        whole.answered += one.answered
        whole.unanswered += one.unanswered
        whole.workers += one.workers
        whole.late.add(one.late)
        whole.lag.add(one.lag)
        if one.cpu_s * whole.wall_s >= whole.cpu_s * one.wall_s:
            whole.cpu_s, whole.wall_s = one.cpu_s, one.wall_s
        whole.files = one.files if not whole.files else min(whole.files, one.files)
        whole.most_mib += one.most_mib
        whole.exact = whole.exact and one.exact
    return whole


def _rounded(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """Within the range, to three significant digits in binary, the middle of what is told apart no more."""
    values = np.clip(values, LOWEST_US, HIGHEST_US)
    shift = np.maximum(np.frexp(values.astype(np.float64))[1] - 11, 0)
    rounded: NDArray[np.int64] = ((values >> shift) << shift) + np.where(shift > 0, (1 << shift) >> 1, 0)
    return rounded
