"""Transitions: what changed is told, and what stays, whatever it was called meanwhile, is not."""

import pandas as pd
import pytest
from readiness.history import History
from readiness.transition import transitions


@pytest.fixture
def past():
    """`past(("1", "go", "met"), …)`: runs with their verdict at beta and the status of security.sound."""

    def build(*runs, whole=True):
        scores = [
            {"run": run, "stage": stage, "kind": "observed", "verdict": verdict, "floor": 10.0, "ceiling": 20.0}
            | {"whole": whole}
            for run, verdict, _ in runs
            for stage in ("alpha", "beta")
        ]
        findings = [
            {"run": run, "stage": stage, "requirement": "security.sound", "status": status}
            for run, _, status in runs
            for stage in ("alpha", "beta")
        ]
        columns = ["run", "stage", "kind", "verdict", "floor", "ceiling", "whole"]
        return History(
            pd.DataFrame(scores, columns=columns).astype({"whole": bool}),
            pd.DataFrame(),
            pd.DataFrame(findings, columns=["run", "stage", "requirement", "status"]),
        )

    return build


def told(past, verdict="go", status="met", run="9", **keys):
    mandatory = [{"requirement": "security.sound", "status": status}]
    decision = {"beta": {"verdict": verdict, "floor": 30.0, "ceiling": 40.0, "mandatory": mandatory}}
    found = transitions(past, run, decision, "beta", titles={"security.sound": "Sound"}, **keys)
    return [(each.kind, each.before, each.after) for each in found]


def test_the_first_run_is_no_transition(past):
    assert told(past()) == []


def test_a_steady_state_is_none(past):
    assert told(past(("1", "no-go", "met"), ("2", "go", "met"))) == []


def test_a_verdict_that_changed_is_one(past):
    assert told(past(("1", "go", "met"), ("2", "undetermined", "met"))) == [("verdict", "undetermined", "go")]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("met", "unmet", [("mandatory", "met", "not met")]),
        ("partial", "met", [("mandatory", "not met", "met")]),
        ("unmet", "partial", []),
        ("met", "unknown", []),
        ("unknown", "unmet", []),
        ("not applicable", "met", []),
    ],
)
def test_a_mandatory_requirement_that_flips_is_one(past, before, after, expected):
    assert told(past(("1", "go", before)), status=after) == expected


def test_what_could_not_be_seen_for_a_while_is_compared_with_what_was_last_known(past):
    seen = past(("1", "go", "met"), ("2", "go", "unknown"), ("3", "go", "unknown"))
    assert told(seen, status="unmet") == [("mandatory", "met", "not met")]
    assert told(seen, status="met") == []


def test_what_was_last_told_counts_and_not_what_came_after_it(past):
    seen = past(("1", "go", "met"), ("2", "no-go", "unmet"))
    assert told(seen, "no-go", "unmet") == []
    assert told(seen, "no-go", "unmet", since="1") == [("verdict", "go", "no-go"), ("mandatory", "met", "not met")]
    assert told(seen, "no-go", "unmet", since="0") == [], "a run that is gone: the one before this one"


def test_later_runs_and_those_of_some_dimensions_do_not_count(past):
    assert told(past(("10", "no-go", "met")), run="1") == []
    assert told(past(("1", "no-go", "met"), whole=False)) == []


def test_working_again_is_one(past):
    assert told(past(("1", "go", "met")), failed_before=True) == [("recovered", "failed", "completed")]
    assert told(past(), failed_before=True) == [("recovered", "failed", "completed")]
