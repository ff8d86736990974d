from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest
from readiness import history
from readiness.steadiness import COLUMNS, steadiness


def findings(*statuses: str, stage: str = "alpha") -> pd.DataFrame:
    start = datetime(2026, 3, 2, tzinfo=UTC)
    rows = [
        {"target": "one", "run": f"run {day}", "at": start + timedelta(days=day), "stage": stage}
        | {"requirement": "security.cors", "status": status}
        for day, status in enumerate(statuses)
    ]
    return pd.DataFrame(rows, columns=list(history.FINDINGS))


@pytest.mark.parametrize(
    ("statuses", "share", "flips"),
    [
        (["met", "met"], (1, 1), 0),
        (["met", "unmet", "met", "met"], (0.75, 0.75), 2),
        (["met", "unknown", "met", "unknown"], (0.5, 1), 0),
        (["met", "unknown", "partial", "unknown"], (0.25, 0.75), 1),
        (["unknown"], (0, 1), 0),
    ],
)
def test_the_share_of_runs_is_an_interval_and_what_flips_is_unsteady(statuses, share, flips):
    row = steadiness(findings(*statuses)).iloc[0]
    assert (row["floor"], row["ceiling"]) == share
    assert (row["flips"], row["unsteady"]) == (flips, flips > 0)


def test_only_the_last_runs_count():
    row = steadiness(findings("unmet", "unmet", "met", "met"), runs=2).iloc[0]
    assert (row["runs"], row["floor"], row["flips"]) == (2, 1, 0)


def test_what_does_not_apply_or_was_only_declared_is_left_out():
    assert steadiness(findings("not applicable")).empty
    assert steadiness(findings("met", stage="")).empty


def test_nothing_is_an_empty_frame_with_its_columns():
    assert list(steadiness(findings()).columns) == list(COLUMNS)


def test_no_runs_at_all_is_refused():
    with pytest.raises(ValueError, match="at least 1"):
        steadiness(findings("met"), runs=0)
