"""What if: other weights and imagined completions, scored and decided as a run is."""

import time
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from readiness.assessment import Parameters
from readiness.catalog import DIMENSIONS
from readiness.decision import decide
from readiness.errors import BadInput
from readiness.evidence import frame
from readiness.judge import judge
from readiness.score import score
from readiness.stage import STAGES
from readiness.what_if import what_if

from .conftest import NOW

PARAMS = Path(__file__).parent.parent.parent / "params"
REAL = Parameters.load("sample", PARAMS)
CREDITS = ((0.0, 0.0), (0.5, 0.5), (1.0, 1.0), (0.0, 1.0), (0.5, 1.0))


def judged() -> pd.DataFrame:
    """Findings of the whole catalogue with every kind of credit among them."""
    findings = judge(frame([]), REAL.catalogue, now=NOW, partial_credit=0.5, targets=["sample"])
    credits = [CREDITS[index % len(CREDITS)] for index in range(len(findings))]
    return findings.assign(floor=[low for low, _ in credits], ceiling=[high for _, high in credits])


FINDINGS = judged()


@pytest.fixture
def small(catalogue_of, evidence_of, gates_of):
    """Findings, gates and catalogue: security 60 of which 40 are needed, data 40 of which 10; all unmet but one."""
    names = ("security.a_one", "security.b_one", "data.c_one", "data.d_one")
    catalogue = catalogue_of({name: {"criteria": [{"fact": name, "is": True}]} for name in names})
    evidence = evidence_of({name: name == "security.a_one" for name in names})
    excused = {"data.d_one": "there is none"}
    findings = judge(evidence, catalogue, now=NOW, partial_credit=0.5, not_applicable=excused)
    return findings, gates_of({"security": (60, 40), "data": (40, 10)}, mandatory=["security.b_one"]), catalogue


def points(told, stage="alpha"):
    """Dimension → weight, floor, required of what weighs something."""
    rows = told.scores[(told.scores["stage"] == stage) & (told.scores["weight"] > 0)]
    return {row.dimension: (row.weight, row.floor, row.required) for row in rows.itertuples()}


def test_with_nothing_imagined_it_is_what_the_run_decided():
    told = what_if(FINDINGS, REAL.gates, REAL.catalogue)
    scores = score(FINDINGS, REAL.gates)
    assert told.decision == decide(FINDINGS, scores, REAL.gates, catalogue=REAL.catalogue)
    pd.testing.assert_frame_equal(told.scores, scores)


@pytest.mark.parametrize("factor", [0.1, 1, 3, 7])
def test_weights_in_the_same_proportion_change_nothing(factor):
    own = {s: {n: factor * c.weight for n, c in g.categories.items()} for s, g in REAL.gates.gates.items()}
    told = what_if(FINDINGS, REAL.gates, REAL.catalogue, categories=own)
    assert told.decision == what_if(FINDINGS, REAL.gates, REAL.catalogue).decision


def test_weights_are_rescaled_to_100_and_what_a_category_needs_stays_the_same_share(small):
    told = what_if(*small, categories={"alpha": {"security": 10}})
    assert points(told) == {"security": (20, 10, pytest.approx(20 * 40 / 60)), "data": (80, 0, 20)}
    assert points(told, "beta") == {"security": (60, 30, 40), "data": (40, 0, 10)}


def test_a_category_that_weighed_nothing_needs_nothing(small):
    told = what_if(*small, categories={"alpha": {"api": 100}})
    assert points(told)["api"] == (50, 0, 0)


def test_a_requirement_that_is_done_has_full_credit_at_every_stage(small):
    told = what_if(*small, done=["security.b_one"])
    assert points(told)["security"] == points(told, "ga")["security"] == (60, 60, 40)
    assert [item["verdict"] for item in told.decision["beta"]["mandatory"]] == ["go"]
    assert told.decision["alpha"]["verdict"] == "no-go"  # nothing of data is met


def test_what_is_done_makes_a_gate_a_go(small):
    told = what_if(*small, done=["security.b_one", "data.c_one"])
    assert {told.decision[stage]["verdict"] for stage in STAGES} == {"go"}
    assert told.decision["ga"]["floor"] == 100


def test_another_weight_moves_points_within_its_dimension_alone(small):
    told = what_if(*small, weights={"security.a_one": 3})
    assert points(told) == {"security": (60, 45, 40), "data": (40, 0, 10)}
    assert what_if(*small, weights={"security.b_one": 0}).decision["alpha"]["floor"] == 60


def test_what_does_not_apply_stays_so(small):
    before = what_if(*small)
    told = what_if(*small, weights={"data.d_one": 10}, done=["data.d_one"])
    assert told.decision == before.decision
    assert told.findings["status"].to_list() == before.findings["status"].to_list()


def test_what_was_judged_is_left_alone(small):
    findings, gates, _ = small
    kept, matrix = findings.copy(deep=True), gates.model_dump()
    what_if(*small, categories={"ga": {"data": 90}}, weights={"data.c_one": 2}, done=["data.c_one"])
    assert findings.equals(kept) and gates.model_dump() == matrix


@given(st.dictionaries(st.sampled_from(DIMENSIONS), st.floats(0, 100), max_size=9))
def test_whatever_the_weights_all_done_is_a_hundred_points_and_a_go(weights):
    told = what_if(
        FINDINGS, REAL.gates, REAL.catalogue, categories={"ga": weights}, done=list(REAL.catalogue.requirements)
    )
    assert {stage: told.decision[stage]["verdict"] for stage in STAGES} == dict.fromkeys(STAGES, "go")
    assert told.decision["ga"]["floor"] == pytest.approx(100, abs=1e-6)


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        ({"categories": {"gamma": {}}}, "categories: expected one of alpha, beta, ga, got 'gamma'"),
        ({"categories": {"ga": {"apy": 1}}}, "categories: expected a dimension, got 'apy'"),
        ({"categories": {"ga": {"api": -1}}}, "categories of ga: api: expected a weight of 0 or more, got -1"),
        ({"categories": {"ga": dict.fromkeys(DIMENSIONS, 0)}}, "categories of ga: expected a weight above 0"),
        ({"weights": {"api.none": 1}}, "weights: expected a requirement's id, got 'api.none'"),
        ({"weights": {"data.c_one": float("nan")}}, "weights: data.c_one: expected a weight of 0 or more, got nan"),
        ({"done": ["api.none"]}, "done: expected a requirement's id, got 'api.none'"),
    ],
)
def test_what_cannot_be_imagined_is_refused(small, asked, problem):
    with pytest.raises(BadInput) as caught:
        what_if(*small, **asked)
    assert str(caught.value) == problem


def test_the_whole_catalogue_is_answered_in_under_100_ms():
    asked = {"categories": {"alpha": {"security": 40}}, "weights": {"security.mfa": 3}, "done": ["data.backups"]}
    taken = []
    for _ in range(5):
        began = time.process_time()  # what it takes itself, however busy the machine
        what_if(FINDINGS, REAL.gates, REAL.catalogue, **asked)
        taken.append(time.process_time() - began)
    assert min(taken) < 0.1
