"""The crew: workers begin together, are merged as if they were one, and are gone when they are told to stop."""

import asyncio
import time
from collections import Counter
from dataclasses import replace

import pytest
from readiness.errors import RunFailed
from readiness.load import crew as module
from readiness.load.arrivals import Ramp
from readiness.load.assignment import Assignment
from readiness.load.crew import LocalCrew, cores, crew_of, run
from readiness.load.recording import merged

from .conftest import get


def assignment(server, path="/ok", rate=200, seconds=0.5, **keys):
    return Assignment(
        server.address, (get(path),), ramps=(Ramp(seconds, rate, rate),), **{"seconds": seconds, "timeout_s": 5, **keys}
    )


def of_samples(recordings, share):
    """A percentile of the pooled samples, as workers noted them (µs)."""
    pooled = Counter()
    for recording in recordings:
        for seconds in recording.seconds.values():
            for counts in seconds.values():
                pooled.update(counts)
    values = sorted(pooled.elements())
    return values[max(0, int(len(values) * share / 100 + 0.5) - 1)]


def assert_pooled(recordings):
    """The merged histogram's percentiles equal those of the pooled samples."""
    histogram = merged(recordings).steps["GET /ok"].intended
    assert histogram.get_total_count() == sum(recording.scheduled for recording in recordings)
    for share in (50, 95, 99, 100):
        expected = of_samples(recordings, share)
        assert histogram.get_value_at_percentile(share) == pytest.approx(expected, rel=0.001, abs=1)


@pytest.fixture
def parts(monkeypatch):
    """The recordings that were merged, of each worker."""
    found = []

    def noted(recordings):
        found.extend(recordings)
        return merged(recordings)

    monkeypatch.setattr(module, "merged", noted)
    return found


async def test_two_workers_share_the_load_are_merged_as_one_and_heard_to_the_end(server, crew, parts):
    began, told = [], []
    recording = await run(crew, assignment(server, seconds=1.0), 2, listen=told.append, began=began.append)
    assert (recording.scheduled, recording.completed.total(), recording.workers) == (200, 200, 2)
    assert server.seen["/ok"] == 200
    assert [part.scheduled for part in parts] == [100, 100]
    assert len(began) == 1
    assert_pooled(parts)
    assert {tidings.worker for tidings in told} == {0, 1}
    assert sum(tidings.completed for tidings in told if tidings.second == 0) == pytest.approx(200, abs=20)


async def test_told_to_stop_they_give_what_they_measured_within_two_seconds(server, crew):
    stop = asyncio.Event()
    running = asyncio.create_task(run(crew, assignment(server, "/silent", seconds=60, timeout_s=60), 2, stop=stop))
    while server.seen["/silent"] < 20:
        await asyncio.sleep(0.01)
    began = time.monotonic()
    stop.set()
    recording = await running
    assert time.monotonic() - began < 2
    assert recording.unanswered >= 20 and not recording.failed


async def test_the_same_workers_do_the_next_test_anew(server, crew):
    for _ in range(2):
        recording = await run(crew, replace(assignment(server, seconds=0.1), seed=1), 2)
        assert recording.scheduled == 20


async def test_a_worker_that_is_lost_is_said_to_be(server):
    async with crew_of("", 1) as own:
        running = asyncio.create_task(run(own, assignment(server, seconds=60), 1))
        while not server.seen:
            assert not running.done()
            await asyncio.sleep(0.01)
        processes = list(own.executor._processes.values())
        processes[0].kill()
        with pytest.raises(RunFailed, match="a load worker ended"):
            await running
    assert not any(process.is_alive() for process in processes)


async def test_when_the_block_ends_no_process_is_left(server, monkeypatch):
    async with crew_of("", 1) as own:
        running = asyncio.create_task(run(own, assignment(server, seconds=60), 1))
        while not server.seen:
            await asyncio.sleep(0.01)
        processes = list(own.executor._processes.values())
        running.cancel()
        began = time.monotonic()
    assert processes
    assert not any(process.is_alive() for process in processes)
    assert time.monotonic() - began < 2


async def test_workers_that_are_never_ready_fail_the_test(server, monkeypatch):
    monkeypatch.setattr(module, "PATIENCE_S", 0.0)
    async with crew_of("", 1) as own:
        with pytest.raises(RunFailed, match="0 of 1 load workers were ready"):
            await run(own, assignment(server), 1)
    assert not server.seen


async def test_a_cluster_that_is_not_there_is_one_line(monkeypatch):
    distributed = pytest.importorskip("distributed", reason="the extra `cluster` is not installed")
    client = distributed.Client
    monkeypatch.setattr(distributed, "Client", lambda address, **keys: client(address, **{**keys, "timeout": 0.2}))
    with pytest.raises(RunFailed, match=r"load.executor: tcp://127.0.0.1:1: "):
        async with crew_of("tcp://127.0.0.1:1", 1):
            pass


def test_there_is_a_core():
    assert cores() >= 1


def test_a_crew_is_of_processes():
    own = LocalCrew(1)
    assert own.news() == []
    own.close()
