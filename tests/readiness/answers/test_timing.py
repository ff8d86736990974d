import pytest
from readiness.answers.timing import PAIRS, SUSPICION, differ
from readiness.errors import Unobservable

STEADY = [20.0 + index % 5 for index in range(PAIRS)]


def test_a_kind_that_always_takes_longer_differs():
    assert differ(STEADY, [time * 1.5 for time in STEADY])
    assert differ([time * 1.5 for time in STEADY], STEADY)


def test_the_same_times_do_not_differ():
    assert not differ(STEADY, STEADY)
    assert not differ(STEADY, STEADY[::-1])


def test_a_difference_of_less_than_a_fifth_does_not_count_however_regular():
    assert not differ(STEADY, [time * 1.15 for time in STEADY])


def test_a_difference_that_holds_in_little_more_than_half_the_pairs_is_not_significant():
    other = [time * (1.5 if index % 2 == 0 else 0.7) for index, time in enumerate(STEADY)]
    assert not differ(STEADY, other)


def test_a_platform_that_gets_faster_meanwhile_hides_no_difference():
    drifting = [200.0 / (index + 1) + index % 3 for index in range(PAIRS)]
    assert differ(drifting, [time * 1.4 for time in drifting])


def test_one_slow_answer_is_no_difference():
    assert not differ(STEADY, [*STEADY[1:], 5_000.0])


def test_too_few_pairs_say_nothing():
    with pytest.raises(Unobservable, match="14 pairs of times are too few"):
        differ(STEADY[1:], STEADY[1:])


def test_what_is_only_suspected_is_no_difference_yet():
    other = [time * (0.6 if index % 5 == 1 else 1.4) for index, time in enumerate(STEADY)]
    assert differ(STEADY, other, SUSPICION)
    assert not differ(STEADY, other)
