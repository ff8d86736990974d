"""A Dask cluster: the same workers, whose merged percentiles equal those of the pooled samples."""

import pytest
from readiness.load import crew as module
from readiness.load.crew import crew_of, run
from readiness.load.recording import merged

from .test_crew import assert_pooled, assignment

distributed = pytest.importorskip("distributed", reason="the extra `cluster` is not installed")


@pytest.fixture(scope="module")
def cluster():
    """The address of a scheduler with two worker processes on this machine."""
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, protocol="tcp", silence_logs=50
    ) as running:
        yield running.scheduler_address


async def test_workers_of_a_cluster_are_merged_and_stopped_as_those_of_this_machine(server, cluster, monkeypatch):
    parts, told = [], []
    monkeypatch.setattr(module, "merged", lambda recordings: parts.extend(recordings) or merged(recordings))
    async with crew_of(cluster, 2) as crew:
        recording = await run(crew, assignment(server, seconds=1.2), 2, listen=told.append)
        assert (recording.scheduled, recording.completed.total(), recording.workers) == (240, 240, 2)
        assert server.seen["/ok"] == 240
        assert [part.scheduled for part in parts] == [120, 120]
        assert_pooled(parts)
        assert {tidings.worker for tidings in told} == {0, 1}
