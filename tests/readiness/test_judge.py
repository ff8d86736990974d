"""Judging: unknown is neither pass nor fail, and nothing missing ever looks better or worse than it is."""

import itertools
from datetime import timedelta

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from readiness.evaluation import SKEW
from readiness.evidence import COLUMNS as EVIDENCE_COLUMNS
from readiness.evidence import frame
from readiness.judge import COLUMNS, judge

from .conftest import NOW

pytestmark = pytest.mark.filterwarnings("error")


@pytest.fixture
def judged(catalogue_of, evidence_of):
    """`judged(criteria, values)` is stage → finding of the one requirement with these criteria."""

    def run(criteria, evidence, now=NOW, **keys):
        catalogue = catalogue_of({"security.it": {"criteria": criteria, **keys}})
        if isinstance(evidence, dict):
            evidence = evidence_of({"other.fact": True, **evidence})
        findings = judge(evidence, catalogue, now=now, partial_credit=0.5)
        return {row.stage: row for row in findings.itertuples()}

    return run


@pytest.mark.parametrize(
    ("operator", "threshold", "value", "status"),
    [
        ("is", True, True, "met"),
        ("is", True, False, "unmet"),
        ("is", False, False, "met"),
        ("is", "full", "full", "met"),
        ("is", "full", "none", "unmet"),
        ("one_of", ["a", "b"], "b", "met"),
        ("one_of", ["a", "b"], "c", "unmet"),
        ("at_least", 10, 10.0, "met"),
        ("at_least", 10, 9.99, "unmet"),
        ("at_most", 10, 10.0, "met"),
        ("at_most", 10, 10.01, "unmet"),
        ("above", 10, 10.0, "unmet"),
        ("above", 10, 10.01, "met"),
        ("below", 10, 10.0, "unmet"),
        ("below", 10, 9.99, "met"),
        ("at_most", 0, 0.0, "met"),
    ],
)
def test_each_operator_judges_its_own_boundary(judged, operator, threshold, value, status):
    finding = judged([{"fact": "a.b", operator: threshold}], {"a.b": value})["alpha"]
    assert finding.status == status
    assert finding.floor == finding.ceiling == (1 if status == "met" else 0)


@pytest.mark.parametrize("status", ["unavailable", "error", "skipped"])
def test_what_was_not_observed_is_unknown_and_says_why(judged, evidence_of, status):
    evidence = evidence_of({"a.b": None}, status=status, reason="no route to host", permission="burst")
    finding = judged([{"fact": "a.b", "is": True}], evidence)["alpha"]
    assert (finding.status, finding.floor, finding.ceiling) == ("unknown", 0, 1)
    assert finding.reason == "a.b is not known: no route to host (needs the permission burst)"


def test_a_fact_without_a_row_is_unknown(judged):
    finding = judged([{"fact": "a.b", "is": True}], {})["alpha"]
    assert (finding.status, finding.floor, finding.ceiling) == ("unknown", 0, 1)
    assert finding.reason == "a.b is not known: not observed in this run"


@pytest.mark.parametrize(
    "criterion", [{"is": True}, {"is": "x"}, {"one_of": ["x"]}, {"at_least": 0}, {"below": 1}], ids=str
)
def test_an_observed_row_that_holds_no_value_is_unknown(judged, evidence_of, criterion):
    evidence = evidence_of({"a.b": None}, status="observed")
    finding = judged([{"fact": "a.b", **criterion}], evidence)["alpha"]
    assert (finding.status, finding.floor, finding.ceiling) == ("unknown", 0, 1)


def test_a_requirement_without_criteria_is_unknown(judged):
    findings = judged([], {})
    assert [finding.status for finding in findings.values()] == ["unknown"] * 3
    assert findings["alpha"].reason == "no source of evidence yet: It"


def test_a_requirement_whose_criteria_all_come_later_is_unknown_until_then(judged):
    findings = judged([{"fact": "a.b", "is": {"beta": True}}], {"a.b": True})
    assert [findings[stage].status for stage in ("alpha", "beta", "ga")] == ["unknown", "met", "met"]


def test_what_nothing_observes_yet_is_unknown_even_where_all_else_holds(judged):
    criteria = [{"fact": "a.b", "is": True}, {"awaits": "a backup restored"}, {"awaits": "its age"}]
    finding = judged(criteria, {"a.b": True})["alpha"]
    assert (finding.status, finding.floor, finding.ceiling) == ("unknown", 0, 1)
    assert finding.reason == "no source of evidence yet: a backup restored; its age"


