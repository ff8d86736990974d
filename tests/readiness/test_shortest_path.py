"""The shortest path: no set takes less effort, and completing it makes the gate a go."""

from itertools import combinations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from readiness.decision import decide
from readiness.errors import BadInput
from readiness.judge import judge
from readiness.score import score
from readiness.shortest_path import completed, next_stage, shortest_path

from .conftest import NOW

POINTS = {"security": (60, 30), "data": (40, 10)}
NAMES = ("security.a_one", "security.b_one", "security.c_one", "data.d_one", "data.e_one", "api.f_one")


@pytest.fixture
def world(catalogue_of, evidence_of, gates_of):
    """`world({"security.a_one": (effort, weight, value)})` is findings, catalogue and gates; None is unknown."""

    def build(requirements, points=POINTS, **gate):
        catalogue = catalogue_of(
            {
                name: {"criteria": [{"fact": name, "is": True}], "effort": effort, "weight": weight}
                for name, (effort, weight, _) in requirements.items()
            }
        )
        values = {name: value for name, (_, _, value) in requirements.items() if value is not None}
        gates = gates_of(points, **gate)
        findings = judge(evidence_of({"other.fact": True, **values}), catalogue, now=NOW, partial_credit=0.5)
        return findings, catalogue, gates

    return build


def goes(findings, catalogue, gates, names):
    done = completed(findings, names, "alpha")
    return decide(done, score(done, gates), gates, catalogue=catalogue)["alpha"]["verdict"] == "go"


REQUIREMENT = st.tuples(st.integers(1, 9), st.integers(1, 3), st.sampled_from([True, False, None]))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.fixed_dictionaries(dict.fromkeys(NAMES, REQUIREMENT)),
    st.integers(0, 100),
    st.integers(0, 60),
    st.integers(0, 40),
    st.sets(st.sampled_from(NAMES), max_size=2),
)
def test_no_set_that_flips_the_gate_takes_less_effort(world, requirements, minimum, security, data, mandatory):
    points = {"security": (60, security), "data": (40, data)}
    given_ = world(requirements, points, minimum=minimum, mandatory=sorted(mandatory))
    findings, catalogue, gates = given_
    found = shortest_path(findings, catalogue, gates, "alpha", alternatives=False)
    chosen = [item.requirement for item in found.items]
    open_ = [name for name in NAMES if requirements[name][2] is not True]
    cheaper = [
        names
        for size in range(len(open_) + 1)
        for names in combinations(open_, size)
        if sum(requirements[name][0] for name in names) < found.effort
    ]
    assert not found.obstacles
    assert goes(*given_, chosen)
    assert not [names for names in cheaper if goes(*given_, names)]


def test_what_is_cheap_gives_way_to_what_the_gate_lacks(world):
    requirements = {
        "security.a_one": (1, 1, False),
        "security.b_one": (2, 1, True),
        "data.d_one": (8, 1, False),
        "data.e_one": (9, 1, False),
    }
    found = shortest_path(*world(requirements, {"security": (60, 30), "data": (40, 20)}, minimum=50), "alpha")
    assert [item.requirement for item in found.items] == ["data.d_one"]
    assert (found.effort, found.without) == (8, {"data.d_one": 9})


def test_what_is_mandatory_comes_first_and_then_points_for_a_day(world):
    requirements = {name: (effort, 1, False) for name, effort in zip(NAMES, (4, 2, 6, 1, 3, 5), strict=True)}
    points = {"security": (60, 60), "data": (40, 40)}
    found = shortest_path(*world(requirements, points, minimum=100, mandatory=["api.f_one"]), "alpha", capacity=5)
    order = [(item.requirement, item.begins, item.ends) for item in found.items]
    assert order == [
        ("api.f_one", 1, 1),
        ("data.d_one", 2, 2),
        ("security.b_one", 2, 2),
        ("data.e_one", 2, 3),
        ("security.a_one", 3, 3),
        ("security.c_one", 4, 5),
    ]
    assert (found.weeks, found.effort) == (5, 21)
    assert set(found.without.values()) == {None}


def test_a_gate_that_cannot_be_passed_says_what_it_lacks(world):
    requirements = {"security.a_one": (1, 1, False), "data.d_one": (2, 1, False)}
    given_ = world(requirements, {"security": (60, 60), "data": (40, 0)}, minimum=60)
    found = shortest_path(*given_, "alpha", without=["security.a_one"])
    assert found.items == ()
    assert any("in security" in text for text in found.obstacles)


def test_a_gate_that_is_a_go_needs_nothing(world):
    given_ = world({"security.a_one": (1, 1, True), "data.d_one": (2, 1, True)}, minimum=100)
    found = shortest_path(*given_, "alpha")
    assert (found.items, found.effort, found.weeks, found.obstacles) == ((), 0, 0, ())


def test_a_later_gate_takes_in_the_one_it_requires(world):
    requirements = {"security.a_one": (1, 1, False), "data.d_one": (2, 1, False)}
    findings, catalogue, gates = world(requirements, {"security": (60, 60), "data": (40, 0)}, minimum=0)
    gates = gates.model_copy(
        update={
            "gates": gates.gates
            | {"beta": gates.gates["beta"].model_copy(update={"requires": "alpha", "minimum": 40.0})}
        }
    )
    easy = {
        name: category.model_copy(update={"required": 0.0}) for name, category in gates.gates["beta"].categories.items()
    }
    gates = gates.model_copy(
        update={"gates": gates.gates | {"beta": gates.gates["beta"].model_copy(update={"categories": easy})}}
    )
    found = shortest_path(findings, catalogue, gates, "beta")
    assert [item.requirement for item in found.items] == ["security.a_one"]


def test_partly_met_takes_the_part_that_is_left(world):
    findings, catalogue, gates = world({"security.a_one": (8, 1, False), "data.d_one": (2, 1, True)}, minimum=90)
    half = findings.assign(
        floor=findings["floor"].mask(findings["requirement"] == "security.a_one", 0.5),
        ceiling=findings["ceiling"].mask(findings["requirement"] == "security.a_one", 0.5),
        status=findings["status"].mask(findings["requirement"] == "security.a_one", "partial"),
    )
    found = shortest_path(half, catalogue, gates, "alpha")
    assert [(item.status, item.effort, item.points) for item in found.items] == [("partial", 4, 30)]


@pytest.mark.parametrize(
    ("given_", "line"), [({"capacity": 0}, "capacity"), ({"without": ["nothing.here"]}, "nothing.here")]
)
def test_a_question_that_is_none_is_refused(world, given_, line):
    with pytest.raises(BadInput, match=line):
        shortest_path(*world({"security.a_one": (1, 1, False)}, minimum=10), "alpha", **given_)


def test_the_next_stage_is_the_first_that_something_can_be_done_for():
    def stages(*kinds):
        told = zip(("alpha", "beta", "ga"), kinds, strict=True)
        return {stage: {"blockers": [{"kind": kind} for kind in of_stage]} for stage, of_stage in told}

    assert next_stage(stages([], ["total"], ["stage", "total"])) == "beta"
    assert next_stage(stages(["steady"], ["stage"], ["stage", "mandatory"])) == "ga"
    assert next_stage(stages([], [], [])) == "ga"


def test_steadiness_is_no_work_and_no_obstacle(world):
    requirements = {name: (1, 1, name != "security.a_one") for name in NAMES}
    findings, catalogue, gates = world(requirements, mandatory=["security.a_one"], steady_runs=4)
    told = shortest_path(findings, catalogue, gates, "alpha")
    assert [item.requirement for item in told.items] == ["security.a_one"]
    assert told.obstacles == ()
