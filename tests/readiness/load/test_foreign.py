"""Foreign: other tools' summaries as load records, judged for what they omit."""

import json
import os

import pytest
from readiness.errors import BadInput
from readiness.load.foreign import OMISSIONS, concerned, imported

from ..artefacts.test_load_summary import newer, older
from ..artefacts.test_locust import TABLE, entry

AT = 1_767_225_600.0


@pytest.fixture
def take(tmp_path):
    """`take(content, **options)` imports a file of that content, written at the start of 2026."""

    def read(content, **options):
        path = tmp_path / "summary"
        text = content if isinstance(content, bytes | str) else json.dumps(content)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        os.utime(path, (AT, AT))
        return imported(path, target="acme", address="https://api.acme.example", **options)

    return read


def names(record):
    return {name for name, one in OMISSIONS.items() if one.text in record["omits"]}


@pytest.mark.parametrize("summary", [newer(), older()], ids=["handleSummary", "--summary-export"])
def test_a_summary_of_k6_is_a_closed_model_unless_it_is_said_what_was_to_arrive(take, summary):
    record = take(summary)
    assert (record["kind"], record["format"], record["foreign"], record["target"]) == ("load", 1, True, "acme")
    assert (record["model"], record["users"], record["seconds"], record["tool"]) == ("closed", 100, 600, "k6")
    assert (record["sent"], record["completed"], record["failed"], record["error_pct"]) == (
        *(60_000, 59_880, {"failed": 120}, 0.2),
    )
    assert record["latency_ms"] is None  # it knows of no intended start
    assert record["service_ms"]["p99"] == {"value": 420, "low": None, "high": None}
    assert record["started_at"] == "2025-12-31T23:50:00+00:00"
    assert {"closed", "model", "intervals", "seconds", "generator", "warm_up"} <= names(record)
    assert not {"p99", "users", "dropped"} & names(record)
    record = take(summary, arrivals_per_s=110.0)
    assert (record["model"], record["rate"]) == ("open", 110)
    assert not {"closed", "model"} & names(record)
    json.dumps(record, allow_nan=False)


def test_what_was_dropped_is_among_what_was_scheduled_and_is_an_omission(take):
    record = take(newer(dropped_iterations={"count": 2_000}))
    assert (record["model"], record["rate"], record["dropped"], record["scheduled"]) == ("open", 110, 2_000, 62_000)
    assert "dropped" in names(record)


def test_what_a_summary_of_k6_does_not_hold_is_named(take):
    record = take(newer(http_req_duration={"avg": 1.0}, vus_max={}, http_req_failed={}, iteration_duration={}))
    assert {"p99", "users", "errors", "think"} <= names(record)


def test_statistics_of_locust_hold_seconds_and_steps_but_neither_users_nor_think_time(take):
    record = take([entry(failures=10)])
    assert (record["tool"], record["sent"], record["completed"], record["error_pct"]) == ("locust", 100, 90, 10)
    assert record["seconds_table"]["completed"] == [60, 30]
    assert record["seconds_table"]["failed"] == [0, 10]
    assert record["service_ms"]["p99"]["value"] == 50
    assert record["by_step"]["GET /"]["failed"] == 10
    assert {"users", "think", "rounded", "latency seconds", "closed"} <= names(record)
    assert not {"date", "averaged", "seconds"} & names(record)
    json.dumps(record, allow_nan=False)


def test_the_table_of_locust_holds_less(take):
    record = take(TABLE)
    assert (record["sent"], record["seconds"], record["seconds_table"]) == (1000, 30.003, None)
    assert {"date", "averaged", "seconds"} <= names(record)


def test_an_omission_concerns_its_own_facts_alone(take):
    omits = take(newer())["omits"]
    assert concerned("load_tests.users", omits) == ""
    assert concerned("load_tests.error_pct", omits) == ""
    for fact in ("load_tests.p99_ms", "load_tests.passed", "latency.p99_ms", "load_tests.rate", "latency.samples"):
        assert concerned(fact, omits) in omits
    assert concerned("load_tests.error_pct", take(newer(dropped_iterations={"count": 9}))["omits"])
    assert concerned("load_tests.users", ["Something new."]) == "Something new."
    assert concerned("load_tests.users", None)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "columns are others"),
        ("{}", "is no summary of k6"),
        ("{", "not valid JSON"),
        ("<html></html>", "no statistics of Locust"),
        (b"\xff\xfe\x00", "no statistics of Locust"),
        (newer(http_reqs={"count": float("nan"), "rate": 1}), "sent no request"),
        (newer(http_reqs={"count": 0, "rate": 0}), "sent no request"),
        (json.dumps([entry(num_requests=-1)]), "no num_requests"),
    ],
)
def test_a_wrong_file_is_refused_in_one_line(take, content, words):
    with pytest.raises(BadInput, match=words) as caught:
        take(content)
    assert len(caught.value.problems) == 1
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_or_too_large_is_refused(tmp_path, monkeypatch, take):
    with pytest.raises(BadInput, match="cannot be read: No such file"):
        imported(tmp_path / "none", target="acme", address="http://127.0.0.1")
    monkeypatch.setattr("readiness.load.foreign.LARGEST", 10)
    with pytest.raises(BadInput, match="at most 10 bytes"):
        take(newer())


@pytest.mark.parametrize("rate", [0, -1, float("nan")])
def test_a_rate_that_is_none_is_refused(take, rate):
    with pytest.raises(BadInput, match="expected a rate above 0"):
        take(newer(), arrivals_per_s=rate)
