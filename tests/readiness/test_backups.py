"""Backups: what a list of them proves, and what it only seems to."""

from datetime import timedelta

import pytest
from readiness.backups import Backup, archived, compared, epoch, listed
from readiness.wire.exchange import Exchange


@pytest.fixture
def say(now):
    seen = Exchange(method="GET", url="https://vendor.example/backups", status=200, observed_at=now)

    def of(*made, days=None, size=False):
        found = [Backup(now - timedelta(days=age), *rest) for age, *rest in made]
        if size:
            return compared(found, now, seen).value
        return tuple(one.value for one in listed(found, now, seen, days=days))

    return of


def test_the_newest_counts_and_the_oldest_tells_how_far_back(say):
    assert say((9,), (0.5,), (1.5,)) == (12.0, 9)


def test_seven_daily_backups_reach_back_seven_days(say):
    assert say(*((age + 0.25,) for age in range(7))) == (6.0, 7)


def test_without_a_finished_backup_none_is_kept_whatever_is_set(say):
    assert say(days=30) == (None, 0)


def test_what_is_set_says_how_long_they_are_kept(say):
    assert say((1,), days=30) == (24.0, 30)


@pytest.mark.parametrize("empty", [0, 0.0])
def test_a_backup_without_content_is_none(say, empty):
    assert say((0.1, empty), (3, 50)) == (72.0, 3)
    assert say((0.1, empty), days=7) == (None, 0)


def test_a_backup_that_is_dated_in_the_future_is_not_believed(say):
    assert say((-1,), (3,)) == (72.0, 3)


def test_one_that_ended_while_the_run_began_is_no_younger_than_now(say):
    assert say((-0.01,), days=7) == (0.0, 7)


def test_a_single_old_one_does_not_say_that_those_between_were_kept(say):
    assert say((0.1,), (1,), (200,)) == (2.4, 1)


def test_one_that_a_person_keeps_does_not_either(say):
    assert say((0.1,), (1,), (7, 5, False)) == (2.4, 1)
    assert say((0.5, 5, False)) == (12.0, 0)


def test_the_newest_is_compared_with_the_median_of_the_week_before_it(say):
    assert say((0, 120), (1, 110), (2, 90), (20, 900), size=True) == 1.2
    assert say((0, 40), (1, 100), (2, 100), size=True) == 0.4
    assert say((0, 0), (1, 100), size=True) == 0


@pytest.mark.parametrize(
    "made", [[], [(0, 5)], [(0, 5), (20, 5)], [(0, 5), (1, None)], [(0, None), (1, 5)], [(0, 5), (1, 0)]]
)
def test_without_sizes_to_compare_nothing_is_said(say, made):
    assert say(*made, size=True) is None


def test_the_span_of_a_log_is_told_to_the_hour(now):
    seen = Exchange(method="GET", url="https://vendor.example/backups", status=200, observed_at=now)

    def say(first, last):
        found = archived(now - timedelta(hours=first), now - timedelta(minutes=last), now, seen)
        return tuple(one.value for one in found)

    assert say(168, 5) == (168, True)
    assert say(168, 45) == (167, False)
    assert say(168, -600) == (168, False)
    assert say(-5, 5) == (0, True)


@pytest.mark.parametrize("seconds", [None, 0, -5, 10**18, "1772442000", True, 1.5])
def test_what_is_no_time_is_none(seconds):
    assert epoch(seconds) is None


def test_a_unix_time_is_utc(now):
    assert epoch(1772442000) == now
