"""Percentiles of buckets: never claimed more exactly than the buckets and the number of samples allow."""

import math

import pytest
from readiness.answers.histogram import Histogram

STEPS = [(100, 5_000), (200, 9_000), (400, 9_950), (math.inf, 10_000)]


def test_the_value_is_interpolated_as_prometheus_does():
    assert Histogram.of(STEPS).percentile(0.7).value == pytest.approx(100 + 100 * 2_000 / 4_000)


def test_a_percentile_lies_within_its_bucket():
    p70 = Histogram.of(reversed(STEPS)).percentile(0.7)
    assert (p70.low, p70.high) == (100, math.nextafter(200, 0))
    assert p70.high < 200


def test_one_near_the_edge_of_its_bucket_may_lie_in_the_next():
    p50 = Histogram.of(STEPS).percentile(0.5)
    assert (p50.low, p50.value, p50.high) == (0, pytest.approx(100), pytest.approx(200))


def test_beyond_the_last_bound_nothing_is_known_but_that_it_is_longer():
    p999 = Histogram.of(STEPS).percentile(0.999)
    assert (p999.low, p999.value, p999.high) == (400, 400, math.inf)


def test_few_samples_do_not_bound_a_rare_percentile():
    assert Histogram.of([(100, 50), (math.inf, 50)]).percentile(0.99).high == math.inf
    assert Histogram.of([(100, 1_000), (math.inf, 1_000)]).percentile(0.99).high < 100


def test_without_samples_there_is_no_percentile():
    assert Histogram.of([(100, 0), (math.inf, 0)]).percentile(0.5) is None


def test_buckets_scraped_at_different_moments_do_not_count_backwards():
    assert Histogram.of([(100, 1_000.5), (200, 1_000), (math.inf, 1_000)]).samples == 1_000.5


@pytest.mark.parametrize("buckets", [[], [(100, 5)]])
def test_without_an_infinite_bucket_the_samples_cannot_be_counted(buckets):
    with pytest.raises(ValueError, match="no bucket"):
        Histogram.of(buckets)
