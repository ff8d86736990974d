from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pytest
from readiness import history
from readiness.steadiness import COLUMNS, HELD, criteria, steadiness

from .conftest import NOW


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
def test_the_share_of_runs_is_an_interval_and_what_flips_to_and_fro_is_unsteady(statuses, share, flips):
    row = steadiness(findings(*statuses)).iloc[0]
    assert (row["floor"], row["ceiling"]) == share
    assert (row["flips"], row["unsteady"]) == (flips, flips > 1)


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


@pytest.fixture
def held(catalogue_of, evidence_of):
    """`held({"a.b": True}, {"a.b": None}, …)` is what the criteria said in runs, a day apart."""
    catalogue = catalogue_of(
        {
            "security.cors": {
                "criteria": [
                    {"fact": "a.b", "is": True},
                    {"fact": "a.n", "at_least": {"alpha": 10, "beta": 1500}},
                    {"awaits": "an audit"},
                    {"fact": "a.b", "is": False, "from": date(2027, 1, 1)},
                ]
            }
        }
    )

    def run(*values):
        rows = []
        for day, seen in enumerate(values):
            at = NOW + timedelta(days=day)
            evidence = evidence_of({"other.fact": True, **seen}, observed_at=at)
            rows.append(criteria(evidence, catalogue, f"run {day}", at))
        return pd.concat(rows, ignore_index=True)

    return run


def test_each_criterion_has_a_share_of_its_own(held):
    seen = held({"a.b": True, "a.n": 12}, {"a.b": False, "a.n": 12}, {"a.b": True, "a.n": 12}, {"a.b": None, "a.n": 12})
    rows = steadiness(seen).set_index(["stage", "criterion"])
    assert sorted(rows.loc["alpha"].index) == ["a.b is true", "a.n at least 10"]
    flag, number = rows.loc[("alpha", "a.b is true")], rows.loc[("alpha", "a.n at least 10")]
    assert (flag["floor"], flag["ceiling"], flag["flips"], flag["unsteady"]) == (0.5, 0.75, 2, True)
    assert (number["floor"], number["ceiling"], number["unsteady"]) == (1, 1, False)
    assert rows.loc[("beta", "a.n at least 1,500"), "ceiling"] == 0
    last = steadiness(seen, runs=2).set_index(["stage", "criterion"])
    assert last.loc[("alpha", "a.b is true"), ["runs", "known", "floor"]].tolist() == [2, 1, 0.5]


def test_evidence_is_as_old_as_it_was_when_the_run_was_judged(catalogue_of, evidence_of):
    catalogue = catalogue_of({"security.cors": {"criteria": [{"fact": "a.b", "is": True}]}})
    evidence = evidence_of({"a.b": True})
    for later, status in ((timedelta(), "met"), (timedelta(days=2), "unknown")):
        told = criteria(evidence, catalogue, "run", NOW + later)
        assert (list(told.columns), set(told["status"])) == (HELD, {status})
