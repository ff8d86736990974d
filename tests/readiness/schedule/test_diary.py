"""The diary: a missed run is made up for, once, and said."""

from datetime import UTC, datetime, timedelta

import pytest
from readiness.schedule.diary import Diary
from readiness.schedule.plan import Plan

PLAN = Plan.parse("daily", "06:00")
SIX = datetime(2026, 3, 4, 6, 0, tzinfo=UTC)


@pytest.fixture
def diary(tmp_path) -> Diary:
    return Diary(tmp_path, "acme")


def test_a_moment_is_due_until_it_is_done(diary):
    diary.note("daily", SIX - timedelta(days=1), "go")
    due = diary.due(PLAN, SIX + timedelta(seconds=5), UTC)
    assert due is not None and (due.at, due.missed, due.words) == (SIX, 0, "")
    diary.note("daily", due.at, "failed")
    assert diary.due(PLAN, SIX + timedelta(hours=3), UTC) is None
    assert diary.due(PLAN, SIX + timedelta(days=1), UTC) is not None


def test_what_was_missed_is_made_up_for_once_and_said(diary):
    diary.note("daily", SIX - timedelta(days=4), "go")
    due = diary.due(PLAN, SIX + timedelta(hours=2), UTC)
    assert due is not None
    assert due.words == "due at 2026-03-04 06:00 UTC, made up for now; 3 earlier runs were missed"
    diary.note("daily", due.at, "go")
    assert diary.due(PLAN, SIX + timedelta(hours=2), UTC) is None


def test_what_was_due_before_the_schedule_is_not_made_up_for(diary):
    assert diary.due(PLAN, SIX + timedelta(hours=2), UTC) is None
    assert diary.due(PLAN, SIX + timedelta(minutes=1), UTC) is not None


def test_a_clock_that_was_ahead_and_is_set_back_does_not_silence_the_schedule(diary):
    diary.note("daily", SIX + timedelta(days=1461), "go")
    assert diary.due(PLAN, SIX + timedelta(hours=2), UTC) is None, "it was before the schedule"
    due = diary.due(PLAN, SIX + timedelta(days=1), UTC)
    assert due is not None and due.missed == 0
    assert due.words == "made though a run of 2030-03-04 06:00 UTC is noted: the clock was set back since"
    diary.note("daily", due.at, "go")
    later = diary.due(PLAN, SIX + timedelta(days=2), UTC)
    assert later is not None and later.words == ""


def test_kinds_are_noted_apart_and_a_broken_diary_is_an_empty_one(diary, tmp_path):
    diary.note("daily", SIX, "go")
    assert diary.done("weekly") is None
    diary.note("weekly", SIX, "no-go")
    assert diary.done("daily") == diary.done("weekly") == SIX
    path = tmp_path / ".schedule" / "acme.json"
    path.write_text("[", encoding="utf-8")
    assert diary.done("daily") is None
    diary.note("daily", SIX, "go")
    assert diary.done("daily") == SIX
    assert not [item.name for item in path.parent.iterdir() if item.name.endswith(".partial")]


def test_what_is_untold_stays_until_it_is_told(diary):
    assert diary.untold("daily") is None
    diary.note("daily", SIX, "go", {"run": "one"})
    diary.note("weekly", SIX, "go")
    diary.told("daily", {"run": "an earlier one"})
    assert diary.untold("daily") == {"run": "one"} and diary.untold("weekly") is None
    diary.told("daily", {"run": "one"})
    assert diary.untold("daily") is None and diary.done("daily") == SIX
