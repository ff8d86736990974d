"""Cleaning up: runs that are still going are left alone, and what was removed by hand can be forgotten."""

import subprocess
import sys

import pytest
from readiness.accounts.ledger import Entry, Ledger, left_behind
from readiness.cleanup import clean_up, forget

SLEEPER = [sys.executable, "-c", "import time; time.sleep(60)"]


@pytest.fixture
def target(target_of):
    return target_of("http://127.0.0.1:1")


@pytest.fixture
def going(now, monkeypatch):
    """`going()` is the ledger of a run in another process."""
    process = subprocess.Popen(SLEEPER)

    def build():
        with monkeypatch.context() as patched:
            patched.setattr("os.getpid", lambda: process.pid)
            ledger = Ledger("fake", "going", now)
        ledger.add(Entry("test+going-1@example.com", "a-password", made=True))
        return ledger

    yield build
    process.kill()
    process.wait()


async def test_a_run_that_is_still_going_is_left_alone(target, going):
    ledger = going()
    cleaned = await clean_up(target)
    assert (cleaned.removed, cleaned.left, cleaned.running) == (0, (), ("going",))
    assert forget(target) == 0
    assert ledger.path.exists()


async def test_a_target_that_does_not_answer_keeps_its_list(target, now):
    Ledger("fake", "ended", now).add(Entry("test+ended-1@example.com", "a-password", made=True))
    cleaned = await clean_up(target)
    assert (cleaned.removed, cleaned.left) == (0, ("test+ended-1@example.com",))
    assert len(left_behind("fake")) == 1


def test_what_was_removed_by_hand_can_be_forgotten(target, now):
    Ledger("fake", "ended", now).add(Entry("test+ended-1@example.com", "a-password", made=True))
    assert forget(target) == 1
    assert left_behind("fake") == []
