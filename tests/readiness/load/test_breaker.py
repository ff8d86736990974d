"""The circuit breaker: failures that last stop a test; those that pass, and too few to tell, do not."""

import pytest
from readiness.load.breaker import LASTING_S, Breaker
from readiness.load.channel import Tidings


def heard(*failed, scheduled=100, workers=1):
    breaker = Breaker(50)
    for second, count in enumerate(failed):
        for worker in range(workers):
            breaker.hear(Tidings(worker, second, scheduled, scheduled - count, count))
    return breaker.reason


def test_failures_that_last_stop_the_test_and_say_so():
    assert heard(*[51] * LASTING_S) == "circuit breaker: more than 50 % failed for 5 s"
    assert heard(0, 0, *[100] * LASTING_S)


@pytest.mark.parametrize("failed", [[100] * (LASTING_S - 1), [50] * 20, [100, 100, 100, 100, 0] * 3, [0] * 20], ids=str)
def test_failures_that_pass_do_not(failed):
    assert heard(*failed) == ""


def test_too_few_requests_tell_nothing():
    assert heard(*[1] * 20, scheduled=1) == ""


def test_a_slow_test_is_stopped_as_well():
    assert "circuit breaker" in heard(*[2] * LASTING_S, scheduled=2)


def test_workers_are_added_up():
    assert heard(*[4] * LASTING_S, scheduled=5, workers=2)
    breaker = Breaker(50)
    for second in range(LASTING_S):
        breaker.hear(Tidings(0, second, 100, 0, 100))
        if second < LASTING_S - 1:
            breaker.hear(Tidings(1, second, 300, 300, 0))
    assert breaker.reason == ""  # of all requests of most seconds, three quarters were answered


def test_it_counts_through_the_end_of_the_warm_up():
    breaker = Breaker(50)
    for second in range(-2, LASTING_S - 2):
        breaker.hear(Tidings(0, second, 100, 0, 100))
    assert breaker.reason


def test_who_is_ready_has_not_failed():
    breaker = Breaker(50)
    breaker.hear(Tidings(0))
    assert breaker.reason == ""
