"""Waivers: dated, approved, and gone the day after they end."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from readiness import waiver
from readiness.errors import BadInput

TEXT = """waivers:
  - requirement: security.it
    reason: the edge filters it meanwhile
    approved_by: Head of security
    approved_on: 2026-03-01
    expires_on: 2026-03-31
"""


@pytest.fixture
def load(catalogue_of, tmp_path):
    def run(text):
        path = tmp_path / "one.yaml"
        path.write_text(text)
        return waiver.load(path, catalogue_of({"security.it": {}}))

    return run


@pytest.mark.parametrize(
    ("moment", "stands"),
    [
        (datetime(2026, 2, 28, 23, 59, 59, tzinfo=UTC), False),
        (datetime(2026, 3, 1, tzinfo=UTC), True),
        (datetime(2026, 3, 31, 23, 59, 59, tzinfo=UTC), True),
        (datetime(2026, 4, 1, tzinfo=UTC), False),
        (datetime(2026, 4, 1, 1, tzinfo=timezone(timedelta(hours=2))), True),
    ],
)
def test_a_waiver_stands_from_its_first_to_its_last_day_in_utc(load, moment, stands):
    (item,) = load(TEXT)
    assert item.in_force(moment) is stands


def test_a_target_without_a_file_has_no_waivers(catalogue_of, tmp_path):
    assert waiver.load(tmp_path / "none.yaml", catalogue_of({})) == []


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("security.it", "security.gone", ":2: requirement: expected a requirement's id, got 'security.gone'"),
        ("2026-03-31", "2026-02-01", ":2: waivers.0: expires_on: expected a day after approved_on"),
        ("the edge filters it meanwhile", "because", ":3: waivers.0.reason: expected a string to have at least 10"),
        ("    expires_on: 2026-03-31\n", "", ":2: waivers.0.expires_on: expected this key, got nothing"),
        ("2026-03-31", "never", ":6: waivers.0.expires_on: expected a valid date, got 'never'"),
        ("Head of security", "''", ":4: waivers.0.approved_by: expected a string to have at least 2"),
    ],
)
def test_a_waiver_without_end_reason_or_approval_is_refused(load, tmp_path, old, new, told):
    with pytest.raises(BadInput) as caught:
        load(TEXT.replace(old, new))
    assert str(caught.value).startswith(f"{tmp_path}/one.yaml{told}")
