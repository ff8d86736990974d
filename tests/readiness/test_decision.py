"""The decision: the floor passes everything: go; the ceiling fails something: no-go; between: undetermined."""

import json
from datetime import timedelta

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from readiness.decision import decide
from readiness.history import FINDINGS
from readiness.judge import judge
from readiness.score import score

from .conftest import NOW

pytestmark = pytest.mark.filterwarnings("error")
NAMES = ("security.a_one", "security.b_one", "data.c_one", "api.d_one")
POINTS = {"security": (60, 30), "data": (40, 10)}


@pytest.fixture
def decided(catalogue_of, evidence_of, gates_of):
    """`decided({"security.a_one": True}, minimum=50)` is stage → decision; what is not named is unknown."""

    def run(values, points=POINTS, requirements=None, past=None, **gate):
        requirements = requirements or {name: {} for name in NAMES}
        catalogue = catalogue_of(
            {name: {"criteria": [{"fact": name, "is": True}], **own} for name, own in requirements.items()}
        )
        gates = gates_of(points, **gate)
        findings = judge(evidence_of({"other.fact": True, **values}), catalogue, now=NOW, partial_credit=0.5)
        decision = decide(findings, score(findings, gates), gates, catalogue=catalogue, past=past)
        json.dumps(decision, allow_nan=False)
        return decision

    return run


ALL = dict.fromkeys(NAMES, True)
NONE = dict.fromkeys(NAMES, False)


def test_a_floor_that_passes_everything_is_a_go(decided):
    decision = decided(ALL)["alpha"]
    assert (decision["verdict"], decision["floor"], decision["ceiling"]) == ("go", 100, 100)
    assert decision["blockers"] == decision["settle"] == []


def test_a_ceiling_that_fails_something_is_a_no_go(decided):
    decision = decided(NONE)["alpha"]
    assert (decision["verdict"], decision["floor"], decision["ceiling"]) == ("no-go", 0, 0)
    assert [item["name"] for item in decision["blockers"]] == ["total", "security", "data"]
    assert all(item["certain"] for item in decision["blockers"])


def test_between_floor_and_ceiling_it_is_undetermined_and_says_what_would_settle_it(decided):
    decision = decided({"security.a_one": True})["alpha"]
    assert (decision["verdict"], decision["floor"], decision["ceiling"]) == ("undetermined", 30, 100)
    assert [(item["requirement"], item["points"]) for item in decision["settle"]] == [
        ("data.c_one", 40),
        ("security.b_one", 30),
        ("api.d_one", 0),
    ]
    assert not any(item["certain"] for item in decision["blockers"])


def test_at_equal_points_what_is_mandatory_is_to_be_settled_first(decided):
    decision = decided({}, mandatory=["security.b_one", "api.d_one"])["alpha"]
    assert [item["requirement"] for item in decision["settle"]] == [
        "data.c_one",
        "security.b_one",
        "security.a_one",
        "api.d_one",
    ]


def test_everything_unknown_is_undetermined_and_never_a_no_go(decided):
    assert {stage: item["verdict"] for stage, item in decided({}).items()} == dict.fromkeys(
        ("alpha", "beta", "ga"), "undetermined"
    )


def test_a_total_exactly_at_the_minimum_passes(decided):
    values = {**NONE, "security.a_one": True, "data.c_one": True}
    assert decided(values, minimum=70)["alpha"]["verdict"] == "go"
    assert decided(values, minimum=70.01)["alpha"]["verdict"] == "no-go"


def test_a_category_below_its_demand_blocks_a_total_that_passes(decided):
    decision = decided({**ALL, "data.c_one": False}, minimum=60)["alpha"]
    assert (decision["verdict"], decision["floor"]) == ("no-go", 60)
    assert [(item["kind"], item["name"]) for item in decision["blockers"]] == [("category", "data")]


def test_required_points_above_the_minimum_hold_beside_it(decided):
    # 65 points are required by category and 60 in total: 60 points reached in the wrong places are not enough
    points = {"security": (60, 30), "data": (40, 35)}
    assert decided({**ALL, "data.c_one": False}, points, minimum=60)["alpha"]["verdict"] == "no-go"
    assert decided({**NONE, "security.a_one": True, "data.c_one": True}, points, minimum=60)["alpha"]["verdict"] == "go"


