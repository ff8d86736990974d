"""Load: which test on record counts, what it tells, and what it does not."""

import copy
import json
from datetime import timedelta

import pytest
from readiness.sources.load import Load, among
from readiness.survey import survey

from ....conftest import NOW, Observed


def measured(value, low, high):
    return {"value": value, "low": low, "high": high}


LATENCY = {"p50": measured(20, 19, 21), "p95": measured(80, 75, 90), "p99": measured(150, 120, 190), "samples": 600_000}
SLOW = {"p50": measured(40, 38, 45), "p95": measured(90, 85, 95), "p99": measured(400, 350, 520), "samples": 1_200}


def series(name, source, unit, value):
    step = 600 / (len(value) - 1)
    return {"name": name, "source": source, "unit": unit, "at_s": [step * at for at in range(len(value))]} | {
        "value": value
    }


WATCHED = {
    "series": [
        series("connections", "pg_stat_activity of role app", "connections", [5, 18, 9]),
        series("memory", "prometheus: max(x)", "MiB", [200, 300, 250]),
        series("memory", "GET /metrics: process_resident_memory_bytes", "MiB", [900, 900]),
        series("cpu", "prometheus: max(y)", "% of its limit", list(range(100))),
        series("queries", "pg_stat_statements of role app", "statements", [100, 5_000, 10_100]),
        series("query time", "pg_stat_statements of role app", "ms", [50, 9_000, 20_050]),
        series("cache hits", "redis INFO", "lookups", [0, 900, 9_500]),
        series("cache misses", "redis INFO", "lookups", [0, 100, 500]),
        series("transactions", "pg_stat_database", "transactions", [0, 4_000, 60_000]),
        series("deadlocks", "pg_stat_database", "deadlocks", [0, 0, 1]),
    ],
    "missing": [],
}
OPEN = {
    "kind": "load",
    "format": 1,
    "foreign": False,
    "omits": [],
    "target": "fake",
    "journey": "browse",
    "model": "open",
    "rate": 1000.0,
    "users": None,
    "think_s": None,
    "warm_up_s": 2.0,
    "seconds": 600.0,
    "partial": "",
    "void": [],
    "scheduled": 600_000,
    "sent": 599_400,
    "completed": 599_000,
    "failed": {"timeout": 400},
    "error_pct": 0.07,
    "rate_achieved": 999.0,
    "latency_ms": LATENCY,
    "by_step": {"GET /": {"latency_ms": LATENCY}, "POST /sign-in": {"latency_ms": SLOW}},
    "slo": {"p99_ms": 500, "error_pct": 1.0, "held": True, "why": "p99 150 ms, at most 500 ms"},
    "generator": {"cpu_pct": 60.0, "held": True},
    "capacity": None,
    "watched": WATCHED,
}
CLOSED = {**OPEN, "model": "closed", "users": 100, "rate": None, "think_s": 1.5, "rate_achieved": 60.0}
KINDS = ("load_tests", "latency", "connections", "memory", "cpu", "queries", "cache", "durability")


@pytest.fixture
def look(tmp_path, target_of):
    """`await look((record, hours), …)`: what all subjects say of records that ended so many hours ago."""

    async def ask(*records, sources=None, published=True):
        from readiness.probes import discover

        folder = tmp_path / "loads"
        for at, (record, hours) in enumerate(records):
            place = folder / f"2026-{at}" / "load.json"
            place.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(record, dict):
                started = NOW - timedelta(hours=hours, seconds=602)
                record = json.dumps({"started_at": started.isoformat()} | record)
            place.write_text(record)
        folder.mkdir(exist_ok=True)
        given = sources if published else {"load": {"folder": str(folder)}}
        probes = [one for one in discover() if one.name in KINDS]
        target = target_of("http://127.0.0.1:9", sources=given or {})
        result = await survey(target, probes, now=lambda: NOW, loads=folder if published else None)
        seen = Observed({row.fact: row for row in result.evidence.itertuples()})
        seen.survey = result
        return seen

    return ask


async def test_a_test_with_users_tells_what_it_came_to(look):
    seen = await look((CLOSED, 48))
    names = ("users", "minutes", "completed", "error_pct", "p99_ms", "think_s", "passed", "generator_cpu_pct")
    told = [seen.value(f"load_tests.{name}") for name in names]
    assert told == [100, 10, 599_000, 0.07, 150, 1.5, True, 60]
    p99 = seen["load_tests.p99_ms"]
    assert (p99.low, p99.high) == (120, 190)
    assert p99.observed_at == NOW - timedelta(hours=48)
    assert seen["load_tests.rate"].reason == "no load test with a rate of arrivals is on record"
    assert seen["load_tests.rate"].permission == "readiness load fake --rate N"


