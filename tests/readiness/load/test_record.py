"""The record: all that was measured as plain values, and what it stands for where that is too close to say."""

import json
from datetime import UTC, datetime

import numpy as np
import pytest
from hdrh.histogram import HdrHistogram
from readiness.load.plan import Slo, plan_for_address
from readiness.load.record import record_of
from readiness.load.recording import Notes
from readiness.load.trial import empty

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def plan(**keys):
    return plan_for_address("http://127.0.0.1/a", **{"rate": 100.0, "seconds": 20.0, "warm_up_s": 0.0, **keys})


def recording(*, fail=0, kind="timeout", seconds=20, rate=100, latency=lambda random: random.exponential(10_000)):
    """So many failures a second, spread evenly; they take 10 s."""
    random = np.random.default_rng(3)
    notes = Notes(("GET /a",))
    for index in range(seconds * rate):
        failed = index % rate < fail
        taken = 10_000_000 if failed else int(latency(random)) + 1
        notes.add(0, index * 1_000_000 // rate, 50, taken + 50, taken)
        notes.ended(0, index * 1_000_000 // rate, kind if failed else "")
    notes.recording.scheduled = notes.recording.sent = seconds * rate
    notes.recording.answered = seconds * (rate - fail)
    notes.recording.wall_s, notes.recording.cpu_s, notes.recording.files = float(seconds), 1.0, 20_000
    notes.recording.lag.record_value(50)
    return notes.whole()


def test_it_is_plain_json_with_what_was_asked_for():
    told = record_of(recording(), plan(), NOW)
    assert json.loads(json.dumps(told)) == told
    for name in ("scheduled", "sent", "completed", "failed", "dropped", "latency_ms", "service_ms", "generator"):
        assert name in told
    for key in ("latency_ms", "service_ms"):
        for name in ("p50", "p95", "p99", "p99_9"):
            one = told[key][name]
            assert one["low"] <= one["value"] <= one["high"]
        assert told[key]["max"]["value"] >= told[key]["p99_9"]["value"]
    assert told["latency_ms"]["p50"]["value"] == pytest.approx(10 * np.log(2), rel=0.1)
    assert (told["partial"], told["void"], told["foreign"]) == ("", [], False)


def test_counts_add_up_in_all_its_tables():
    told = record_of(recording(fail=3), plan(), NOW)
    assert told["scheduled"] == 2000 == told["completed"] + sum(told["failed"].values())
    assert (told["failed"], told["error_pct"]) == ({"timeout": 60}, 3.0)
    table = told["seconds_table"]
    assert table["second"] == list(range(20))
    assert (sum(table["scheduled"]), sum(table["completed"]), sum(table["failed"])) == (2000, 1940, 60)
    assert sum(map(sum, told["heat"]["counts"])) == 2000
    assert len(told["heat"]["edges_ms"]) == len(told["heat"]["counts"][0]) + 1
    assert told["errors"]["kinds"] == {"timeout": [3] * 20}
    assert told["by_step"]["GET /a"]["completed"] == 1940
    assert told["rate_achieved"] == 97.0


def test_failures_enter_the_percentiles_at_their_time_out():
    told = record_of(recording(fail=3), plan(), NOW)
    assert told["latency_ms"]["p99"]["value"] == pytest.approx(10_000, rel=0.01)
    assert told["slo"]["held"] is False


@pytest.mark.parametrize(
    ("p99_ms", "held", "words"),
    [(500, True, "below 500 ms"), (20, False, "not below 20 ms"), (46.5, None, "requests would settle it")],
)
def test_a_threshold_inside_the_interval_is_unknown_with_the_samples_that_would_settle_it(p99_ms, held, words):
    told = record_of(recording(), plan(slo=Slo(p99_ms, 1)), NOW)["slo"]
    assert told["held"] is held
    assert words in told["why"]


def test_too_many_failures_break_whatever_the_latencies():
    told = record_of(recording(fail=1, kind="status 503"), plan(slo=Slo(1e6, 1)), NOW)["slo"]
    assert (told["held"], told["why"]) == (False, "1.00 % failed, 1 % is too many")


def test_nothing_completed_never_holds():
    told = record_of(recording(fail=100), plan(slo=Slo(1e9, 100)), NOW)
    assert told["slo"]["held"] is False
    assert empty(told) == "no request was completed: 2000 timeout"


def test_nothing_due_never_holds_and_has_no_percentile():
    told = record_of(recording(seconds=0), plan(), NOW, "interrupted")
    assert (told["slo"]["held"], told["latency_ms"]["p99"]["value"], told["latency_ms"]["samples"]) == (None, None, 0)
    assert empty(told) == "no request was completed: none was due"
    json.dumps(told)


def test_what_ended_early_is_as_long_as_it_was():
    told = record_of(recording(seconds=7), plan(), NOW, "interrupted")
    assert (told["partial"], told["seconds"], told["rate_achieved"]) == ("interrupted", 7.0, 100.0)
    assert len(told["seconds_table"]["second"]) == 7


def test_the_generators_fault_makes_it_void():
    slow = recording()
    slow.late.record_value(900_000, 100)
    told = record_of(slow, plan(), NOW)
    assert "late" in told["void"][0]


def test_what_was_answered_after_the_end_is_no_throughput():
    late = recording(rate=300)
    late.answered = 20 * 200  # all were answered in the end, the platform got 200 a second done
    told = record_of(late, plan(rate=300.0), NOW)
    assert (told["completed"], told["rate_achieved"]) == (6000, 200.0)


def test_what_this_machine_had_no_socket_for_is_not_the_platform_s():
    told = record_of(recording(fail=10, kind="no socket left"), plan(), NOW)
    assert told["void"] == ["200 requests were not sent: this machine had no open file or port left for them"]


def test_requests_that_were_due_and_never_began_are_missed():
    short = recording(rate=90)
    told = record_of(short, plan(rate=100.0), NOW)
    assert told["void"] == ["90.0 % of the requests that were due were sent; 99 % is needed"]


def test_the_histograms_are_kept_for_other_readers():
    kept = HdrHistogram.decode(record_of(recording(), plan(), NOW)["by_step"]["GET /a"]["histograms"]["intended"])
    assert kept.get_total_count() == 2000
