"""Arrivals: exact, whatever the rate does, and the shares of workers are those of one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from readiness.load.arrivals import Ramp, arrivals

rates = st.floats(0, 500)
ramps = st.lists(st.builds(Ramp, st.floats(0.1, 5), rates, rates), min_size=1, max_size=4)


def rate_at(times, start, end):
    """Arrivals a second between two times."""
    return np.count_nonzero((times >= start) & (times < end)) / (end - start)


def test_a_constant_rate_is_evenly_spaced():
    times = arrivals([Ramp(2, 100, 100)])
    assert len(times) == 200
    assert np.allclose(np.diff(times), 0.01)
    assert times[0] == pytest.approx(0.005)


def test_a_ramp_reaches_its_rates_and_has_as_many_as_their_mean():
    times = arrivals([Ramp(10, 0, 200)])
    assert len(times) == 1000
    assert rate_at(times, 4.5, 5.5) == pytest.approx(100, abs=1)
    assert rate_at(times, 9, 10) == pytest.approx(190, abs=1)


def test_steps_follow_one_another():
    times = arrivals([Ramp(1, 10, 10), Ramp(1, 50, 50), Ramp(1, 50, 0)])
    assert [rate_at(times, at, at + 1) for at in (0, 1, 2)] == [10, 50, 25]


def test_nothing_arrives_at_no_rate():
    assert len(arrivals([Ramp(1, 0, 0), Ramp(1, 10, 10)])) == 10
    assert len(arrivals([])) == 0


@given(ramps, st.integers(1, 5))
@settings(max_examples=40)
def test_workers_arrive_together_as_one_would(shape, workers):
    alone = arrivals(shape)
    shared = np.sort(np.concatenate([arrivals(shape, share=(index, workers)) for index in range(workers)]))
    assert np.allclose(shared, alone)


@given(ramps, st.booleans())
@settings(max_examples=40)
def test_arrivals_are_in_order_and_within_the_time_and_the_cumulative_rate_is_met(shape, poisson):
    times = arrivals(shape, poisson=poisson)
    assert (np.diff(times) >= -1e-9).all()
    assert ((times >= 0) & (times <= sum(ramp.seconds for ramp in shape) + 1e-9)).all()
    if not poisson:
        assert abs(len(times) - sum(ramp.count for ramp in shape)) <= 1


def test_poisson_arrivals_are_independent_of_one_another_and_repeatable():
    times = arrivals([Ramp(100, 200, 200)], poisson=True, seed=1)
    gaps = np.diff(times)
    assert len(times) == pytest.approx(20_000, abs=600)  # four standard deviations
    assert gaps.std() / gaps.mean() == pytest.approx(1, abs=0.05)  # an exponential's
    assert np.corrcoef(gaps[1:], gaps[:-1])[0, 1] == pytest.approx(0, abs=0.03)
    assert np.array_equal(times, arrivals([Ramp(100, 200, 200)], poisson=True, seed=1))
    assert not np.array_equal(times[:100], arrivals([Ramp(100, 200, 200)], poisson=True, seed=2)[:100])


def test_workers_arrivals_of_poisson_are_their_share_and_not_the_same():
    first, second = (arrivals([Ramp(100, 200, 200)], share=(index, 2), poisson=True) for index in range(2))
    assert len(first) == pytest.approx(10_000, abs=400)
    assert not np.array_equal(first[:100], second[:100])
    gaps = np.diff(np.sort(np.concatenate([first, second])))
    assert gaps.std() / gaps.mean() == pytest.approx(1, abs=0.05)
