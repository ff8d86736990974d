"""The pacer: no more requests in a window than the target declares."""

import asyncio
import time
from datetime import timedelta
from types import SimpleNamespace

import pytest
from readiness.target import Limit
from readiness.wire import pacer
from readiness.wire.pacer import Pacer

SIGN_IN = "https://api.example.com/signin"


def limit(requests=3, seconds=0.2):
    return Limit(route="/signin", requests=requests, window=timedelta(seconds=seconds))


async def test_requests_beyond_the_limit_wait_for_the_window_to_pass(monkeypatch):
    monkeypatch.setattr(pacer, "MARGIN", 0.05)
    turns, started = Pacer([limit()]), time.monotonic()
    took = []

    async def ask():
        assert await turns.turn("POST", SIGN_IN) == ""
        took.append(time.monotonic() - started)

    await asyncio.gather(*(ask() for _ in range(7)))
    within = [sum(1 for other in took if moment <= other < moment + 0.2) for moment in took]
    assert max(within) <= 3
    assert took[-1] >= 0.5


async def test_what_no_limit_is_declared_for_goes_at_once():
    turns = Pacer([limit(requests=1, seconds=60)])
    assert [await turns.turn("GET", SIGN_IN) for _ in range(3)] == ["", "", ""]
    assert await turns.turn("POST", SIGN_IN) == ""


async def test_a_turn_that_would_come_too_late_is_not_waited_for():
    turns = Pacer([limit(requests=1, seconds=3600)])
    assert await turns.turn("POST", SIGN_IN) == ""
    assert await turns.turn("POST", SIGN_IN) == "the declared limit of 1 requests to /signin is used up in this run"


async def test_each_side_of_the_platform_counts_for_itself():
    turns = Pacer([limit(requests=1, seconds=3600)])
    assert await turns.turn("POST", SIGN_IN) == ""
    assert await turns.turn("POST", SIGN_IN.replace("api", "staging")) == ""


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self):
        self.now = 1_000.0

    def monotonic(self):
        return self.now

    async def sleep(self, seconds):
        self.now += seconds


@pytest.fixture
def clock(monkeypatch):
    made = Clock()
    monkeypatch.setattr(pacer, "time", made)
    monkeypatch.setattr(pacer, "asyncio", SimpleNamespace(sleep=made.sleep, Lock=asyncio.Lock))
    return made


async def test_room_for_many_at_once_is_waited_for_and_no_longer_than_that(clock):
    turns = Pacer([limit(requests=3, seconds=10)])
    await turns.room("POST", SIGN_IN, 20)
    assert clock.now == 1_000
    for _ in range(2):
        await turns.turn("POST", SIGN_IN)
        clock.now += 1
    await turns.room("POST", SIGN_IN, 1)
    assert clock.now == 1_002
    await turns.room("POST", SIGN_IN, 2)
    assert clock.now == 1_010 + pacer.MARGIN
    await turns.room("POST", SIGN_IN, 20)
    assert clock.now == 1_011 + pacer.MARGIN


async def test_what_does_not_wait_for_its_turn_counts_for_those_that_do(clock):
    turns = Pacer([limit(requests=3, seconds=10)])
    for _ in range(5):
        turns.count("POST", SIGN_IN)
        clock.now += 1
    turns.count("GET", SIGN_IN)
    await turns.turn("POST", SIGN_IN)
    assert clock.now == 1_012 + pacer.MARGIN  # when two of the five still count
