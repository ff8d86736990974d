"""A crew: the workers of one load test, begun together, listened to, stopped, and their recordings merged.

Workers are submitted to a `concurrent.futures.Executor`: processes of this machine, or a Dask cluster by its address.
"""

import asyncio
import contextlib
import multiprocessing
import os
import time
import uuid
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, Protocol

from readiness.errors import RunFailed
from readiness.load import channel
from readiness.load.assignment import Assignment
from readiness.load.channel import Local, Tidings
from readiness.load.recording import Recording, merged
from readiness.load.worker import work

PATIENCE_S = 60.0
"""How long workers may take to be ready."""
STOP_S = 1.2
"""How long a worker may take to give what it measured when it is told to stop; what takes longer is lost."""
END_S = 0.6
"""How long its process may take to end then, so that all are gone within two seconds."""

Listener = Callable[[Tidings], None]


class Crew(Protocol):
    """Where workers are submitted to, and how they are spoken to."""

    executor: Executor
    lead_s: float

    def reset(self) -> None:
        """Forget the beginning and what was told."""

    def begin(self, at: float) -> None:
        """Tell all at what Unix time they begin."""

    def stop(self) -> None:
        """Tell all to stop."""

    def news(self) -> list[Tidings]:
        """What they told since it was last asked."""

    def task(self) -> Callable[[Assignment], Recording]:
        """What is submitted."""

    def close(self) -> None:
        """Let go of all, whatever they are at; takes `END_S` at most."""


class LocalCrew:
    """Processes of this machine.

    Attributes:
        executor: What workers are submitted to.
        lead_s: Time between the signal and the beginning: each worker has seen it by then.
    """

    lead_s = 0.1

    def __init__(self, workers: int) -> None:
        context = multiprocessing.get_context("spawn")  # a fork would share the event loop and the kernel's sockets
        self._channel = Local(context)
        self.executor: Executor = ProcessPoolExecutor(workers, context, channel.join, (self._channel,))

    def reset(self) -> None:
        """See `Crew`."""
        self._channel.start.value = 0.0
        self._channel.stop.clear()
        self.news()

    def begin(self, at: float) -> None:
        """See `Crew`."""
        self._channel.start.value = at

    def stop(self) -> None:
        """See `Crew`."""
        self._channel.stop.set()

    def news(self) -> list[Tidings]:
        """See `Crew`."""
        found = []
        while not self._channel.tidings.empty():
            found.append(self._channel.tidings.get())
        return found

    def task(self) -> Callable[[Assignment], Recording]:
        """See `Crew`."""
        return _locally

    def close(self) -> None:
        """See `Crew`."""
        processes = list((getattr(self.executor, "_processes", None) or {}).values())
        self.executor.shutdown(wait=False, cancel_futures=True)
        deadline = time.monotonic() + END_S
        for process in processes:
            process.join(max(0.0, deadline - time.monotonic()))
            if process.is_alive():
                process.kill()
                process.join(0.2)  # it is gone at once, and only has to be noticed


class ClusterCrew:
    """A Dask cluster, by the address of its scheduler; attributes as those of `LocalCrew`."""

    lead_s = 1.0

    def __init__(self, address: str) -> None:
        try:
            import distributed
        except ImportError:
            raise RunFailed("load.executor: a Dask cluster needs the extra readiness[cluster]") from None
        try:
            self._client: Any = distributed.Client(address, timeout=10, set_as_default=False)
        except (OSError, ValueError) as error:
            said = (str(error).splitlines() or [type(error).__name__])[0]
            raise RunFailed(f"load.executor: {address}: {said}") from None
        self._name = f"readiness-load-{uuid.uuid4().hex}"
        self._news: list[Tidings] = []
        self._client.subscribe_topic(self._name, lambda event: self._news.append(Tidings(**event[1]["tidings"])))
        self.reset()
        self.executor: Executor = self._client.get_executor(pure=False, retries=0)

    def reset(self) -> None:
        """See `Crew`."""
        self._client.set_metadata([self._name], {"start": 0.0, "stop": False})
        self._news.clear()

    def begin(self, at: float) -> None:
        """See `Crew`."""
        self._client.set_metadata([self._name], {"start": at, "stop": False})

    def stop(self) -> None:
        """See `Crew`."""
        self._client.set_metadata([self._name], {"start": 1.0, "stop": True})

    def news(self) -> list[Tidings]:
        """See `Crew`."""
        found, self._news[:] = list(self._news), []
        return found

    def task(self) -> Callable[[Assignment], Recording]:
        """See `Crew`."""
        return _OnCluster(self._name)

    def close(self) -> None:
        """See `Crew`; leaves the cluster."""
        self.executor.shutdown(wait=False)
        self._client.close()