@pytest.mark.parametrize(("value", "verdict"), [(True, "go"), (False, "no-go"), (None, "undetermined")])
def test_a_mandatory_requirement_decides_even_without_weight(decided, value, verdict):
    decision = decided({**ALL, "api.d_one": value}, mandatory=["api.d_one"])["alpha"]
    assert decision["verdict"] == verdict
    if verdict != "go":
        (blocker,) = decision["blockers"]
        assert (blocker["kind"], blocker["name"], blocker["certain"]) == ("mandatory", "api.d_one", value is False)
        assert blocker["remedy"] == "Make it so, and keep it so."


def test_a_mandatory_requirement_that_is_partly_met_is_a_no_go(decided):
    criteria = [{"fact": "x.b", "is": True}, {"fact": "x.c", "is": True, "minor": True}]
    requirements = {"security.a_one": {"criteria": criteria}}
    decision = decided(
        {"x.b": True, "x.c": False}, {"security": (100, 0)}, requirements, minimum=50, mandatory=["security.a_one"]
    )["alpha"]
    assert (decision["floor"], decision["verdict"]) == (50, "no-go")


def test_a_stage_passes_only_as_far_as_the_stage_it_requires(decided):
    strict_alpha = {"alpha": {"mandatory": ["api.d_one"]}, "beta": {"requires": "alpha"}, "ga": {"requires": "beta"}}
    for value, verdict in ((True, "go"), (False, "no-go"), (None, "undetermined")):
        decision = decided({**ALL, "api.d_one": value}, per_stage=strict_alpha)
        assert [decision[stage]["verdict"] for stage in ("alpha", "beta", "ga")] == [verdict] * 3
    assert decision["beta"]["blockers"][0] == {
        "certain": False,
        "kind": "stage",
        "name": "alpha",
        "text": "alpha is undetermined",
    }


def test_certain_blockers_come_first(decided):
    decision = decided({"data.c_one": False})["alpha"]
    assert [item["certain"] for item in decision["blockers"]] == [True, False, False]


def test_a_dimension_whose_every_requirement_weighs_nothing_gives_no_points_and_no_nonsense(decided):
    requirements = {"security.a_one": {}, "data.c_one": {"weight": 0}}
    decision = decided({"security.a_one": True}, {"security": (60, 0), "data": (40, 0)}, requirements)["alpha"]
    assert (decision["floor"], decision["ceiling"]) == (60, 60)
    assert [item["points"] for item in decision["settle"]] == [0]


@settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    values=st.fixed_dictionaries(dict.fromkeys(NAMES, st.sampled_from([True, False, None]))),
    lost=st.sets(st.sampled_from(NAMES), min_size=1),
)
def test_losing_evidence_never_turns_a_verdict_into_its_better_or_its_opposite(decided, values, lost):
    gate = {"minimum": 60, "mandatory": ["security.a_one"]}
    before = decided(values, **gate)["alpha"]
    after = decided({name: None if name in lost else value for name, value in values.items()}, **gate)["alpha"]
    assert before["floor"] <= before["ceiling"]
    assert after["floor"] <= before["floor"]
    assert after["ceiling"] >= before["ceiling"]
    assert after["verdict"] in (before["verdict"], "undetermined")
    if None not in values.values():
        assert before["floor"] == before["ceiling"]
        assert before["verdict"] != "undetermined"


def test_a_decision_is_refused_without_the_findings_of_exactly_one_target(catalogue_of, evidence_of, gates_of):
    catalogue, gates = catalogue_of({"security.it": {}}), gates_of({"security": (100, 0)})
    findings = judge(evidence_of({"a.b": True}), catalogue, now=NOW, partial_credit=0.5, targets=["two"])
    for some in (findings, findings.iloc[:0]):
        with pytest.raises(ValueError, match="one target"):
            decide(some, score(some, gates), gates, catalogue=catalogue)


def test_a_mandatory_requirement_that_was_not_judged_is_no_silent_pass(decided):
    with pytest.raises(ValueError, match=r"not judged: security\.gone"):
        decided(ALL, mandatory=["security.gone"])


