"""Rotation: the secret whose value was made first tells the age of all."""

from datetime import timedelta

import pytest
from readiness.rotation import oldest
from readiness.wire.exchange import Exchange


@pytest.fixture
def say(now):
    seen = Exchange(method="GET", url="https://vault.example/v1", status=200, observed_at=now)

    def of(*days):
        return oldest([None if day is None else now - timedelta(days=day) for day in days], now, seen)

    return of


def test_the_value_that_was_made_first_counts(say):
    assert say(3, 91.5, 0).value == 91.5


@pytest.mark.parametrize(
    ("days", "why"),
    [
        ((), "without a value: 0 of 0 secrets"),
        ((3, None), "without a value: 1 of 2 secrets"),
        ((3, -1), "a secret is dated in the future"),
    ],
)
def test_what_proves_nothing_has_no_age(say, days, why):
    assert (say(*days).value, say(*days).reason) == (None, why)


def test_one_made_while_the_run_began_is_no_younger_than_now(say):
    assert say(-0.01).value == 0