async def test_the_same_test_done_badly_fails(look):
    slow = {**LATENCY, "p99": measured(2_000, 1_800, 2_500)}
    slo = {"p99_ms": 500, "error_pct": 1.0, "held": False, "why": "p99 2000 ms"}
    seen = await look(({**CLOSED, "users": 5, "error_pct": 9.0, "latency_ms": slow, "slo": slo}, 1))
    assert [seen.value(f"load_tests.{name}") for name in ("users", "error_pct", "p99_ms", "passed")] == [
        *(5, 9, 2_000, False),
    ]


async def test_a_rate_is_achieved_where_it_was_sent_and_answered(look):
    seen = await look((OPEN, 48))
    names = ("rate", "rate_minutes", "rate_achieved_pct", "rate_error_pct", "rate_p99_ms")
    assert [seen.value(f"load_tests.{name}") for name in names] == [1000, 10, 99.9, 0.07, 150]
    seen = await look(({**OPEN, "rate_achieved": 500.0}, 1))
    assert seen.value("load_tests.rate_achieved_pct") == 50


async def test_latency_is_that_of_the_slowest_step_with_its_interval_and_of_the_last_day_alone(look):
    seen = await look((OPEN, 5))
    assert [seen.value(f"latency.{name}") for name in ("samples", "p50_ms", "p99_ms")] == [1_200, 40, 400]
    assert (seen["latency.p99_ms"].low, seen["latency.p99_ms"].high) == (350, 520)
    seen = await look((OPEN, 25))
    assert "ended longer than 24 h before" in seen["latency.p99_ms"].reason
    assert seen.value("load_tests.rate") == 1000  # which counts for a month


async def test_what_was_watched_is_told_where_it_is_what_the_fact_means(look):
    seen = await look((OPEN, 1))
    expected = {
        "connections.most": 18,
        "memory.largest_mib": 300,
        "cpu.p95_pct": 95,
        "queries.calls": 10_000,
        "queries.mean_ms": 2,
        "cache.lookups": 10_000,
        "cache.hit_pct": 95,
        "durability.transactions": 60_000,
        "durability.deadlocks": 1,
    }
    assert {name: seen.value(name) for name in expected} == expected


@pytest.mark.parametrize(
    ("change", "fact", "reason"),
    [
        ({"watched": None}, "connections.most", "did not watch it"),
        ({"source": "pg_stat_activity of every role"}, "connections.most", "of every role"),
        ({"source": "GET /metrics"}, "memory.largest_mib", "did not watch it: what was watched is GET /metrics"),
        ({"unit": "% of a core"}, "cpu.p95_pct", "in % of a core"),
        ({"at_s": [0, 1, 2]}, "connections.most", "was watched for 2 of 600 s"),
        ({"at_s": []}, "connections.most", "was watched for 0 of 600 s"),
        ({"at_s": "now"}, "connections.most", "no readable series"),
        ({"at_s": [0, 5, 10], "value": [1, 1, 1]}, "cpu.p95_pct", "for 0 of 600 s after the first 60 s"),
        ({"value": [1, 1, 1]}, "cache.hit_pct", "nothing was looked up"),
        ({"value": [1, 1, 1]}, "queries.mean_ms", "sent no statement"),
    ],
)
async def test_what_was_not_watched_as_the_fact_means_it_is_unknown(look, change, fact, reason):
    record = {**OPEN, **change} if "watched" in change else copy.deepcopy(OPEN)
    for one in record["watched"]["series"] if record["watched"] else ():
        one.update(change)
    seen = await look((record, 1))
    assert seen.value(fact) is None
    assert reason in seen[fact].reason


async def test_what_was_missing_is_unknown_with_the_permission(look):
    lacks = {"name": "connections", "source": "postgres", "reason": "denied", "permission": "GRANT pg_monitor TO me"}
    route = {"name": "memory", "source": "GET routes.metrics", "reason": "status 401", "permission": "headers"}
    limit = {"name": "cpu limit", "source": "prometheus", "reason": "none", "permission": "sources.prometheus.workload"}
    seen = await look(({**OPEN, "watched": {**WATCHED, "missing": [lacks, route, limit]}}, 1))
    assert seen["cpu.p95_pct"].permission == "sources.prometheus.workload"
    assert seen["connections.most"].reason == "while the load test ran: denied"
    assert seen["connections.most"].permission == "GRANT pg_monitor TO me"
    assert seen.value("memory.largest_mib") == 300


FAULTS = [
    ({"void": ["late by 40 ms"]}, "is void: late by 40 ms"),
    ({"partial": "interrupted"}, "was stopped before its end: interrupted"),
    ({"generator": {"held": False}}, "is void: the load generator did not hold"),
    ({"completed": 0}, "completed no request"),
    ({"void": None}, "does not tell whether it is whole"),
    ({"model": "half"}, "does not tell its model"),
    ({"seconds": 1e300}, "does not tell when the test ran"),
]