def test_one_certain_failure_settles_it_whatever_else_is_unknown(judged):
    criteria = [{"awaits": "an audit"}, {"fact": "a.c", "is": True}, {"fact": "a.b", "at_most": 5}]
    finding = judged(criteria, {"a.b": 6, "a.c": None})["alpha"]
    assert (finding.status, finding.floor, finding.ceiling) == ("unmet", 0, 0)
    assert finding.reason == (
        "a.b is 6, expected at most 5; a.c is not known: the platform did not answer; "
        "no source of evidence yet: an audit"
    )


def test_a_met_requirement_says_how_much_held(judged):
    one, two = {"fact": "a.b", "is": True}, {"fact": "a.c", "at_least": 1}
    assert judged([one], {"a.b": True})["alpha"].reason == "its one criterion holds"
    assert judged([one, two], {"a.b": True, "a.c": 2})["alpha"].reason == "all 2 criteria hold"


def test_evidence_counts_until_its_age_reaches_the_limit_and_not_after(judged):
    criteria = [{"fact": "a.b", "is": True}]
    day = timedelta(hours=24)
    assert judged(criteria, {"a.b": True}, now=NOW + day)["alpha"].status == "met"
    late = judged(criteria, {"a.b": True}, now=NOW + day + timedelta(microseconds=1))["alpha"]
    assert (late.status, late.floor, late.ceiling) == ("unknown", 0, 1)
    assert late.reason == "a.b is not known: observed 2026-03-02 09:00 UTC, too old to count"


def test_old_bad_news_is_unknown_as_old_good_news_is(judged):
    late = judged([{"fact": "a.b", "is": True}], {"a.b": False}, now=NOW + timedelta(days=2))["alpha"]
    assert (late.status, late.floor, late.ceiling) == ("unknown", 0, 1)


@pytest.mark.parametrize(("of_fact", "of_requirement"), [(1, 48), (48, 1)])
def test_the_shorter_of_the_two_age_limits_wins(judged, evidence_of, of_fact, of_requirement):
    evidence = evidence_of({"a.b": True}, max_age=timedelta(hours=of_fact))
    age = f"{of_requirement}h"
    criteria = [{"fact": "a.b", "is": True}]
    assert judged(criteria, evidence, now=NOW + timedelta(hours=1), max_age=age)["alpha"].status == "met"
    assert judged(criteria, evidence, now=NOW + timedelta(hours=2), max_age=age)["alpha"].status == "unknown"


def test_an_observation_from_after_the_judgement_does_not_count(judged):
    criteria = [{"fact": "a.b", "is": True}]
    assert judged(criteria, {"a.b": True}, now=NOW - SKEW)["alpha"].status == "met"
    early = judged(criteria, {"a.b": True}, now=NOW - SKEW - timedelta(seconds=1))["alpha"]
    assert early.status == "unknown"
    assert "later than this judgement" in early.reason


@pytest.mark.parametrize(
    ("low", "high", "status"),
    [(480, 500, "met"), (480, 501, "unknown"), (500, 520, "unknown"), (501, 520, "unmet")],
)
def test_a_measured_interval_that_holds_the_threshold_does_not_decide(judged, evidence_of, low, high, status):
    evidence = evidence_of({"a.ms": 500}, low=low, high=high, unit="ms")
    finding = judged([{"fact": "a.ms", "at_most": 500}], evidence)["alpha"]
    assert finding.status == status
    if status == "unknown":
        assert finding.reason == f"a.ms is between {low} and {high} ms: too close to at most 500"


def test_only_minor_failures_make_it_partial(judged):
    criteria = [{"fact": "a.b", "is": True}, {"fact": "a.c", "is": True, "minor": True}]
    finding = judged(criteria, {"a.b": True, "a.c": False})["alpha"]
    assert (finding.status, finding.floor, finding.ceiling) == ("partial", 0.5, 0.5)
    assert judged(criteria, {"a.b": False, "a.c": True})["alpha"].status == "unmet"


def test_a_minor_criterion_that_is_unknown_leaves_the_whole_unknown_between_half_and_full(judged):
    criteria = [{"fact": "a.b", "is": True}, {"fact": "a.c", "is": True, "minor": True}]
    finding = judged(criteria, {"a.b": True})["alpha"]
    assert (finding.status, finding.floor, finding.ceiling) == ("unknown", 0.5, 1)


def test_minor_criteria_alone_earn_nothing_when_none_of_them_holds(judged):
    criteria = [{"fact": "a.b", "is": True, "minor": True}, {"fact": "a.c", "is": True, "minor": True}]
    assert judged(criteria, {"a.b": False, "a.c": False})["alpha"].status == "unmet"
    assert judged(criteria, {"a.b": True, "a.c": False})["alpha"].status == "partial"


