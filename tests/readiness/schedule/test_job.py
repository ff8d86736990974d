"""The job: it runs what is due, once, tells how it ended, and a failure is an outcome."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from readiness.errors import BadInput, Overlap, RunFailed
from readiness.pipeline import Published
from readiness.schedule import job
from readiness.schedule.plan import Plan

PLAN = Plan.parse("daily", "06:00")
SIX = datetime(2026, 3, 4, 6, 0, tzinfo=UTC)


@pytest.fixture
def work(params, monkeypatch):
    """`work(at)` does the job at that time; `work.runs` is what was run and `work.told` what was told."""
    runs, told, said = [], [], []

    def publish(target, **given):
        runs.append(given)
        if call.error:
            raise call.error
        return Published(Path("somewhere"), {"alpha": {"verdict": "go"}})

    def call(at=SIX, **given):
        places = {"params": params, "reports": params.parent / "reports"}
        return job.work("one", PLAN, **places, now=lambda: at, zone=UTC, tell=told.append, say=said.append, **given)

    call.runs, call.told, call.said, call.error = runs, told, said, None
    monkeypatch.setattr(job, "publish", publish)
    return call


def test_what_is_due_is_run_once_and_told(work):
    outcome = work(at_most=timedelta(minutes=30))
    assert outcome is not None and outcome.run is not None and outcome.failure == ""
    assert work.runs[0]["at_most"] == timedelta(minutes=30)
    assert work.told == [outcome] and work.said == []
    assert work(SIX + timedelta(hours=1)) is None
    assert len(work.runs) == 1 and len(work.told) == 1


def test_a_missed_run_is_caught_up_and_said(work):
    work()
    assert work(SIX + timedelta(days=3, hours=5)) is not None
    assert work.said == ["one: due at 2026-03-07 06:00 UTC, made up for now; 2 earlier runs were missed"]


def test_a_run_that_failed_is_told_and_not_tried_again_before_the_next_moment(work, params):
    work.error = RunFailed("probe.ipynb stopped in cell 3: KeyboardInterrupt", Path("kept"))
    outcome = work()
    assert outcome is not None and outcome.run is None and "cell 3" in outcome.failure
    assert outcome.kept == Path("kept")
    assert work.told == [outcome]
    assert work(SIX + timedelta(minutes=45)) is None
    assert (params.parent / "reports" / "index.html").is_file()


@pytest.mark.parametrize("error", [Overlap("one: another run is going on"), KeyboardInterrupt()])
def test_what_did_not_run_to_its_end_is_tried_again(work, error):
    work.error = error
    with pytest.raises(type(error)):
        work()
    work.error = None
    assert work(SIX + timedelta(minutes=45)) is not None


def test_a_target_that_is_not_there_is_bad_input_before_anything(params):
    places = {"params": params, "reports": params.parent / "reports"}
    with pytest.raises(BadInput):
        job.work("none", PLAN, **places, now=lambda: SIX)
    assert not (params.parent / "reports").exists()
