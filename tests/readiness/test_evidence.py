"""The evidence frame: the same columns and types whatever is in it."""

from datetime import UTC, datetime, timedelta, timezone

import pandas as pd
import pytest
from readiness.evidence import COLUMNS, digest_of, frame

from .conftest import NOW

pytestmark = pytest.mark.filterwarnings("error")


def test_a_frame_has_its_columns_and_types_with_and_without_rows(row):
    for rows in ([], [row("a.b", True)], [row("a.n", 2)], [row("a.t", "x"), row("a.u")]):
        assert frame(rows).dtypes.astype(str).to_dict() == COLUMNS


def test_a_value_fills_the_column_of_its_type_alone(row):
    seen = frame([row("a.b", False), row("a.n", 0, unit="ms", low=0, high=1.5), row("a.t", "x")]).set_index("fact")
    assert seen[["number", "boolean", "text"]].notna().sum(axis=1).tolist() == [1, 1, 1]
    assert seen.loc["a.b", "boolean"] == False  # noqa: E712
    assert (seen.loc["a.n", "number"], seen.loc["a.n", "unit"], seen.loc["a.n", "high"]) == (0, "ms", 1.5)
    assert seen.loc["a.t", "text"] == "x"


def test_what_was_not_observed_has_no_value_and_keeps_its_reason(row):
    (seen,) = frame([row("a.b", status="skipped", reason="not asked", permission="load")]).itertuples()
    assert pd.isna(seen.number) and pd.isna(seen.boolean) and pd.isna(seen.text)
    assert (seen.status, seen.reason, seen.permission) == ("skipped", "not asked", "load")


def test_not_a_number_is_no_value(row):
    assert frame([row("a.n", float("nan"))])["number"].isna().all()


def test_rows_are_sorted_by_target_and_fact(row):
    rows = [row("b.b", 1, target="two"), row("a.a", 1, target="two"), row("c.c", 1)]
    seen = frame(rows)
    assert list(zip(seen["target"], seen["fact"], strict=True)) == [("one", "c.c"), ("two", "a.a"), ("two", "b.b")]
    assert list(seen.index) == [0, 1, 2]


def test_times_are_kept_in_utc_to_the_microsecond(row):
    east = datetime(2026, 3, 2, 10, 0, 0, 123456, tzinfo=timezone(timedelta(hours=1)))
    seen = frame([row("a.b", True, observed_at=east), row("a.c", True, observed_at=NOW)])
    assert seen["observed_at"][0] == datetime(2026, 3, 2, 9, 0, 0, 123456, tzinfo=UTC)


def test_a_row_may_stand_for_less_time_than_its_fact(row):
    seen = frame([row("a.b", True, max_age=timedelta(hours=5))])
    assert seen["max_age"][0] == timedelta(hours=5)


def test_a_frame_survives_being_written(row, tmp_path):
    seen = frame([row("a.b", True), row("a.n", 2.5, low=1), row("a.t", "ü\u2028x"), row("a.u")])
    seen.to_parquet(tmp_path / "evidence.parquet", index=False)
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "evidence.parquet").astype(COLUMNS), seen)


def test_a_digest_tells_texts_apart():
    assert digest_of("a") == digest_of("a") != digest_of("b")
    assert len(digest_of("")) == 16
