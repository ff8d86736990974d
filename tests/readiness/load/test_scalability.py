"""Scalability: the law's parameters are found with their uncertainty, and nothing is said that cannot be."""

import numpy as np
import pytest
from readiness.load import scalability
from readiness.load.scalability import FEWEST_LEVELS, fit

LEVELS = np.array([1, 2, 4, 8, 16, 32, 48, 64], float)


def measured(lam, sigma, kappa, noise=0.0, seed=0, levels=LEVELS):
    exact = lam * levels / (1 + sigma * (levels - 1) + kappa * levels * (levels - 1))
    return levels, exact * (1 + noise * np.random.default_rng(seed).standard_normal(len(levels)))


def test_without_noise_the_parameters_are_found():
    law = fit(*measured(100, 0.05, 0.001))
    assert [law.lam.value, law.sigma.value, law.kappa.value] == pytest.approx([100, 0.05, 0.001], rel=1e-3)
    assert law.peak.value == pytest.approx(measured(100, 0.05, 0.001, levels=np.array([30.82]))[1][0], rel=1e-3)
    assert law.residual_pct == pytest.approx(0, abs=0.01)


def test_with_noise_the_truth_lies_within_the_intervals(monkeypatch):
    """Of 8 tests with 3 % of noise: a 95 % interval of few levels may miss some."""
    monkeypatch.setattr(scalability, "DRAWS", 30)
    hits = np.zeros(4)
    peak = measured(100, 0.05, 0.001, levels=np.array([30.82]))[1][0]
    for seed in range(8):
        law = fit(*measured(100, 0.05, 0.001, noise=0.03, seed=seed))
        truths = (law.lam, 100), (law.sigma, 0.05), (law.kappa, 0.001), (law.peak, peak)
        hits += [one is not None and one.low <= truth <= one.high for one, truth in truths]
    assert (hits >= 6).all(), hits


def test_too_few_levels_say_nothing():
    levels, throughput = measured(100, 0.05, 0.001, levels=LEVELS[: FEWEST_LEVELS - 1])
    law = fit(levels, throughput)
    assert law.why_not == "4 levels were measured, 5 are needed"
    assert (law.peak, law.needs, law.at_least) == (None, (), throughput.max())
    assert fit([1, 1, 2, 2, 3, 3], [1, 1, 2, 2, 3, 3]).why_not  # the same level again is no other
    assert fit([], []).at_least == 0


def test_without_curvature_there_is_no_peak_to_be_told():
    law = fit(*measured(100, 0, 0, noise=0.01))
    assert (law.why_not, law.peak, law.needs) == ("", None, ())
    assert law.at_least > 6000


def test_more_than_one_installation_can_is_told_in_installations():
    law = fit(*measured(100, 0.05, 0.001, noise=0.005))
    twice, ten = law.needs
    assert (twice.times, twice.concurrency) == (2, None)  # twice its greatest is beyond its peak
    assert twice.replicas.low <= twice.replicas.value <= twice.replicas.high
    assert 2 <= twice.replicas.value <= 3
    assert 9 <= ten.replicas.value <= 11


def test_what_one_installation_can_is_told_as_requests_under_way():
    levels = np.array([1, 2, 3, 4, 5, 6, 7, 8], float)
    law = fit(*measured(100, 0.01, 0.0005, levels=levels))
    twice = law.needs[0]
    assert measured(100, 0.01, 0.0005, levels=np.array([twice.concurrency]))[1][0] == pytest.approx(
        twice.throughput, rel=1e-3
    )


def test_the_same_seed_gives_the_same_intervals(monkeypatch):
    monkeypatch.setattr(scalability, "DRAWS", 10)
    points = measured(100, 0.05, 0.001, noise=0.02)
    assert fit(*points, seed=1) == fit(*points, seed=1)
