"""Summaries of k6: both of its formats, and what neither tells stays unknown."""

import json

import pytest
from readiness.artefacts import Unreadable
from readiness.artefacts.load_summary import load_summary

VALUES = {
    "http_reqs": {"count": 60_000, "rate": 100.0},
    "http_req_failed": {"rate": 0.002},
    "http_req_duration": {"avg": 100.0, "p(95)": 300.0, "p(99)": 420.0},
    "iterations": {"count": 20_000, "rate": 33.3},
    "iteration_duration": {"avg": 3300.0},
    "vus_max": {"value": 100, "min": 100, "max": 100},
}


def newer(**changes):
    """As `handleSummary` writes it."""
    metrics = {name: {"type": "x", "values": values} for name, values in {**VALUES, **changes}.items() if values}
    metrics["http_req_duration"]["thresholds"] = {"p(99)<500": {"ok": True}}
    return {"root_group": {}, "state": {"testRunDurationMs": 600_000}, "metrics": metrics}


def older(crossed=False):
    """As `--summary-export` writes it: rates are called value, and true says that a threshold was crossed."""
    metrics = {name: dict(values) for name, values in VALUES.items()}
    metrics["http_req_failed"] = {"value": 0.002, "passes": 120, "fails": 59_880}
    metrics["http_req_duration"]["thresholds"] = {"p(99)<500": crossed}
    return {"root_group": {}, "metrics": metrics}


def read(value):
    return load_summary(json.dumps(value).encode())


@pytest.mark.parametrize("summary", [newer(), older()], ids=["handleSummary", "--summary-export"])
def test_both_formats_say_the_same(summary):
    told = read(summary)
    assert (told.users, told.minutes, told.completed, told.error_pct, told.p99_ms) == (100, 10, 60_000, 0.2, 420)
    assert (told.passed, told.think_s, told.rate, told.offered) == (True, 3.0, 100, None)


def test_a_threshold_that_was_crossed_fails():
    assert read(older(crossed=True)).passed is False
    summary = newer()
    summary["metrics"]["http_req_duration"]["thresholds"]["p(95)<1"] = {"ok": False}
    assert read(summary).passed is False


def test_a_test_without_thresholds_has_not_passed_anything():
    summary = newer()
    del summary["metrics"]["http_req_duration"]["thresholds"]
    assert read(summary).passed is None


def test_users_who_do_not_think_are_known_by_their_rounds():
    assert read(newer(iteration_duration={"avg": 300.0})).think_s == 0


def test_what_was_dropped_was_to_arrive():
    assert read(newer(dropped_iterations={"count": 2_000})).offered == 110


def test_what_is_not_told_is_unknown():
    told = read(newer(http_req_duration={"avg": 1.0}, vus_max={}, http_req_failed={}))
    assert (told.p99_ms, told.users, told.error_pct) == (None, None, None)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"{}", "is no summary of k6"),
        (json.dumps(newer(http_reqs={})).encode(), "sent no request"),
        (json.dumps(newer()).encode()[:100], "not valid JSON"),
        (b"[]", "is no summary of k6"),
    ],
)
def test_what_is_no_summary_is_refused_with_the_reason(content, words):
    with pytest.raises(Unreadable, match=words):
        load_summary(content)