@pytest.mark.parametrize(("change", "reason"), FAULTS)
async def test_a_test_at_fault_is_unknown_and_the_one_before_it_is_told_where_it_is_recent(look, change, reason):
    bad = {**OPEN, "rate": 2000.0, **change}
    seen = await look((bad, 1))
    assert seen.value("load_tests.rate") is None
    if "model" not in change:
        assert reason in seen["load_tests.rate"].reason
    seen = await look((bad, 1), (OPEN, 300))
    assert seen.value("load_tests.rate") == 1000
    (record,) = [one for one in seen.survey.exchanges if one["digest"] == seen["load_tests.rate"].digest]
    if "model" not in change:
        assert any(reason in line for line in record["seen"])
    assert seen.value("latency.p99_ms") is None


@pytest.mark.parametrize("content", ["", "{", "[]", '{"kind": "load", "format": 2}', "[" * 100_000])
async def test_a_file_that_is_no_record_is_passed_over(look, content):
    seen = await look((content, 0), (OPEN, 2))
    assert seen.value("load_tests.rate") == 1000


async def test_a_test_of_another_target_or_of_tomorrow_is_none(look):
    seen = await look(({**OPEN, "target": "other"}, 1))
    assert seen["load_tests.rate"].reason == "no load test with a rate of arrivals is on record"
    assert "yet to come" in (await look((OPEN, -2)))["load_tests.rate"].reason


async def test_thresholds_that_are_not_settled_or_not_there_are_unknown(look):
    why = "500 ms lies within 450 to 560 ms: about 90,000 samples would settle it"
    seen = await look(({**CLOSED, "slo": {"p99_ms": 500, "held": None, "why": why}}, 1))
    assert seen["load_tests.passed"].reason == why
    seen = await look(({**CLOSED, "slo": {"p99_ms": None, "error_pct": None, "held": True}}, 1))
    assert seen["load_tests.passed"].reason == "the load test had no thresholds"


@pytest.mark.parametrize(
    "p99", [None, 5, {"value": 5}, measured(5, 6, 7), measured(float("nan"), 1, 2), measured("5", 1, 9)]
)
async def test_a_percentile_without_its_interval_is_unknown(look, p99):
    seen = await look(({**CLOSED, "latency_ms": {**LATENCY, "p99": p99}}, 1))
    assert "does not tell p99 with its interval" in seen["load_tests.p99_ms"].reason


async def test_the_record_says_where_it_is_and_how_to_measure_again(look):
    seen = await look((OPEN, 1))
    (record,) = [one for one in seen.survey.exchanges if one["digest"] == seen["load_tests.rate"].digest]
    assert (record["kind"], record["path"], len(record["sha256"])) == ("load test", "2026-0/load.json", 64)
    assert record["repeat"] == "readiness load fake --rate 1000 --duration 600s --journey browse"


async def test_another_tools_summary_is_evidence_of_what_it_does_not_leave_out(look):
    from readiness.load.foreign import OMISSIONS

    omits = [OMISSIONS[name].text for name in ("intervals", "generator", "warm_up")]
    foreign = {**CLOSED, "foreign": True, "omits": omits, "generator": None}
    seen = await look((foreign, 1))
    assert seen.value("load_tests.users") == 100
    assert "without intervals" in seen["load_tests.p99_ms"].reason
    assert seen.value("load_tests.generator_cpu_pct") is None
    for unknown in (["A sentence of nobody."], None):
        seen = await look(({**foreign, "omits": unknown}, 1))
        assert seen.value("load_tests.users") is None


async def test_a_folder_that_the_target_file_names_is_read(look):
    assert (await look((OPEN, 1), published=False)).value("load_tests.rate") == 1000


def test_published_tests_are_asked_last_unless_the_file_says_otherwise(tmp_path, target_of):
    sources = target_of("http://127.0.0.1:9", sources={"load": {}, "rdap": {}}).sources.configured
    assert among(sources, tmp_path) == sources  # nothing is published
    (tmp_path / ".2026.partial").mkdir()
    (tmp_path / ".2026.partial" / "load.json").write_text("{}")
    assert among(sources, tmp_path) == sources  # nor while it is being written
    (tmp_path / "2026").mkdir()
    (tmp_path / "2026" / "load.json").write_text("{}")
    assert [one.name() for one in among(sources[1:], tmp_path)] == ["rdap", "load"]
    first, _ = among(sources, tmp_path)
    assert first == Load(folder=tmp_path)
    named = (Load(folder=tmp_path / "mine"),)
    assert among(named, tmp_path) == named
