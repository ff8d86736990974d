"""Deadlines: what runs too long is interrupted, and ended where it does not heed that."""

import signal
import subprocess
import sys
from datetime import timedelta

import pytest
from readiness import deadline
from readiness.deadline import Deadline

WAIT = "import sys, signal; {heed}; print('up', flush=True); signal.pause()"
IGNORE = "signal.signal(signal.SIGINT, signal.SIG_IGN)"
HEED = "signal.signal(signal.SIGINT, signal.default_int_handler)"  # a job in the background inherits the other
MARK = "a-mark-of-this-test"


@pytest.mark.parametrize(("heed", "ended_by"), [(HEED, signal.SIGINT), (IGNORE, signal.SIGKILL)])
def test_the_process_with_the_mark_is_interrupted_and_at_last_ended(heed, ended_by, monkeypatch):
    monkeypatch.setattr(deadline, "GRACE", 0.3 if heed == IGNORE else 20)
    command = [sys.executable, "-c", WAIT.format(heed=heed)]
    marked, other = (
        subprocess.Popen([*command, mark], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        for mark in (MARK, "another")
    )
    try:
        for each in (marked, other):
            assert each.stdout is not None
            each.stdout.readline()
        limit = Deadline(timedelta(seconds=0.1))
        with limit.held(MARK):
            marked.wait(30)
        assert limit.passed and "took longer than 0:00:00.1" in limit.words
        assert marked.returncode in (-ended_by, 1)
        assert other.poll() is None
    finally:
        for each in (marked, other):
            each.kill()
            each.communicate()


def test_what_is_done_in_time_is_left_alone():
    limit = Deadline(timedelta(hours=1))
    with limit.held(MARK):
        pass
    assert not limit.passed and not Deadline(None).passed
    with Deadline(None).held(MARK):
        pass
