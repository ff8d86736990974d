from datetime import timedelta

import pytest
from readiness.report.words import age, effort, listed, shown, utc, visible


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(seconds=-5), "0 s"),
        (timedelta(seconds=59), "59 s"),
        (timedelta(minutes=3), "3 min"),
        (timedelta(hours=25), "1 d"),
    ],
)
def test_an_age_has_one_unit(span: timedelta, words: str) -> None:
    assert age(span) == words


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (True, "", "yes"),
        (14.0, "days", "14 days"),
        (0.25, "", "0.25"),
        (["a", "b"], "", "a, b"),
        ("plain", "", "plain"),
    ],
)
def test_a_value_is_written_for_people(value: object, unit: str, words: str) -> None:
    assert shown(value, unit) == words


def test_hidden_characters_are_written_out_and_lines_are_kept() -> None:
    assert visible("a\u202eb\x00c\nd\te") == "a\\u202eb\\u0000c\nd\te"


def test_a_list_ends_with_and() -> None:
    assert [listed([]), listed(["a"]), listed(["a", "b", "c"])] == ["", "a", "a, b and c"]


def test_a_time_that_never_was_is_said_so() -> None:
    assert utc(None) == "never"


def test_one_day_is_not_plural() -> None:
    assert [effort(1.0), effort(2.5)] == ["1 person-day", "2.5 person-days"]