class _OnCluster:
    """Does an assignment on a worker of a cluster; what is asked of the scheduler is asked in a thread."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, assignment: Assignment) -> Recording:
        from readiness.load.cluster import Remote

        with Remote(self.name) as remote:
            return work(assignment, remote)


def _locally(assignment: Assignment) -> Recording:
    return work(assignment, channel.mine())


@asynccontextmanager
async def crew_of(executor: str, workers: int) -> AsyncIterator[Crew]:
    """A crew, for as long as the block lasts.

    Args:
        executor: Address of a Dask scheduler, `tcp://host:port`; empty: processes of this machine.
        workers: How many of those.

    Raises:
        RunFailed: The cluster cannot be reached.
    """
    crew: Crew = await asyncio.to_thread(ClusterCrew, executor) if executor else LocalCrew(workers)
    try:
        yield crew
    finally:
        crew.stop()
        await asyncio.to_thread(crew.close)


async def run(
    crew: Crew,
    assignment: Assignment,
    workers: int,
    *,
    listen: Listener = lambda tidings: None,
    stop: asyncio.Event | None = None,
    began: Callable[[float], None] = lambda at: None,
) -> Recording:
    """Have an assignment done by several workers.

    Args:
        crew: Who does it.
        assignment: What to do; each gets its share.
        workers: How many share it.
        listen: Called with what each tells, about once a second.
        stop: Set it to stop early: what was measured is kept.
        began: Called with the Unix time at which the warm-up begins.

    Raises:
        RunFailed: A worker could not begin, or was lost.
    """
    crew.reset()
    task = crew.task()
    submitted = [
        asyncio.wrap_future(_submitted(crew.executor, task, replace(assignment, share=(index, workers))))
        for index in range(workers)
    ]
    ready: set[int] = set()
    stopped = stop or asyncio.Event()
    waited_until = time.monotonic() + PATIENCE_S
    started = told = False
    ending = float("inf")
    try:
        while not all(one.done() for one in submitted):
            ready |= _heard(crew, listen)
            if not started and len(ready) == workers:
                at = time.time() + crew.lead_s
                crew.begin(at)
                began(at)
                started = True
            if not started and time.monotonic() > waited_until:
                raise RunFailed(f"{len(ready)} of {workers} load workers were ready within {PATIENCE_S:g} s")
            if stopped.is_set() and not told:
                crew.stop()
                told, ending = True, time.monotonic() + STOP_S
            if time.monotonic() > ending:
                break
            with contextlib.suppress(TimeoutError):
                if not told:
                    await asyncio.wait_for(stopped.wait(), 0.05)
                else:
                    await asyncio.sleep(0.02)
        _heard(crew, listen)
        found = [one.result() for one in submitted if one.done() and not one.exception()]
        if len(found) < workers and not told:
            broken = next(error for one in submitted if (error := one.exception()))
            raise RunFailed(f"a load worker ended: {type(broken).__name__}: {broken}")
        return merged(found)
    finally:
        for one in submitted:
            one.cancel()


def _heard(crew: Crew, listen: Listener) -> set[int]:
    """Pass on what workers tell of how it goes; gives those that say they are ready."""
    news = crew.news()
    for tidings in news:
        if tidings.second is not None:
            listen(tidings)
    return {tidings.worker for tidings in news if tidings.second is None}


def _submitted(
    executor: Executor, task: Callable[[Assignment], Recording], assignment: Assignment
) -> Future[Recording]:
    future: Any = executor.submit(task, assignment)
    return future  # type: ignore[no-any-return]


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
