"""Rotas: gaps and shares, whatever order and overlap the shifts have."""

from datetime import UTC, datetime, timedelta

import pytest
from readiness.answers.rota import Shift, shares, uncovered_s

SINCE = datetime(2026, 3, 2, tzinfo=UTC)
UNTIL = SINCE + timedelta(hours=10)


def at(hour):
    return SINCE + timedelta(hours=hour)


@pytest.mark.parametrize(
    ("shifts", "hours"),
    [
        ([], 10),
        ([Shift("a")], 0),
        ([Shift("a", at(-5), at(4)), Shift("b", at(4), at(20))], 0),
        ([Shift("b", at(5), None), Shift("a", None, at(4))], 1),
        ([Shift("a", at(1), at(9)), Shift("b", at(2), at(3))], 2),
        ([Shift("a", at(-5), at(-1)), Shift("b", at(11), at(12))], 10),
    ],
    ids=["nobody", "always", "in turns", "a gap", "one within another", "outside"],
)
def test_what_no_shift_covers_is_uncovered(shifts, hours):
    assert uncovered_s(shifts, SINCE, UNTIL) == hours * 3600


def test_each_person_has_a_share_of_the_time():
    shifts = [Shift("a", at(0), at(4)), Shift("b", at(4), at(8)), Shift("a", at(2), at(6)), Shift("c", at(11), at(12))]
    assert shares(shifts, SINCE, UNTIL) == pytest.approx({"a": 0.6, "b": 0.4})


def test_a_change_of_clocks_is_no_gap():
    winter, summer = (datetime.fromisoformat(f"2026-03-02T{time}") for time in ("06:00:00+01:00", "07:00:00+02:00"))
    assert uncovered_s([Shift("a", None, winter), Shift("b", summer, None)], SINCE, UNTIL) == 0
