"""The capacity search: finds the largest load that holds, never sends more than it may, and says why it ended."""

import asyncio
import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from readiness.load import scalability
from readiness.load.capacity import CLOSE, MOST_LEVELS, search


def record(load, held=True, *, partial="", void=(), completed=100, mean_ms=10.0, throughput=None, error_pct=0.0):
    return {
        "model": "open",
        "rate": load,
        "users": None,
        "rate_achieved": load if throughput is None else throughput,
        "latency_ms": {"mean": {"value": mean_ms}, "p99": {"value": 20.0, "low": 18.0, "high": 25.0}},
        "error_pct": error_pct,
        "partial": partial,
        "void": list(void),
        "completed": completed,
        "slo": {"held": held, "why": "p99"},
    }


@pytest.fixture(autouse=True)
def few_draws(monkeypatch):
    """The law's uncertainty is `test_scalability`'s."""
    monkeypatch.setattr(scalability, "DRAWS", 3)


def searched(measure, start=10.0, most=1000.0, **keys):
    """The capacity, the loads that were sent in order, and the record of the largest that held."""
    sent = []

    async def one(load):
        sent.append(load)
        return measure(load)

    capacity, best = asyncio.run(search(one, start=start, most=most, unit="requests/s", **keys))
    return capacity, sent, best


def test_it_doubles_and_then_closes_in():
    capacity, sent, best = searched(lambda load: record(load, load <= 150))
    assert sent[:5] == [10, 20, 40, 80, 160]
    assert capacity.largest <= 150 < capacity.smallest_broken
    assert capacity.smallest_broken / capacity.largest <= CLOSE
    assert best["rate"] == capacity.largest
    assert capacity.why == f"{capacity.largest:g} requests/s held and {capacity.smallest_broken:g} did not"
    assert [level.load for level in capacity.levels] == sorted(sent)


def test_what_holds_all_along_ends_at_the_most_that_is_allowed():
    capacity, sent, _ = searched(record, most=100)
    assert (max(sent), capacity.largest, capacity.smallest_broken) == (100, 100, None)
    assert capacity.why == "100 requests/s held, and no more are allowed"


def test_where_the_first_breaks_it_goes_down():
    capacity, sent, _ = searched(lambda load: record(load, load <= 30), start=100)
    assert sent[:3] == [100, 50, 25]
    assert 27 <= capacity.largest <= 30


def test_where_nothing_holds_it_says_so():
    capacity, sent, best = searched(lambda load: record(load, False), start=8)
    assert sent == [8, 4, 2, 1]
    assert (capacity.largest, best, capacity.why) == (None, None, "not even 1 requests/s held")


def test_a_level_that_the_generator_shaped_ends_it_and_is_neither():
    capacity, sent, _ = searched(lambda load: record(load, True, void=["late"] if load > 50 else []))
    assert sent == [10, 20, 40, 80]
    assert (capacity.largest, capacity.smallest_broken) == (40, None)
    assert capacity.why == "the generator may have shaped the level of 80 requests/s: late"
    assert capacity.levels[-1].void


def test_an_interrupt_ends_it_and_keeps_what_held():
    capacity, sent, best = searched(lambda load: record(load, True, partial="interrupted" if load > 15 else ""))
    assert (sent, capacity.largest, capacity.why, best["rate"]) == ([10, 20], 10, "interrupted", 10)
    assert capacity.smallest_broken is None  # a level that was cut short broke nothing


@pytest.mark.parametrize("fault", [{"partial": "circuit breaker: …"}, {"completed": 0}])
def test_a_level_at_which_the_platform_failed_ends_it_and_broke(fault):
    capacity, sent, _ = searched(lambda load: record(load, True, **(fault if load > 50 else {})))
    assert (sent, capacity.largest, capacity.smallest_broken) == ([10, 20, 40, 80], 40, 80)
    assert capacity.why.startswith("the platform failed at 80 requests/s")
    assert capacity.knee != 80


def test_what_is_too_close_to_say_did_not_hold_nor_break():
    capacity, _, _ = searched(lambda load: record(load, None if 50 < load < 90 else load <= 50))
    assert capacity.largest <= 50
    assert capacity.smallest_broken is None or capacity.smallest_broken >= 90
    assert any(level.held is None for level in capacity.levels)
    assert capacity.why.endswith("is too close to say")


def test_users_are_whole():
    capacity, sent, _ = searched(lambda load: record(load, load <= 7), start=1, most=100, whole=True)
    assert all(load == int(load) for load in sent)
    assert (capacity.largest, capacity.smallest_broken) == (7, 8)


@pytest.mark.parametrize("most", [12_345.0, 12_355.0])
def test_the_most_that_is_allowed_is_tried_itself(most):
    capacity, sent, _ = searched(record, most=most, start=5000.0)
    assert (max(sent), capacity.largest) == (most, most)


@given(st.floats(1, 500), st.floats(0.01, 2e5), st.floats(1, 1e5), st.booleans())
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_never_more_than_it_may_never_the_same_twice_and_never_on_and_on(start, limit, most, whole):
    start, most = (float(math.ceil(start)), float(math.ceil(most))) if whole else (start, most)
    capacity, sent, _ = searched(lambda load: record(load, load <= limit), start, most, whole=whole)
    assert max(sent) <= most
    assert min(sent) > 0
    assert len(sent) == len(set(sent)) <= MOST_LEVELS
    assert capacity.largest is None or capacity.largest <= limit


def test_the_knee_is_where_throughput_by_response_time_is_greatest():
    """Response times double with each level beyond 40: there more load buys waiting alone."""
    capacity, _, _ = searched(
        lambda load: record(load, mean_ms=10 * (max(load, 40) / 40) ** 2, throughput=load), most=640
    )
    assert capacity.knee == 40


def test_it_tells_plain_values():
    told = searched(lambda load: record(load, load <= 150))[0].as_json()
    assert told["unit"] == "requests/s"
    assert told["levels"][0]["load"] == 10
    assert told["scalability"]["lam"] is None or told["scalability"]["lam"]["value"] > 0