def test_the_stage_before_met_in_full_makes_the_next_partial(judged):
    criteria = [{"fact": "a.n", "at_least": {"alpha": 50, "beta": 80, "ga": 90}}]
    findings = judged(criteria, {"a.n": 60})
    assert [findings[stage].status for stage in ("alpha", "beta", "ga")] == ["met", "partial", "unmet"]


def test_the_stage_before_met_only_in_part_makes_the_next_nothing(judged):
    criteria = [
        {"fact": "a.n", "at_least": {"alpha": 50, "beta": 80}},
        {"fact": "a.b", "is": True, "minor": True},
    ]
    findings = judged(criteria, {"a.n": 60, "a.b": False})
    assert [findings[stage].status for stage in ("alpha", "beta")] == ["partial", "unmet"]


def test_a_requirement_is_judged_from_its_first_stage_on(judged):
    assert list(judged([{"fact": "a.b", "is": True}], {"a.b": True}, stage="beta")) == ["beta", "ga"]


def test_what_does_not_apply_is_weightless_and_says_so(catalogue_of, evidence_of):
    catalogue = catalogue_of({"api.graphql": {"criteria": [{"fact": "a.b", "is": True}], "weight": 3}})
    evidence = evidence_of({"a.b": True})
    declared = {"api.graphql": "REST only (declared by A. Owner)"}
    findings = judge(evidence, catalogue, now=NOW, partial_credit=0.5, not_applicable=declared)
    assert set(findings["status"]) == {"not applicable"}
    assert findings[["floor", "ceiling", "weight"]].to_numpy().sum() == 0
    assert set(findings["reason"]) == set(declared.values())


def test_a_waiver_marks_a_finding_and_changes_nothing_else(catalogue_of, evidence_of):
    catalogue = catalogue_of({f"api.{name}": {"criteria": [{"fact": "a.b", "is": True}]} for name in ("one", "two")})
    evidence = evidence_of({"a.b": False})
    plain = judge(evidence, catalogue, now=NOW, partial_credit=0.5)
    waived = judge(evidence, catalogue, now=NOW, partial_credit=0.5, waived=["api.one"])
    assert set(waived.loc[waived["waived"], "requirement"]) == {"api.one"}
    pd.testing.assert_frame_equal(plain.drop(columns="waived"), waived.drop(columns="waived"))


def test_no_evidence_at_all_leaves_a_named_target_unknown(catalogue_of):
    catalogue = catalogue_of({"security.it": {"criteria": [{"fact": "a.b", "is": True}]}})
    findings = judge(frame([]), catalogue, now=NOW, partial_credit=0.5, targets=["one"])
    assert list(findings["status"]) == ["unknown"] * 3
    assert list(findings["target"]) == ["one"] * 3
    assert judge(frame([]), catalogue, now=NOW, partial_credit=0.5).empty


def test_findings_have_their_columns_types_and_order(catalogue_of, evidence_of):
    catalogue = catalogue_of({"api.bb": {}, "security.zz": {}, "security.aa": {"stage": "beta"}})
    findings = judge(evidence_of({"a.b": True}), catalogue, now=NOW, partial_credit=0.5)
    assert findings.dtypes.astype(str).to_dict() == COLUMNS
    order = list(zip(findings["stage"], findings["requirement"], strict=True))
    assert order == [
        ("alpha", "security.zz"),
        ("alpha", "api.bb"),
        ("beta", "security.zz"),
        ("beta", "security.aa"),
        ("beta", "api.bb"),
        ("ga", "security.zz"),
        ("ga", "security.aa"),
        ("ga", "api.bb"),
    ]


