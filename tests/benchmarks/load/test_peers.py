"""Peers: what each reported, read from outputs of known content."""

import json

import pytest

from .neighbours import busy_s
from .peers import PEERS, of_h2load, of_hey, of_k6, of_locust, of_wrk


def test_wrk_tells_the_lines_of_our_script(tmp_path):
    out = "Running 10s test\nreported p95 442.4\nreported p50 2.2\n  9000 requests in 10.00s\n"
    assert of_wrk(out, tmp_path) == {"p95": 442.4, "p50": 2.2}


def test_hey_tells_seconds_a_line_for_each_request(tmp_path):
    head = "response-time,DNS+dialup,DNS,Request-write,Response-delay,Response-read,status-code,offset\n"
    rows = "".join(f"{n / 1000},0,0,0,0,0,200,0\n" for n in range(1, 1001))
    assert of_hey(head + rows, tmp_path) == pytest.approx({"p50": 500, "p95": 950, "p99": 990, "p99_9": 999})


def test_h2load_logs_microseconds(tmp_path):
    (tmp_path / "h2load.tsv").write_text("".join(f"1700000000000000\t200\t{n * 1000}\n" for n in range(1, 1001)))
    assert of_h2load("", tmp_path) == pytest.approx({"p50": 500, "p95": 950, "p99": 990, "p99_9": 999})


def test_locust_prints_its_statistics_after_other_lines(tmp_path):
    entry = {
        "name": "/",
        "method": "GET",
        "num_requests": 100,
        "num_failures": 0,
        "max_response_time": 900,
        "start_time": 1700000000.0,
        "last_request_timestamp": 1700000009.0,
        "response_times": {"2": 90, "900": 10},
    }
    told = of_locust("a line\n" + json.dumps([entry]), tmp_path)
    assert (told["p50"], told["p95"]) == (2, 900)


def test_k6_exports_a_summary(tmp_path):
    durations = {"med": 2.3, "p(95)": 2.4, "p(99)": 500.0, "p(99.9)": 990.0}
    (tmp_path / "k6.json").write_text(json.dumps({"metrics": {"http_req_duration": durations}}))
    assert of_k6("", tmp_path) == {"p50": 2.3, "p95": 2.4, "p99": 500.0, "p99_9": 990.0}


def test_a_peer_that_says_nothing_readable_is_an_error(tmp_path, monkeypatch):
    (tmp_path / "hey").write_text("#!/bin/sh\necho no server >&2\nexit 3\n")
    (tmp_path / "hey").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    peer = next(one for one in PEERS if one.name == "hey")
    assert peer.installed
    with pytest.raises(RuntimeError, match="hey: exit code 3: no server"):
        peer.reported("http://127.0.0.1:1", tmp_path)


def test_busy_seconds_leave_out_idle_and_what_is_counted_twice():
    assert busy_s("cpu  100 50 50 1000 500 0 0 100 70 30\ncpu0 1 1\n", 100) == 3.0