FOUR = {"minimum": 0, "mandatory": ["security.a_one"], "steady_runs": 4}
ENDS = {"met": (1, 1), "partial": (0.5, 0.5), "unmet": (0, 0), "unknown": (0, 1), "not applicable": (0, 0)}


def runs(*statuses, requirement="security.a_one", stage="alpha", target="one"):
    """Findings of earlier runs, a day apart, in which the requirement was so; None: it was not demanded yet."""
    rows = [
        {"target": target, "run": f"run {day}", "at": NOW - timedelta(days=len(statuses) - day), "stage": stage}
        | {"requirement": requirement if status else "security.other", "status": status or "met"}
        | dict(zip(("floor", "ceiling"), map(float, ENDS[status or "met"]), strict=True))
        for day, status in enumerate(statuses)
    ]
    return pd.DataFrame(rows, columns=list(FINDINGS))


@pytest.mark.parametrize(
    ("statuses", "verdict", "said"),
    [
        (["met", "met", "met"], "go", []),
        (["unmet", "met", "met", "met"], "go", []),
        (["met", "unmet", "met"], "no-go", ["A one: held in 3 of the last 4 runs, 4 needed"]),
        (["partial", "unknown", "met"], "no-go", ["A one: held in 2 of the last 4 runs and not known in 1, 4 needed"]),
        (
            ["met", "unknown", "met"],
            "undetermined",
            ["A one: held in 3 of the last 4 runs and not known in 1, 4 needed"],
        ),
        (["met", "not applicable", "met"], "undetermined", None),
        (["met", None, "met"], "undetermined", None),
        (["met"], "undetermined", ["2 runs so far, 4 needed to tell what is steady"]),
        (
            ["met", "unmet"],
            "no-go",
            [
                "A one: held in 2 of the last 3 runs, 4 needed",
                "3 runs so far, 4 needed to tell what is steady",
            ],
        ),
        ([], "undetermined", ["1 run so far, 4 needed to tell what is steady"]),
    ],
)
def test_a_gate_can_demand_that_what_is_mandatory_held_in_each_of_the_last_runs(decided, statuses, verdict, said):
    decision = decided(ALL, past=runs(*statuses), **FOUR)["alpha"]
    assert decision["verdict"] == verdict
    if said is not None:
        assert [(item["kind"], item["text"]) for item in decision["blockers"]] == [("steady", text) for text in said]


def test_where_no_run_is_known_steadiness_is_not_settled(decided):
    assert decided(ALL, past=None, **FOUR)["alpha"]["verdict"] == "undetermined"


def test_runs_of_another_target_and_what_was_only_declared_are_no_history(decided):
    past = pd.concat([runs("met", "met", "met", target="two"), runs("unmet", "unmet", "unmet", stage="")])
    blockers = decided(ALL, past=past, **FOUR)["alpha"]["blockers"]
    assert [item["text"] for item in blockers] == ["1 run so far, 4 needed to tell what is steady"]


def test_of_what_is_so_now_its_own_demand_tells_and_not_steadiness(decided):
    decision = decided({**ALL, "security.a_one": False}, past=runs("met", "met", "met"), **FOUR)["alpha"]
    assert [item["kind"] for item in decision["blockers"]] == ["mandatory"]


def test_steadiness_holds_the_later_stages_back_too(decided):
    gate = {"alpha": {**FOUR}, "beta": {"requires": "alpha"}}
    decision = decided(ALL, past=runs("met", "unmet", "met"), per_stage=gate)
    assert [decision[stage]["verdict"] for stage in ("alpha", "beta", "ga")] == ["no-go", "no-go", "go"]


@settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(list(ENDS)), max_size=6), st.sampled_from([True, False, None]))
def test_steadiness_is_a_go_only_where_every_run_of_the_last_held(decided, statuses, now):
    verdict = decided({**ALL, "security.a_one": now}, past=runs(*statuses), **FOUR)["alpha"]["verdict"]
    last = [*statuses[-3:], {True: "met", False: "unmet", None: "unknown"}[now]]
    assert (verdict == "go") == (last == ["met"] * 4)
    assert (verdict == "no-go") == bool({"unmet", "partial"} & set(last))
