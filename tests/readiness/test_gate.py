"""Gates: the floor passes everything: go; the ceiling fails something: no-go; between: undetermined."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from readiness.catalog import DIMENSIONS
from readiness.decision import decide
from readiness.errors import BadInput
from readiness.gate import Gates
from readiness.judge import judge
from readiness.score import score

from .conftest import NOW

pytestmark = pytest.mark.filterwarnings("error")
NAMES = ("security.a_one", "security.b_one", "data.c_one", "api.d_one")
POINTS = {"security": (60, 30), "data": (40, 10)}


@pytest.fixture
def decided(catalogue_of, evidence_of, gates_of):
    """`decided({"security.a_one": True}, minimum=50)` is stage → decision; what is not named is unknown."""

    def run(values, points=POINTS, requirements=None, **gate):
        requirements = requirements or {name: {} for name in NAMES}
        catalogue = catalogue_of(
            {name: {"criteria": [{"fact": name, "is": True}], **own} for name, own in requirements.items()}
        )
        gates = gates_of(points, **gate)
        findings = judge(evidence_of({"other.fact": True, **values}), catalogue, now=NOW, partial_credit=0.5)
        decision = decide(findings, score(findings, gates), gates, catalogue=catalogue)
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


@pytest.mark.parametrize(
    ("points", "gate", "told"),
    [
        ({"security": (100, 0), "data": (1, 0)}, {}, "weights that add up to 100, got 101"),
        ({"security": (100, 101)}, {}, "less than or equal to 100"),
        ({"security": (60, 61), "data": (40, 0)}, {}, "expected at most the weight, 60, got 61"),
        ({"security": (100, 0)}, {"minimum": 101}, "less than or equal to 100"),
        ({"security": (100, 0)}, {"partial_credit": 1}, "less than 1"),
        ({"security": (100, 0)}, {"partial_credit": -0.1}, "greater than or equal to 0"),
        ({"security": (100, 0)}, {"per_stage": {"ga": {"categories": {}}}}, "expected all ten dimensions"),
        ({"security": (100, 0)}, {"per_stage": {"alpha": {"requires": "beta"}}}, "expected an earlier stage"),
        ({"security": (100, 0)}, {"per_stage": {"beta": {"requires": "beta"}}}, "expected an earlier stage"),
    ],
)
def test_gates_that_cannot_be_passed_or_contradict_themselves_are_refused(gates_of, points, gate, told):
    with pytest.raises(ValueError, match=told):
        gates_of(points, **gate)


def test_a_matrix_is_read_and_its_mandatory_ids_are_checked_with_their_line(catalogue_of, tmp_path):
    weights = ", ".join(f"{name}: {{weight: 10, required: 5}}" for name in DIMENSIONS)
    lines = ["partial_credit: 0.5", "gates:"]
    for stage in ("alpha", "beta", "ga"):
        lines += [f"  {stage}:", "    minimum: 60", f"    categories: {{{weights}}}", "    mandatory:"]
        lines += ["      - security.it", "      - security.later"]
    path = tmp_path / "gates.yaml"
    path.write_text("\n".join(lines) + "\n      - security.gone\n")
    catalogue = catalogue_of({"security.it": {}, "security.later": {"stage": "beta"}})
    with pytest.raises(BadInput) as caught:
        Gates.load(path, catalogue)
    assert caught.value.problems == (
        f"{path}:8: mandatory: security.later is demanded from beta on only",
        f"{path}:21: mandatory: expected a requirement's id, got 'security.gone'",
    )
    assert Gates.load(path, catalogue_of({"security.it": {}, "security.later": {}, "security.gone": {}}))
    path.write_text("partial_credit: 0.5\ngates: {}\n")
    with pytest.raises(BadInput, match="missing alpha, beta, ga"):
        Gates.load(path, catalogue)
