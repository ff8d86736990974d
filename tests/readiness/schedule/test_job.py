"""The job: it runs what is due, once, tells how it ended, and a failure is an outcome."""

from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from readiness.errors import BadInput, Overlap, RunFailed
from readiness.pipeline import Published
from readiness.run import RunFolder
from readiness.schedule import job
from readiness.schedule.plan import Plan

PLAN = Plan.parse("daily", "06:00")
DECISION = {"alpha": {"verdict": "go"}}
SIX = datetime(2026, 3, 4, 6, 0, tzinfo=UTC)


@pytest.fixture
def work(params, monkeypatch):
    """`work(at)` does the job at that time; `work.runs` is what was run and `work.told` what was told."""
    runs, told, said = [], [], []

    def publish(target, **given):
        runs.append(given)
        if call.error:
            raise call.error
        return Published(given["reports"] / "one" / "somewhere", DECISION)

    def tell(outcome):
        told.append(outcome)
        if isinstance(call.queued, BaseException):
            raise call.queued
        return call.queued

    def call(at=SIX, **given):
        places = {"params": params, "reports": params.parent / "reports"}
        return job.work("one", PLAN, **places, now=lambda: at, zone=UTC, tell=tell, say=said.append, **given)

    call.runs, call.told, call.said, call.error, call.queued = runs, told, said, None, True
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


@pytest.mark.parametrize("error", [KeyError("weight"), OSError("gone"), BrokenProcessPool("killed"), BadInput("torn")])
def test_a_fault_of_any_kind_is_a_run_that_failed(work, error):
    work.error = error
    outcome = work()
    assert outcome is not None and outcome.run is None and work.told == [outcome]
    assert str(error) in outcome.failure
    assert outcome.failure.startswith("unexpected ") == (not isinstance(error, BadInput))
    assert work(SIX + timedelta(minutes=45)) is None and len(work.runs) == 1


def test_an_unexpected_fault_shows_no_secret(work):
    work.error = ValueError("https://example.com/?token=s3cr3t\nsecond line")
    assert work().failure == "unexpected ValueError: https://example.com/?token=[redacted]"


@pytest.mark.parametrize("error", [None, RunFailed("a disk is full", Path("one/kept"))])
def test_what_could_not_be_queued_is_told_by_the_next_call_once(work, params, error):
    place = params.parent / "reports" / "one"
    RunFolder(place / "somewhere").save_json("decision.json", {"stages": DECISION})
    work.error, work.queued = error, False
    outcome = work(SIX + timedelta(minutes=20))
    assert work.told == [outcome]
    assert work(SIX + timedelta(minutes=45)) is None
    work.queued = True
    assert work(SIX + timedelta(minutes=105)) is None
    kept = place / "kept" if error else None
    assert work.told == [outcome] + [replace(outcome, kept=kept)] * 2 and work.told[1].due.words == outcome.due.words
    assert work(SIX + timedelta(minutes=165)) is None and len(work.told) == 3 and len(work.runs) == 1


def test_what_a_process_that_ended_had_not_queued_is_told_before_the_next_run(work, params):
    RunFolder(params.parent / "reports" / "one" / "somewhere").save_json("decision.json", {"stages": DECISION})
    work.queued = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        work()
    (first,) = work.told
    work.queued = True
    second = work(SIX + timedelta(days=1))
    assert work.told == [first, first, second]


def test_a_run_that_is_gone_is_not_told_any_more(work):
    work.queued = False
    work()
    assert work(SIX + timedelta(minutes=45)) is None and len(work.told) == 1


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
