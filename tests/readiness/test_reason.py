"""Reasons: in the order in which they matter, each thing said once, and nothing that is no value shown as one."""

from datetime import date

import pytest
from readiness.judge import judge

from .conftest import NOW

pytestmark = pytest.mark.filterwarnings("error")


@pytest.fixture
def said(catalogue_of, row):
    """`said(criteria, row(...), ...)` is the reason of the one requirement at alpha."""

    def run(criteria, *rows):
        from readiness.evidence import frame

        catalogue = catalogue_of({"security.it": {"criteria": criteria}})
        findings = judge(frame(rows), catalogue, now=NOW, partial_credit=0.5, targets=["one"])
        return findings["reason"].iloc[0]

    return run


@pytest.mark.parametrize(
    ("criterion", "value", "unit", "reason"),
    [
        ({"at_most": 1500}, 1234567.891, "ms", "a.b is 1,234,567.891 ms, expected at most 1,500"),
        ({"above": 0.5}, 0.25, "", "a.b is 0.25, expected above 0.5"),
        ({"is": False}, True, "", "a.b is true, expected false"),
        ({"is": "full"}, "none; really", "", "a.b is none; really, expected full"),
        ({"one_of": ["x", "y"]}, "z", "", "a.b is z, expected one of x, y"),
    ],
)
def test_what_fails_is_told_with_what_is_expected(said, row, criterion, value, unit, reason):
    assert said([{"fact": "a.b", **criterion}], row("a.b", value, unit=unit)) == reason


@pytest.mark.parametrize(
    ("low", "high", "unit", "between"),
    [(4, 6, "s", "4 and 6 s"), (4, None, "", "4 and 5.5"), (None, 7.5, "", "5.5 and 7.5")],
)
def test_an_interval_is_told_by_its_ends_and_where_it_has_but_one_by_the_value(said, row, low, high, unit, between):
    threshold = {"at_most": 5} if low else {"at_most": 6}
    reason = said([{"fact": "a.b", **threshold}], row("a.b", 5.5, low=low, high=high, unit=unit))
    assert reason == f"a.b is between {between}: too close to at most {threshold['at_most']}"


@pytest.mark.parametrize("criterion", [{"is": True}, {"one_of": ["x"]}, {"at_least": 0}], ids=str)
def test_a_value_of_another_kind_is_not_shown_as_one(said, row, criterion):
    reason = said([{"fact": "a.b", **criterion}], row("a.b", None, status="observed"))
    assert reason == "a.b is not known: not a value of the kind that its criterion judges"


def test_what_two_criteria_say_alike_is_told_once_and_what_they_say_otherwise_twice(said, row):
    both = [
        {"fact": "a.b", "at_least": 3},
        {"fact": "a.b", "at_most": 9},
        {"fact": "a.b", "at_least": 3, "minor": True},
    ]
    assert said(both) == "a.b is not known: not observed in this run"
    assert said(both, row("a.b", 1)) == "a.b is 1, expected at least 3"
    assert said([*both[:2], {"fact": "a.b", "above": 5}], row("a.b", 1)) == (
        "a.b is 1, expected at least 3; a.b is 1, expected above 5"
    )


def test_what_is_announced_and_awaited_comes_last(said, row):
    criteria = [
        {"fact": "a.b", "is": True, "from": date(2027, 1, 1)},
        {"awaits": "an audit", "from": date(2027, 2, 1)},
        {"awaits": "its age"},
        {"fact": "a.c", "is": True},
        {"fact": "a.d", "is": True},
    ]
    assert said(criteria, row("a.d", False), row("a.b", True)) == (
        "a.d is false, expected true; a.c is not known: not observed in this run; no source of evidence yet: its age; "
        "from 2027-01-01 on: a.b holds; from 2027-02-01 on: no source of evidence yet: an audit"
    )
