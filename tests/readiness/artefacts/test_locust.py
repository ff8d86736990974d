"""Statistics of Locust: both of its formats, pooled and never averaged."""

import json

import pytest
from readiness.artefacts import Unreadable
from readiness.artefacts.locust import locust

HEAD = (
    "Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,Min Response Time,"
    "Max Response Time,Average Content Size,Requests/s,Failures/s,50%,66%,75%,80%,90%,95%,98%,99%,99.9%,99.99%,100%\n"
)
TABLE = (
    HEAD
    + "GET,/,900,0,20,25.1,3,400,120,30.0,0.0,20,22,25,28,40,60,90,150,390,400,400\n"
    + "POST,/sign-in,100,5,200,220.0,90,1200,300,3.33,0.17,200,210,230,240,300,500,900,1100,1200,1200,1200\n"
    + ",Aggregated,1000,5,22,44.6,3,1200,138,33.33,0.17,22,25,30,38,110,210,300,500,1200,1200,1200\n"
)


def entry(name="/", times=None, failures=0, **changes):
    times = times or {"10": 98, "50": 1, "900": 1}
    return {
        "name": name,
        "method": "GET",
        "last_request_timestamp": 1_767_225_630.0,
        "start_time": 1_767_225_600.0,
        "num_requests": sum(times.values()),
        "num_none_requests": 0,
        "num_failures": failures,
        "total_response_time": 2_000.0,
        "max_response_time": max(map(float, times)),
        "min_response_time": 3.0,
        "total_content_length": 9_000,
        "response_times": times,
        "num_reqs_per_sec": {"1767225600": 60, "1767225601": sum(times.values()) - 60},
        "num_fail_per_sec": {"1767225601": failures} if failures else {},
        **changes,
    }


def read(*entries):
    return locust(json.dumps(list(entries)).encode())


def test_percentiles_of_several_requests_are_those_of_all_pooled():
    stats = read(entry(), entry("/slow", {"1000": 100}, failures=10))
    assert stats.whole.times_ms == {"p50": 900, "p95": 1000, "p99": 1000, "p99_9": 1000, "max": 1000}
    assert stats.steps["GET /"].times_ms["p95"] == 10
    assert (stats.whole.requests, stats.whole.failures) == (200, 10)
    assert (stats.seconds, stats.rate) == (30, 6.667)
    assert stats.ended_at.isoformat() == "2026-01-01T00:00:30+00:00"
    assert stats.per_second == {0: (120, 0), 1: (80, 10)}


def test_the_table_says_what_its_last_row_says():
    stats = locust(TABLE.encode())
    assert (stats.whole.requests, stats.whole.failures, stats.rate, stats.seconds) == (1000, 5, 33.33, 30.003)
    assert stats.whole.times_ms == {"p50": 22, "p95": 210, "p99": 500, "p99_9": 1200, "max": 1200}
    assert list(stats.steps) == ["GET /", "POST /sign-in"]
    assert (stats.ended_at, stats.per_second) == (None, {})


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "columns are others"),
        (b"a,b\n1,2\n", "columns are others"),
        (TABLE.rpartition(",Aggregated")[0].encode(), "is cut off"),
        (TABLE.replace("1000,5", "1000,x").encode(), "no counts"),
        (TABLE.replace("1000,5", "0,0").encode(), "sent no request"),
        (b"[]", "holds no entries"),
        (b"[1]", "no response_times"),
        (b"[" * 100_000, "nested too deeply"),
        (json.dumps([entry(num_requests=-1)]).encode(), "no num_requests"),
        (json.dumps([entry(num_requests=1e999)]).encode(), "no num_requests"),
        (json.dumps([entry(num_requests=5)]).encode(), "contradicts itself"),
        (json.dumps([entry(failures=5_000)]).encode(), "contradicts itself"),
        (json.dumps([entry(response_times={"fast": 1})]).encode(), "counts are none"),
        (json.dumps([entry(num_reqs_per_sec=[1])]).encode(), "counts are none"),
        (json.dumps([entry()] * 1_001).encode(), "too many"),
    ],
)
def test_what_is_no_statistics_is_refused_with_the_reason(content, words):
    with pytest.raises(Unreadable, match=words):
        locust(content)
