"""Scores: points by weight, floor and ceiling, and no denominator that shrinks."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from readiness.assessment import Parameters
from readiness.catalog import DIMENSIONS
from readiness.judge import judge
from readiness.score import COLUMNS, score, with_waivers

from ..made_up import evidence
from .conftest import NOW

pytestmark = pytest.mark.filterwarnings("error")
GATES = {"security": (60, 40), "data": (40, 10)}


@pytest.fixture
def scored(catalogue_of, evidence_of, gates_of):
    """`scored(requirements, values)` is dimension → alpha row of the scores frame."""

    def run(requirements, values, stage="alpha", **keys):
        written = {name: {"criteria": [{"fact": f"{name}", "is": True}], **own} for name, own in requirements.items()}
        findings = judge(
            evidence_of({"other.fact": True, **values}), catalogue_of(written), now=NOW, partial_credit=0.5, **keys
        )
        scores = score(findings, gates_of(GATES))
        return {row.dimension: row for row in scores[scores["stage"] == stage].itertuples()}

    return run


def test_points_are_the_weight_times_the_weighted_share(scored):
    requirements = {"security.a_one": {"weight": 3}, "security.b_one": {}, "data.c_one": {}}
    rows = scored(requirements, {"security.a_one": True, "security.b_one": False, "data.c_one": False})
    assert (rows["security"].floor, rows["security"].ceiling) == (45, 45)
    assert (rows["data"].floor, rows["data"].ceiling, rows["data"].coverage) == (0, 0, 1)


def test_what_is_unknown_counts_nothing_in_the_floor_and_all_in_the_ceiling(scored):
    rows = scored({"security.a_one": {}, "security.b_one": {}}, {"security.a_one": True})
    assert (rows["security"].floor, rows["security"].ceiling, rows["security"].coverage) == (30, 60, 0.5)


def test_a_duplicate_of_weight_zero_moves_nothing(scored):
    requirements = {"security.a_one": {}, "security.b_one": {"weight": 0}}
    rows = scored(requirements, {"security.a_one": True, "security.b_one": False})
    assert (rows["security"].floor, rows["security"].ceiling) == (60, 60)


def test_what_does_not_apply_leaves_the_rest_with_all_the_points(scored):
    requirements = {"security.a_one": {}, "security.b_one": {}}
    values = {"security.a_one": True, "security.b_one": False}
    rows = scored(requirements, values, not_applicable={"security.b_one": "there is none"})
    assert rows["security"].floor == 60


def test_a_dimension_where_nothing_applies_earns_nothing(scored):
    rows = scored({"security.a_one": {}}, {"security.a_one": True}, not_applicable={"security.a_one": "none"})
    assert (rows["security"].floor, rows["security"].ceiling, rows["security"].coverage) == (0, 0, 0)


def test_a_dimension_without_weight_shows_its_share_and_earns_nothing(scored):
    rows = scored({"api.a_one": {}, "api.b_one": {}}, {"api.a_one": True})
    assert (rows["api"].floor, rows["api"].ceiling) == (0, 0)
    assert (rows["api"].floor_share, rows["api"].ceiling_share) == (0.5, 1)


def test_a_requirement_of_a_later_stage_does_not_count_before(scored):
    requirements = {"security.a_one": {}, "security.b_one": {"stage": "beta"}}
    values = {"security.a_one": True, "security.b_one": False}
    assert scored(requirements, values)["security"].floor == 60
    assert scored(requirements, values, stage="beta")["security"].floor == 30


def test_every_dimension_has_a_row_at_every_stage_for_every_target(catalogue_of, row, gates_of):
    from readiness.evidence import frame

    rows = [row("a.b", True, target="one"), row("a.b", False, target="two")]
    catalogue = catalogue_of({"security.it": {"criteria": [{"fact": "a.b", "is": True}]}})
    scores = score(judge(frame(rows), catalogue, now=NOW, partial_credit=0.5), gates_of(GATES))
    assert len(scores) == 2 * 3 * len(DIMENSIONS)
    assert scores.dtypes.astype(str).to_dict() == COLUMNS
    total = scores[scores["stage"] == "alpha"].groupby("target")["floor"].sum()
    assert total.to_dict() == {"one": 60, "two": 0}
    weights = scores.groupby(["target", "stage"])["weight"].sum()
    assert set(weights) == {100}


def test_with_waivers_is_another_frame_and_never_touches_what_does_not_apply(catalogue_of, evidence_of, gates_of):
    catalogue = catalogue_of({f"api.{n}_one": {"criteria": [{"fact": "a.b", "is": True}]} for n in "abc"})
    findings = judge(
        evidence_of({"a.b": False}),
        catalogue,
        now=NOW,
        partial_credit=0.5,
        waived=["api.a_one", "api.b_one"],
        not_applicable={"api.b_one": "there is none"},
    )
    before = findings.copy(deep=True)
    excused = with_waivers(findings, gates_of(GATES)).query("stage == 'alpha'").set_index("requirement")
    assert findings.equals(before)
    assert excused["status"].to_dict() == {"api.a_one": "met", "api.b_one": "not applicable", "api.c_one": "unmet"}
    assert excused["floor"].to_dict() == {"api.a_one": 1, "api.b_one": 0, "api.c_one": 0}


def test_a_gate_may_refuse_exceptions_from_a_requirement(waived_findings, gates_of):
    gates = gates_of({"security": (100, 0)}, not_waivable=["security.a_one"])
    excused = with_waivers(waived_findings, gates)
    assert excused.loc[excused["requirement"] == "security.a_one", "floor"].unique().tolist() == [0]
    assert excused.loc[excused["requirement"] == "security.b_one", "floor"].unique().tolist() == [1]


@pytest.mark.parametrize(("most", "counted"), [(None, 2), (2, 2), (1, 0), (0, 0)])
def test_with_more_exceptions_than_a_gate_admits_none_counts(waived_findings, gates_of, most, counted):
    excused = with_waivers(waived_findings, gates_of({"security": (100, 0)}, most_waived=most))
    assert excused[excused["stage"] == "alpha"]["floor"].sum() == counted


@pytest.fixture
def waived_findings(catalogue_of, evidence_of):
    criteria = {"criteria": [{"fact": "a.flag", "is": True}]}
    catalogue = catalogue_of({f"security.{name}_one": criteria for name in "abc"})
    evidence = evidence_of({"a.flag": False})
    return judge(evidence, catalogue, now=NOW, partial_credit=0.5, waived=["security.a_one", "security.b_one"])


REAL = Parameters.load("sample", Path(__file__).parent.parent.parent / "params")
FEW = 8
"""Targets of each example; they are judged together."""
quick = settings(max_examples=8, deadline=None, derandomize=True)


def scores_of(seen):
    findings = judge(seen, REAL.catalogue, now=NOW, partial_credit=0.5, targets=[f"target-{n:05}" for n in range(FEW)])
    return score(findings, REAL.gates)


@quick
@given(st.integers(0, 1000))
def test_by_the_whole_catalogue_a_floor_is_never_above_its_ceiling(seed):
    scores = scores_of(evidence(REAL.catalogue, FEW, NOW, seed))
    assert (scores["floor"] <= scores["ceiling"]).all()
    assert (scores["floor"] >= 0).all()
    assert (scores["ceiling"] <= scores["weight"]).all()
    assert scores["coverage"].between(0, 1).all()
    assert np.allclose(scores.groupby(["target", "stage"])["weight"].sum(), 100)


@quick
@given(st.integers(0, 1000), st.floats(0, 1))
def test_more_evidence_never_widens_an_interval_and_what_is_unknown_never_raises_a_floor(seed, share):
    whole = evidence(REAL.catalogue, FEW, NOW, seed)
    lost = np.random.default_rng(seed).random(len(whole)) < share
    gone, silent = whole[~lost], whole.assign(status=whole["status"].mask(lost, "unavailable"))
    more = scores_of(whole)
    for less in map(scores_of, (gone, silent)):
        assert (less["floor"] <= more["floor"]).all()
        assert (less["ceiling"] >= more["ceiling"]).all()
        assert (less["coverage"] <= more["coverage"] + 1e-12).all()
