"""Intervals: they hold the truth about as often as they say, also where latencies depend on one another."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from readiness.load.interval import Estimate, percentiles

TESTS = 200


def seconds_of(table):
    """Rows of latencies in µs, one a second, as they are recorded."""
    return {second: Counter(row.astype(int).tolist()) for second, row in enumerate(table)}


def independent(random, seconds=60, rate=100):
    return random.exponential(10_000, (seconds, rate)) + 1


def dependent(random, seconds=120, rate=50):
    """Each second has a level of its own, which passes on to the next: good minutes and bad ones."""
    level = np.empty(seconds)
    level[0] = random.normal(0, 1)
    for second in range(1, seconds):
        level[second] = 0.6 * level[second - 1] + random.normal(0, 0.8)
    return np.exp(level)[:, None] * random.exponential(10_000, (seconds, rate)) + 1


def covered(make, share):
    """Of a hundred intervals, how many hold the true percentile."""
    truth = np.quantile(make(np.random.default_rng(99), seconds=20_000), share) / 1000
    hits = 0
    for seed in range(TESTS):
        (one,) = percentiles(seconds_of(make(np.random.default_rng(seed))), [share])
        hits += one.low <= truth <= one.high
    return 100 * hits / TESTS


@pytest.mark.parametrize("share", [0.5, 0.99])
def test_independent_latencies_are_covered(share):
    assert 93 <= covered(independent, share) <= 100


@pytest.mark.parametrize("share", [0.5, 0.99])
def test_latencies_that_depend_on_one_another_are_covered(share):
    assert covered(dependent, share) >= 90


def test_order_statistics_alone_would_be_far_too_narrow_there():
    """Why batches are compared: the interval for requests taken each for itself misses most."""
    truth = np.quantile(dependent(np.random.default_rng(99), seconds=20_000), 0.5)
    hits = 0
    for seed in range(TESTS):
        flat = np.sort(dependent(np.random.default_rng(seed)).ravel())
        spread = 1.96 * np.sqrt(0.25 * len(flat))
        hits += flat[int(len(flat) / 2 - spread)] <= truth <= flat[int(len(flat) / 2 + spread)]
    assert 100 * hits / TESTS < 60


def test_without_enough_seconds_the_interval_is_all_that_was_seen():
    (one,) = percentiles({second: Counter({1000: 50, 9000 + second: 1}) for second in range(9)}, [0.5])
    assert (one.value, one.low, one.high) == (1.0, 1.0, 9.008)


def test_a_percentile_with_too_few_beyond_it_reaches_to_the_largest():
    table = {second: Counter({1000: 10}) for second in range(20)} | {20: Counter({50_000: 1})}
    assert percentiles(table, [0.999])[0].high == 50


def test_nothing_measured_has_no_percentile():
    with pytest.raises(ValueError, match="nothing"):
        percentiles({0: Counter()}, [0.5])


def test_a_long_test_is_counted_in_full():
    (one,) = percentiles({second: Counter({1000: 3}) for second in range(3001)}, [0.5])
    assert (one.samples, one.value) == (9003, 1.0)


tables = st.dictionaries(
    st.integers(0, 50), st.dictionaries(st.integers(1, 10**7), st.integers(1, 50), min_size=1).map(Counter), min_size=1
)


@given(tables, st.lists(st.floats(0.01, 0.9999), min_size=1, max_size=5))
@settings(max_examples=25)
def test_a_percentile_is_a_value_that_was_measured_and_lies_within_its_interval(table, shares):
    pooled = sorted(value for row in table.values() for value in row.elements())
    for share, one in zip(shares, percentiles(table, shares), strict=True):
        assert round(one.value * 1000) in pooled
        assert pooled[0] / 1000 <= one.low <= one.value <= one.high <= pooled[-1] / 1000
        assert one.samples == len(pooled)
        assert sum(value <= one.value * 1000 + 0.5 for value in pooled) >= share * len(pooled) - 1e-6


def test_a_threshold_inside_is_not_settled_and_it_is_told_how_many_samples_would():
    one = Estimate(100, 90, 120, 1000)
    assert [one.settles(threshold) for threshold in (89, 90, 110, 120, 121)] == [True, False, False, False, True]
    assert one.needed(110) == 4000  # half the width needs four times as many
    assert one.needed(105) == 16_000
    assert one.needed(300) == 1000
