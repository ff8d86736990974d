from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

from readiness.report.expiry import expiring
from readiness.waiver import Waiver

NOW = datetime(2026, 3, 2, 23, 30, tzinfo=UTC)


def waiver(name: str, first: date, last: date) -> Waiver:
    keys = {"requirement": name, "reason": "It is being replaced.", "approved_by": "head of platform"}
    return Waiver.model_validate({**keys, "approved_on": first, "expires_on": last})


def test_what_is_in_force_and_ends_within_thirty_days_is_told_the_first_first() -> None:
    begun = date(2026, 1, 1)
    given: Any = SimpleNamespace(
        attestations=[],
        waivers=[
            waiver("late", begun, date(2026, 3, 31)),
            waiver("today", begun, date(2026, 3, 2)),
            waiver("over", begun, date(2026, 3, 1)),
            waiver("later", begun, date(2026, 4, 1)),
            waiver("to_come", date(2026, 3, 3), date(2026, 3, 9)),
        ],
    )
    assert [(one.name, one.days, one.kind) for one in expiring(given, NOW)] == [
        ("today", 0, "waiver"),
        ("late", 29, "waiver"),
    ]
