"""The assessment: waivers are shown and never counted, and one target is judged by its own parameters alone."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from readiness.assessment import Parameters, assess, dimensions, to_skip
from readiness.catalog import DIMENSIONS
from readiness.errors import BadInput
from readiness.evidence import frame
from readiness.waiver import Waiver

from .conftest import NOW

WAIVER = """waivers:
  - {requirement: security.sound, reason: the edge filters it, approved_by: Head of security,
     approved_on: 2026-03-01, expires_on: 2026-03-02}
"""


def written(params, name, text):
    with (params / "targets" / f"{name}.yaml").open("a") as file:
        file.write(text)


def test_parameters_are_found_by_name_and_by_path(params, monkeypatch):
    by_name = Parameters.load("one", params)
    assert by_name.target.name == "one"
    assert len(by_name.catalogue) == 10
    monkeypatch.chdir(params / "targets")
    for path in (params / "targets" / "one.yaml", "one.yaml", "./one.yaml"):
        assert Parameters.load(path, params).target == by_name.target


@pytest.mark.parametrize("how", ["one", "one.yaml", "./one.yaml"])
@pytest.mark.parametrize(
    ("requirement", "told"),
    [
        ("api.gone", "expected a requirement's id, got 'api.gone'"),
        ("security.sound", "security.sound is mandatory for a gate and cannot be declared not applicable"),
    ],
)
def test_what_cannot_be_left_out_is_refused_with_its_line(params, monkeypatch, how, requirement, told):
    written(params, "one", f"not_applicable:\n  - {{requirement: {requirement}, reason: there is none, by: Owner}}\n")
    monkeypatch.chdir(params / "targets")
    with pytest.raises(BadInput) as caught:
        Parameters.load(how, params)
    assert str(caught.value).endswith(f"one.yaml:5: requirement: {told}")


def test_a_waiver_is_shown_beside_the_figures_and_moves_none(params, evidence_of):
    evidence = evidence_of({"a.flag": False, "b.count": 9})
    plain = assess(evidence, Parameters.load("one", params), NOW)
    (params / "waivers" / "one.yaml").write_text(WAIVER)
    parameters = Parameters.load("one", params)
    waived = assess(evidence, parameters, NOW)
    alpha = waived.decision["alpha"]
    assert (alpha["floor"], alpha["ceiling"], alpha["verdict"]) == (0, 0, "no-go")
    assert alpha["with_waivers"] == {"verdict": "no-go", "floor": 10, "ceiling": 10}
    assert waived.findings["waived"].sum() == 3
    assert waived.scores.equals(plain.scores)
    for stage, decision in plain.decision.items():
        assert decision["with_waivers"] == {name: decision[name] for name in ("verdict", "floor", "ceiling")}
        assert {**decision, "with_waivers": None} == {**waived.decision[stage], "with_waivers": None}
    expired = assess(evidence, parameters, NOW + timedelta(days=1))
    assert not expired.findings["waived"].any()
    later = expired.decision["alpha"]
    assert later["with_waivers"] == {name: later[name] for name in ("verdict", "floor", "ceiling")}


@settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    excused=st.sets(st.sampled_from([f"{name}.sound" for name in DIMENSIONS])),
    flag=st.sampled_from([True, False, None]),
    count=st.sampled_from([0, 9, None]),
)
def test_whatever_is_waived_the_score_as_it_is_never_changes(params, evidence_of, excused, flag, count):
    evidence, parameters = evidence_of({"a.flag": flag, "b.count": count}), Parameters.load("one", params)
    waivers = [
        Waiver(
            requirement=name,
            reason="the edge filters it",
            approved_by="Head of security",
            approved_on=date(2026, 3, 1),
            expires_on=date(2026, 3, 2),
        )
        for name in sorted(excused)
    ]
    plain, waived = (assess(evidence, replace(parameters, waivers=them), NOW) for them in ([], waivers))
    assert waived.scores.equals(plain.scores)
    assert waived.findings.drop(columns="waived").equals(plain.findings.drop(columns="waived"))
    for stage, decision in waived.decision.items():
        assert {**decision, "with_waivers": None} == {**plain.decision[stage], "with_waivers": None}
        assert decision["with_waivers"]["floor"] >= decision["floor"]
        assert decision["with_waivers"]["ceiling"] >= decision["ceiling"]


def test_a_waiver_of_another_target_does_not_count(params):
    (params / "waivers" / "two.yaml").write_text(WAIVER)
    assert Parameters.load("one", params).waivers == []
    assert len(Parameters.load("two", params).waivers) == 1


def test_what_does_not_apply_says_who_decided_so(params, evidence_of):
    written(params, "one", "not_applicable:\n  - {requirement: api.sound, reason: there is none, by: Owner}\n")
    findings = assess(evidence_of({"a.flag": True}), Parameters.load("one", params), NOW).findings
    (reason,) = findings[findings["status"] == "not applicable"]["reason"].unique()
    assert reason == "there is none (declared by Owner)"


def test_no_evidence_at_all_is_undetermined(params):
    decision = assess(frame([]), Parameters.load("one", params), NOW).decision
    assert [(item["verdict"], item["floor"], item["ceiling"]) for item in decision.values()] == [
        ("undetermined", 0, 100)
    ] * 3


def test_evidence_of_another_target_is_refused(params, evidence_of):
    with pytest.raises(ValueError, match="one target"):
        assess(evidence_of({"a.flag": True}, target="two"), Parameters.load("one", params), NOW)


def test_evidence_that_is_complete_decides_every_stage(params, evidence_of):
    assessment = assess(evidence_of({"a.flag": True, "b.count": 4}), Parameters.load("one", params), NOW)
    verdicts = {stage: (item["verdict"], item["floor"]) for stage, item in assessment.decision.items()}
    assert verdicts == {"alpha": ("go", 100), "beta": ("no-go", 50), "ga": ("no-go", 0)}


def test_dimensions_are_all_ten_unless_named():
    assert dimensions([]) == frozenset(DIMENSIONS)
    assert dimensions(["api", "data", "api"]) == {"api", "data"}
    with pytest.raises(BadInput, match="did you mean 'security'"):
        dimensions(["api", "securty"])
    with pytest.raises(BadInput, match="expected one of: infrastructure"):
        dimensions(["zzz"])


def test_a_probe_that_no_chosen_dimension_needs_is_skipped(params):
    chapter = params / "catalog" / "api.yaml"
    chapter.write_text(chapter.read_text().replace("      - {fact: b.count, at_least: {beta: 5}}\n", ""))
    catalogue = Parameters.load("one", params).catalogue
    assert to_skip(catalogue, frozenset({"api"})) == {"b"}
    assert to_skip(catalogue, frozenset({"api", "data"})) == frozenset()
