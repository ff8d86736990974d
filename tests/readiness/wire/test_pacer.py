"""The pacer: no more requests in a window than the target declares."""

import asyncio
import time
from datetime import timedelta

from readiness.target import Limit
from readiness.wire import pacer
from readiness.wire.pacer import Pacer

SIGN_IN = "https://api.example.com/signin"


def limit(requests=3, seconds=0.2):
    return Limit(route="/signin", requests=requests, window=timedelta(seconds=seconds))


async def taken(turns, method="POST", url=SIGN_IN):
    """Why a request whose answer comes at once should not be sent; empty where it may."""
    async with turns.turn(method, url) as refused:
        return refused


async def test_requests_beyond_the_limit_wait_for_the_window_to_pass(monkeypatch):
    monkeypatch.setattr(pacer, "MARGIN", 0.05)
    turns, started = Pacer([limit()]), time.monotonic()
    took = []

    async def ask():
        async with turns.turn("POST", SIGN_IN) as refused:
            assert refused == ""
            took.append(time.monotonic() - started)

    await asyncio.gather(*(ask() for _ in range(7)))
    within = [sum(1 for other in took if moment <= other < moment + 0.2) for moment in took]
    assert max(within) <= 3
    assert took[-1] >= 0.5


async def test_a_request_counts_until_a_window_after_its_answer():
    turns, sent, answered = Pacer([limit(requests=2)]), [], []

    async def ask(seconds):
        async with turns.turn("POST", SIGN_IN):
            sent.append(time.monotonic())
            await asyncio.sleep(seconds)
            answered.append(time.monotonic())

    await asyncio.gather(ask(0.3), ask(0), ask(0), ask(0))
    assert sent[2] >= answered[0] + 0.2  # of the two that were under way the quick one makes room first
    assert sent[3] >= sent[0] + 0.3 + 0.2
    assert len(answered) == 4


async def test_what_no_limit_is_declared_for_goes_at_once():
    turns = Pacer([limit(requests=1, seconds=60)])
    assert [await taken(turns, "GET") for _ in range(3)] == ["", "", ""]
    assert await taken(turns) == ""


async def test_a_turn_that_would_come_too_late_is_not_waited_for():
    turns = Pacer([limit(requests=1, seconds=3600)])
    assert await taken(turns) == ""
    assert await taken(turns) == "the declared limit of 1 requests to /signin is used up in this run"


async def test_each_side_of_the_platform_counts_for_itself():
    turns = Pacer([limit(requests=1, seconds=3600)])
    assert await taken(turns) == ""
    assert await taken(turns, url=SIGN_IN.replace("api", "staging")) == ""


async def test_what_does_not_wait_for_its_turn_counts_for_those_that_do():
    turns, started = Pacer([limit(requests=2)]), time.monotonic()
    for _ in range(4):
        async with turns.turn("POST", SIGN_IN, patient=False) as refused:
            assert refused == ""
    assert await taken(turns) == ""
    assert time.monotonic() - started >= 0.2


async def test_room_for_many_at_once_is_waited_for():
    turns, started = Pacer([limit(requests=2)]), time.monotonic()
    await turns.room("POST", SIGN_IN, 20)
    await taken(turns)
    await turns.room("POST", SIGN_IN, 20)  # no more than the limit ever fit
    assert time.monotonic() - started >= 0.2
    assert [await taken(turns), await taken(turns)] == ["", ""]