REQUIREMENTS = {
    "security.flag": {"criteria": [{"fact": "f.flag", "is": True}]},
    "security.mixed": {
        "criteria": [
            {"fact": "f.n", "at_least": {"alpha": 10, "beta": 20, "ga": 30}},
            {"fact": "f.flag", "is": True, "minor": True},
            {"fact": "f.text", "one_of": {"beta": ["x", "y"]}, "minor": True},
        ]
    },
    "api.minor": {
        "criteria": [{"fact": "f.m", "below": 10, "minor": True}, {"fact": "f.text", "is": "x", "minor": True}]
    },
    "api.later": {"stage": "beta", "criteria": [{"fact": "f.m", "at_most": 15}, {"fact": "f.n", "above": {"ga": 25}}]},
    "data.awaits": {"criteria": [{"fact": "f.flag", "is": True}, {"awaits": {"ga": "an audit"}}]},
}
NUMBER = st.integers(0, 40)
VALUES = st.fixed_dictionaries(
    {"f.flag": st.booleans(), "f.n": NUMBER, "f.m": NUMBER, "f.text": st.sampled_from(["x", "y", "z"])}
)
FATES = st.fixed_dictionaries(
    dict.fromkeys(
        ("f.flag", "f.n", "f.m", "f.text"),
        st.sampled_from(["observed", "gone", "unavailable", "error", "skipped", "old"]),
    )
)
quick = settings(
    max_examples=8, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def rows_with(row, values, fates, spread=0, target="one"):
    rows = [row("other.fact", True, target=target)]
    for fact, value in values.items():
        fate = fates[fact]
        bounds = {"low": value - spread, "high": value + spread} if fact in ("f.n", "f.m") else {}
        if fate == "observed":
            rows.append(row(fact, value, target=target, **bounds))
        elif fate == "old":
            rows.append(row(fact, value, target=target, observed_at=NOW - timedelta(days=9)))
        elif fate != "gone":
            rows.append(row(fact, target=target, status=fate))
    return rows


def judged_together(catalogue, row, drawn, spread=0):
    rows = [rows_with(row, values, fates, spread, f"t{n}") for n, (values, fates) in enumerate(drawn)]
    return judge(frame(itertools.chain(*rows)), catalogue, now=NOW, partial_credit=0.5)


@quick
@given(drawn=st.lists(st.tuples(VALUES, FATES, FATES), min_size=6, max_size=12), spread=st.integers(0, 6))
def test_losing_evidence_never_raises_a_floor_nor_lowers_a_ceiling(catalogue_of, row, drawn, spread):
    catalogue = catalogue_of(REQUIREMENTS)
    # whatever was missing stays missing; the rest may be lost in any way
    lost = [
        (values, {fact: worse[fact] if fate == "observed" else fate for fact, fate in fates.items()})
        for values, fates, worse in drawn
    ]
    before = judged_together(catalogue, row, [(values, fates) for values, fates, _ in drawn], spread)
    after = judged_together(catalogue, row, lost, spread)
    assert (before["floor"] <= before["ceiling"]).all()
    assert (after["floor"] <= before["floor"]).all()
    assert (after["ceiling"] >= before["ceiling"]).all()
    assert list(after["weight"]) == list(before["weight"])
    assert ((after["status"] == "unknown") == (after["floor"] != after["ceiling"])).all()


@quick
@given(st.lists(VALUES, min_size=6, max_size=12))
def test_with_everything_observed_floor_and_ceiling_agree(catalogue_of, row, drawn):
    catalogue = catalogue_of({name: keys for name, keys in REQUIREMENTS.items() if name != "data.awaits"})
    findings = judged_together(catalogue, row, [(values, dict.fromkeys(values, "observed")) for values in drawn])
    assert (findings["floor"] == findings["ceiling"]).all()
    assert "unknown" not in set(findings["status"])


@quick
@given(st.lists(st.tuples(VALUES, FATES), min_size=2, max_size=3))
def test_many_targets_in_one_frame_are_judged_as_each_alone(catalogue_of, row, drawn):
    catalogue = catalogue_of(REQUIREMENTS)
    together = judged_together(catalogue, row, drawn)
    each = [rows_with(row, values, fates, target=f"t{n}") for n, (values, fates) in enumerate(drawn)]
    alone = [judge(frame(rows), catalogue, now=NOW, partial_credit=0.5) for rows in each]
    pd.testing.assert_frame_equal(together, pd.concat(alone, ignore_index=True))


def test_however_many_are_judged_at_a_time_and_in_whatever_order_it_comes_to_the_same(catalogue_of, row, monkeypatch):
    catalogue = catalogue_of(REQUIREMENTS)
    values = {"f.flag": True, "f.n": 12, "f.m": 3, "f.text": "x"}
    fates = [dict.fromkeys(values, "observed"), dict.fromkeys(values, "old"), dict.fromkeys(values, "gone")]
    rows = [rows_with(row, values, fates[n % 3], 2, f"t{n}") for n in range(7)]
    evidence = frame(itertools.chain(*rows))
    together = judge(evidence, catalogue, now=NOW, partial_credit=0.5, targets=["a", "zz"])
    monkeypatch.setattr("readiness.judge.TOGETHER", 2)
    shuffled = evidence.sample(frac=1, random_state=1)
    few = judge(shuffled, catalogue, now=NOW, partial_credit=0.5, targets=["zz", "a"])
    pd.testing.assert_frame_equal(few, together)
    assert set(few["target"]) == {"a", "zz", *(f"t{n}" for n in range(7))}


def test_the_evidence_frame_is_left_as_it_was(catalogue_of, evidence_of):
    evidence = evidence_of({"f.flag": True, "f.n": 12})
    copy = evidence.copy(deep=True)
    judge(evidence, catalogue_of(REQUIREMENTS), now=NOW, partial_credit=0.5)
    pd.testing.assert_frame_equal(evidence, copy)
    assert list(evidence.columns) == list(EVIDENCE_COLUMNS)
