"""The playground: a criterion of one's own is judged on every stored run as the catalogue's are."""

from datetime import timedelta

import pytest
from readiness.errors import BadInput
from readiness.explore import playground
from readiness.run import RunFolder

from .conftest import HOSTILE


def results(criterion, runs, stage="alpha"):
    rows = playground(criterion, runs, stage)
    assert rows["run"].to_list() == [run.name for run in runs]
    return rows["result"].to_list()


def test_each_run_held_failed_or_is_unknown(publish):
    runs = [publish(0), publish(7, {"health.latency_ms": 300.0}), publish(14, {"health.latency_ms": None})]
    rows = playground({"fact": "health.latency_ms", "at_most": 100}, runs, "alpha")
    assert rows["result"].to_list() == ["✓ held", "✗ failed", "? unknown"]
    assert rows["value"].to_list() == ["40 ms", "300 ms", ""]
    assert rows["why"][1] == "health.latency_ms is 300 ms, expected at most 100"
    assert "no answer" in rows["why"][2]
    assert rows["evidence"][0] in RunFolder(runs[0]).exchanges() and rows["evidence"][2] == ""


@pytest.mark.parametrize(
    ("criterion", "result"),
    [
        ({"fact": "tls.trusted", "is": True}, "✓ held"),
        ({"fact": "tls.trusted", "is": False}, "✗ failed"),
        ({"fact": "tokens.key", "one_of": ["TLSv1.3", HOSTILE]}, "✓ held"),
        ({"fact": "health.latency_ms", "below": 40}, "✗ failed"),
        ({"fact": "health.latency_ms", "at_least": {"beta": 40}}, "? unknown"),
    ],
)
def test_every_operator_is_the_catalogues(publish, criterion, result):
    assert results(criterion, [publish(0)]) == [result]


def test_a_threshold_of_each_stage_is_that_of_the_stage_that_is_looked_at(publish):
    criterion = {"fact": "health.latency_ms", "at_most": {"alpha": 50, "beta": 30}}
    assert results(criterion, [publish(0)], "alpha") == ["✓ held"]
    assert results(criterion, [publish(0)], "ga") == ["✗ failed"]


def test_evidence_is_as_old_as_it_was_in_its_own_run(publish):
    run = publish(0)
    folder = RunFolder(run)
    late = folder.judged_at + timedelta(days=3)
    folder.save_json("manifest.json", folder.json("manifest.json") | {"judged_at": late.isoformat()})
    rows = playground({"fact": "health.latency_ms", "at_most": 100}, [publish(30), run], "alpha")
    assert rows["result"].to_list() == ["✓ held", "? unknown"]
    assert "too old to count" in rows["why"][1]


def test_a_run_that_never_looked_for_a_fact_is_unknown(publish):
    run = publish(0)
    evidence = RunFolder(run).evidence()
    evidence[evidence["fact"] != "health.latency_ms"].to_parquet(run / "evidence.parquet", index=False)
    rows = playground({"fact": "health.latency_ms", "at_most": 100}, [run], "alpha")
    assert rows["result"].to_list() == ["? unknown"]
    assert "not observed in this run" in rows["why"][0]


def test_without_a_run_there_is_no_row():
    assert playground({"fact": "health.latency_ms", "at_most": 100}, [], "alpha").empty


@pytest.mark.parametrize(
    ("criterion", "problem"),
    [
        ({"fact": "health.latency", "at_most": 1}, "expected a fact that a probe observes, got 'health.latency'"),
        (
            {"fact": "health.latency_ms", "is": True},
            "is: expected an operator for a number, which health.latency_ms is",
        ),
        ({"fact": "health.latency_ms"}, "expected exactly one of is, at_least"),
        ({"fact": "health.latency_ms", "at_mots": 1}, "did you mean 'at_most'?"),
        ({"awaits": "something"}, "expected a fact that a probe observes, got None"),
    ],
)
def test_what_is_no_criterion_is_refused(publish, criterion, problem):
    with pytest.raises(BadInput) as caught:
        playground(criterion, [publish(0)], "alpha")
    assert problem in str(caught.value)
