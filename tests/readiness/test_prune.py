from datetime import UTC, datetime, timedelta

import pandas as pd
from readiness import history
from readiness.prune import kept

START = datetime(2026, 3, 2, 9, tzinfo=UTC)  # a Monday


def scores(*runs: tuple[float, str]) -> pd.DataFrame:
    rows = [
        {"target": "one", "run": f"{days:g}", "at": START + timedelta(days=days), "stage": "alpha"}
        | {"kind": "observed", "verdict": verdict}
        for days, verdict in runs
    ]
    return pd.DataFrame(rows, columns=list(history.SCORES))


def test_the_newest_of_each_of_the_last_days_and_weeks_is_kept():
    found = kept(scores(*((day, "go") for day in (0, 1, 2, 7, 8, 8.2, 14, 15))), daily=2, weekly=3)
    assert found == {
        "0": "a verdict changed",
        "2": "newest of its week",
        "8.2": "newest of its week",
        "14": "newest of its day",
        "15": "the newest",
    }


def test_a_run_in_which_a_verdict_changed_is_kept():
    found = kept(scores((0, "go"), (1, "go"), (2, "no-go"), (3, "no-go"), (4, "go"), (5, "go")), daily=0, weekly=0)
    assert set(found) == {"0", "2", "4", "5"}


def test_the_newest_is_kept_whatever_is_asked_for():
    assert kept(scores((0, "go"), (1, "go")), daily=0, weekly=0)["1"] == "the newest"


def test_what_was_declared_is_no_run_and_nothing_keeps_nothing():
    assert kept(scores((0, "go")).assign(kind="declared"), daily=1, weekly=1) == {}
