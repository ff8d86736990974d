"""Plans: when a run is due, in a zone whose clocks change."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from readiness.errors import BadInput
from readiness.schedule.plan import Plan, zone_name

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 3, 4, 5, 30, tzinfo=UTC)  # a Wednesday, 06:30 in Berlin


def test_a_daily_run_is_due_at_its_time_of_day_in_the_zone():
    plan = Plan.parse("daily", "06:00")
    assert plan.due(NOW, BERLIN) == datetime(2026, 3, 4, 6, 0, tzinfo=BERLIN)
    assert plan.due(NOW - timedelta(hours=1), BERLIN) == datetime(2026, 3, 3, 6, 0, tzinfo=BERLIN)
    assert plan.due(plan.due(NOW, BERLIN), BERLIN) == plan.due(NOW, BERLIN)


def test_a_weekly_run_is_due_on_its_day():
    plan = Plan.parse("weekly", "mon@07:00")
    assert plan.due(NOW, BERLIN) == datetime(2026, 3, 2, 7, 0, tzinfo=BERLIN)
    assert str(plan) == "mon@07:00"
    assert Plan.parse("weekly", "sun@23:59").due(NOW, UTC) == datetime(2026, 3, 1, 23, 59, tzinfo=UTC)


def test_it_stays_at_its_time_of_day_when_clocks_change():
    plan = Plan.parse("daily", "06:00")
    before, after = (plan.due(datetime(2026, 3, day, 12, tzinfo=UTC), BERLIN) for day in (28, 29))
    assert (before.astimezone(UTC).hour, after.astimezone(UTC).hour) == (5, 4)
    assert after.astimezone(UTC) - before.astimezone(UTC) == timedelta(hours=23)


def test_what_was_missed_is_between_the_last_and_the_one_due():
    plan = Plan.parse("daily", "06:00")
    due = plan.due(NOW, UTC)
    assert plan.missed(due - timedelta(days=3), due, UTC) == [due - timedelta(days=2), due - timedelta(days=1)]
    assert plan.missed(due - timedelta(days=1), due, UTC) == []
    assert len(plan.missed(due - timedelta(days=5_000), due, UTC)) <= 367


@pytest.mark.parametrize(
    ("kind", "text"),
    [("daily", "6:00"), ("daily", "24:00"), ("daily", "mon@06:00"), ("weekly", "07:00"), ("weekly", "day@07:00")],
)
def test_what_is_no_time_is_refused_with_an_example(kind, text):
    with pytest.raises(BadInput, match=f"--{kind}: expected a time such as"):
        Plan.parse(kind, text)


def test_the_zone_is_named(monkeypatch, tmp_path):
    monkeypatch.delenv("TZ", raising=False)
    link = tmp_path / "localtime"
    link.symlink_to("/usr/share/zoneinfo/Europe/Berlin")
    assert zone_name(link) == "Europe/Berlin" or not Path("/usr/share/zoneinfo/Europe/Berlin").exists()
    monkeypatch.setenv("TZ", ":Asia/Tokyo")
    assert zone_name() == "Asia/Tokyo"
    monkeypatch.delenv("TZ")
    assert zone_name(tmp_path / "none").startswith("UTC")
