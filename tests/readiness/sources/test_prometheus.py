"""Prometheus: a percentile is known between the bounds of its bucket, and what has no series was not measured."""

import pytest
from readiness.evidence import Fact
from readiness.probes import supplied
from starlette.routing import Router

BUCKETS = {"0.05": 600.0, "0.1": 9_990.0, "0.5": 19_950.0, "1": 20_000.0, "+Inf": 20_000.0}
ALERT = {
    "state": "inactive",
    "name": "Down",
    "query": "up == 0",
    "duration": 0,
    "labels": {"severity": "critical", "team": "id"},
    "annotations": {},
    "alerts": [],
    "health": "ok",
    "evaluationTime": 0.1,
    "lastEvaluation": "2026-03-02T08:59:50Z",
    "type": "alerting",
}
TARGET = {
    "discoveredLabels": {"__address__": "10.0.0.1:9090"},
    "labels": {"job": "api", "instance": "10.0.0.1:9090", "pod": "api-1"},
    "scrapePool": "api",
    "scrapeUrl": "http://10.0.0.1:9090/metrics",
    "globalUrl": "http://10.0.0.1:9090/metrics",
    "lastError": "",
    "lastScrape": "2026-03-02T08:59:50Z",
    "lastScrapeDuration": 0.01,
    "health": "up",
    "scrapeInterval": "15s",
    "scrapeTimeout": "10s",
}


def vector(*series):
    """An instant vector of numbers, or of (labels, number)."""
    pairs = [one if isinstance(one, tuple) else ({}, one) for one in series]
    result = [{"metric": labels, "value": [1772442000.0, str(value)]} for labels, value in pairs]
    return {"status": "success", "data": {"resultType": "vector", "result": result}}


def buckets(counts, **labels):
    return [({"le": bound, **labels}, count) for bound, count in counts.items()]


def rules(*alerts):
    group = {"name": "g", "file": "a.yml", "rules": list(alerts), "interval": 15, "limit": 0, "evaluationTime": 0.1}
    groups = [{**group, "lastEvaluation": "2026-03-02T08:59:50Z"}] if alerts else []
    return {"status": "success", "data": {"groups": groups}}


def alertmanagers(*urls):
    active = [{"url": url} for url in urls]
    return {"status": "success", "data": {"activeAlertmanagers": active, "droppedAlertmanagers": []}}


def targets(*active):
    data = {"activeTargets": list(active), "droppedTargets": [], "droppedTargetCounts": {}}
    return {"status": "success", "data": data}


@pytest.fixture
def look(vendor, told):
    """`await look(subject, {part of a query: answer}, **settings)`; a query that no part is of has no series."""

    async def ask(subject, queries, answers=None, spec="prometheus.json", target=None, **settings):
        def answer(request, body):
            query = request.query_params["query"]
            found = next((value for part, value in queries.items() if part in query), vector())
            found = found.pop(0) if isinstance(found, list) and len(found) > 1 else found
            return found[0] if isinstance(found, list) else found

        scenario, base = vendor({"GET /query": answer, **(answers or {})}, spec)
        source = {"base": base, "labels": {"job": "api"}, **settings}
        return await told(subject, {"prometheus": source}, **(target or {})), scenario

    return ask


async def test_percentiles_are_known_between_the_bounds_of_their_buckets(look):
    seen, scenario = await look("latency", {"sum by (le, )": vector(*buckets(BUCKETS))})
    assert seen.value("latency.samples") == 20_000
    p50, p99 = seen["latency.p50_ms"], seen["latency.p99_ms"]
    assert (p50.low, p50.high) == (
        50,
        pytest.approx(500),
    )  # the ranks within the confidence interval lie on both sides of 100 ms
    assert p50.number == pytest.approx(100.4, abs=0.1)
    assert (p99.low, p99.high) == (100, pytest.approx(500))
    assert p99.high < 500  # the boundary is part of the bucket, and a threshold of below 500 can be told
    assert "job%3D%22api%22" in scenario.asked[0]
    assert "86400s" in scenario.asked[0]


async def test_where_all_ranks_lie_in_one_bucket_the_percentile_is_known_within_it(look):
    fast = {"0.05": 19_800.0, "0.1": 19_990.0, "0.5": 20_000.0, "1": 20_000.0, "+Inf": 20_000.0}
    seen, _ = await look("latency", {"sum by (le, )": vector(*buckets(fast))})
    assert (seen["latency.p50_ms"].low, seen["latency.p50_ms"].high) == (0, pytest.approx(50))


async def test_the_slowest_group_of_operations_is_judged_and_the_rarest_is_counted(look):
    slow = {bound: count / 10 for bound, count in BUCKETS.items()} | {"0.05": 0.0, "0.1": 0.0}
    found = vector(*buckets(BUCKETS, handler="/v1"), *buckets(slow, handler="/v2"))
    seen, _ = await look("latency", {"sum by (le, handler)": found}, group="handler")
    assert seen.value("latency.samples") == 2_000
    assert (seen["latency.p50_ms"].low, seen["latency.p50_ms"].high) == (100, pytest.approx(500))


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (vector(), "has no series for"),
        (vector(*buckets(dict.fromkeys(BUCKETS, 0))), "no request within 1 day"),
        (vector(*buckets(dict.fromkeys(BUCKETS, "NaN"))), "has no series for"),
        (vector(({"le": "0.1"}, 5000)), "no bucket +Inf"),
    ],
    ids=["absent", "idle", "not a number", "cut off"],
)
async def test_without_requests_no_percentile_is_known(look, found, reason):
    seen, _ = await look("latency", {"_bucket": found})
    assert seen.value("latency.p99_ms") is None
    assert reason in seen["latency.p99_ms"].reason


async def test_memory_is_that_of_the_largest_process_and_of_the_one_that_grew_most(look):
    seen, _ = await look("memory", {"deriv": vector(12.5), "max_over_time": vector(300 * 2**20)})
    assert (seen.value("memory.largest_mib"), seen.value("memory.growth_pct")) == (300, 12.5)
    seen, _ = await look("memory", {"deriv": vector(1.5), "max_over_time": vector(200 * 2**20)})
    assert (seen.value("memory.largest_mib"), seen.value("memory.growth_pct")) == (200, 1.5)


async def test_growth_is_not_known_of_processes_younger_than_the_window(look):
    seen, _ = await look("memory", {"max_over_time": vector(300 * 2**20)})
    assert seen.value("memory.largest_mib") == 300
    assert "has no series for" in seen["memory.growth_pct"].reason


async def test_cpu_is_compared_with_the_smallest_limit(look):
    queries = {
        "pod_container_info": vector(({"pod": "a"}, 1), ({"pod": "b"}, 1)),
        "resource_limits": vector(({"pod": "a"}, 2), ({"pod": "b"}, 1)),
        "cpu_seconds": vector(0.25),
    }
    seen, _ = await look("cpu", queries, workload={"namespace": "id"})
    assert (seen.value("cpu.limit_declared"), seen.value("cpu.p95_pct")) == (True, 25)


async def test_a_container_without_a_limit_is_seen_and_nothing_is_compared_with_no_limit(look):
    queries = {"pod_container_info": vector(({"pod": "a"}, 1)), "cpu_seconds": vector(0.25)}
    seen, _ = await look("cpu", queries, workload={"namespace": "id"})
    assert seen.value("cpu.limit_declared") is False
    assert seen["cpu.p95_pct"].reason == "no container has a CPU limit to compare with"


async def test_whose_limits_are_meant_has_to_be_said(look):
    seen, scenario = await look("cpu", {})
    assert seen["cpu.limit_declared"].permission == "sources.prometheus.workload"
    assert scenario.asked == []


CACHE = supplied(Fact("cache.hit_pct", "number", "Hits.", "%"), Fact("cache.lookups", "number", "Lookups.", "lookups"))
CONNECTIONS = supplied(
    Fact("connections.most", "number", "Connections.", "connections"),
    Fact("connections.refused", "number", "Refused.", "connections"),
)


@pytest.fixture
def told_of(vendor, observe, target_of):
    async def ask(probe, queries, **own):
        def answer(request, body):
            return next((value for part, value in queries.items() if part in request.query_params["query"]), vector())

        _, base = vendor({"GET /query": answer}, "prometheus.json")
        source = {"base": base, "labels": {"job": "api"}, "queries": own}
        return await observe(probe, target_of("http://127.0.0.1:9", sources={"prometheus": source}))

    return ask


async def test_the_hit_ratio_is_that_of_a_window_with_lookups(told_of):
    seen = await told_of(CACHE, {"hits": vector(1_900), "misses": vector(100)})
    assert (seen.value("cache.hit_pct"), seen.value("cache.lookups")) == (95, 2_000)
    idle = await told_of(CACHE, {"hits": vector(0), "misses": vector(0)})
    assert (idle.value("cache.hit_pct"), idle.value("cache.lookups")) == (None, 0)
    assert idle["cache.hit_pct"].reason == "no lookup within 1 day, 0:00:00"


async def test_the_most_connections_of_the_window_are_told(told_of):
    seen = await told_of(CONNECTIONS, {"pg_stat_activity_count": vector(18)})
    assert seen.value("connections.most") == 18
    assert seen["connections.refused"].permission == "sources.prometheus.queries.connections_refused"


@pytest.mark.parametrize("refused", [0, 7])
async def test_connections_that_were_refused_are_counted_by_a_counter_of_the_platform(told_of, refused):
    own = "sum(increase(app_database_refused_total[$window]))"
    seen = await told_of(CONNECTIONS, {"app_database_refused": vector(refused)}, connections_refused=own)
    assert seen.value("connections.refused") == refused


async def test_critical_rules_that_evaluate_count_and_an_alertmanager_has_to_be_asked_for_the_route(look):
    answers = {
        "GET /rules": rules(ALERT, ALERT | {"labels": {"severity": "warning"}}),
        "GET /alertmanagers": alertmanagers("http://am:9093/api/v2/alerts"),
    }
    seen, _ = await look("alerting", {"notifications_dropped": vector(0)}, answers)
    assert (seen.value("alerting.critical"), seen.value("alerting.unhealthy")) == (1, 0)
    assert seen["alerting.routed"].permission == "sources.alertmanager"


async def test_rules_that_fail_and_notifications_that_failed_are_faults(look):
    answers = {"GET /rules": rules(ALERT | {"health": "err"}), "GET /alertmanagers": alertmanagers()}
    seen, _ = await look("alerting", {"notifications_dropped": vector(0)}, answers)
    assert (seen.value("alerting.critical"), seen.value("alerting.unhealthy")) == (0, 1)
    assert seen.value("alerting.routed") is False
    answers["GET /rules"] = rules(ALERT)
    seen, _ = await look("alerting", {"notifications_dropped": vector(2.2)}, answers)
    assert seen.value("alerting.unhealthy") == 3
    seen, _ = await look("alerting", {}, answers)
    assert seen.value("alerting.critical") == 1
    assert "has no series for" in seen["alerting.unhealthy"].reason


async def test_targets_of_the_platform_alone_count(look):
    broken = TARGET | {"health": "down", "lastError": "connection refused"}
    answers = {"GET /targets": targets(TARGET, broken, broken | {"labels": {"job": "other"}})}
    seen, _ = await look("scrape", {}, answers)
    assert (seen.value("scrape.targets"), seen.value("scrape.down")) == (2, 1)


async def test_an_older_prometheus_that_counts_no_dropped_targets_is_read_as_well(look):
    answer = targets(TARGET)
    del answer["data"]["droppedTargetCounts"]
    seen, _ = await look("scrape", {}, {"GET /targets": answer}, spec="")
    assert (seen.value("scrape.targets"), seen.value("scrape.down")) == (1, 0)


BUSINESS = {"business": ["signups_total", "signins_total"], "signups": "sum(signups_total{$labels})", "patience": "1s"}


@pytest.fixture
def platform(serve, members):
    """Keys of a target whose sign-ups work."""
    return {"production": serve(Router(routes=members.routes)), **members.keys}


async def test_a_sign_up_of_our_own_moves_the_counter(look, platform):
    queries = {"sum(signups": [vector(7), vector(7), vector(8)], "total{": vector(7)}
    seen, _ = await look("business", queries, target=platform, **BUSINESS)
    assert [seen.value(f"business.{name}") for name in ("metrics", "missing", "moved")] == [2, 0, True]


async def test_a_metric_that_is_missing_and_a_counter_that_stands_still_are_seen(look, platform):
    queries = {"sum(signups": vector(7), "signups_total{": vector(7)}
    seen, _ = await look("business", queries, target=platform, **BUSINESS)
    assert [seen.value(f"business.{name}") for name in ("metrics", "missing", "moved")] == [2, 1, False]


async def test_a_counter_that_is_not_there_is_not_one_that_stands_still(look, platform):
    seen, _ = await look("business", {}, target=platform, **BUSINESS)
    assert seen.value("business.missing") == 2
    assert "has no series for" in seen["business.moved"].reason
    seen, _ = await look("business", {})
    assert seen["business.metrics"].permission == "sources.prometheus.business"


def lasting(disk, connections, memory):
    """Queries and their answers where so many bytes a day of 1000 are used up on each of two disks, and so on."""
    return {
        "deriv((node_filesystem": vector(({"d": "a"}, -disk / 86400), ({"d": "b"}, 5)),
        "node_filesystem": vector(({"__name__": "n", "d": "a"}, 1000), ({"__name__": "n", "d": "b"}, 1)),
        "deriv((sum(pg_settings": vector(-connections / 86400),
        "pg_settings": vector(1000),
        "deriv((node_memory": vector(-memory / 86400),
        "node_memory": vector(1000),
    }


@pytest.mark.parametrize(
    ("used", "days"), [((10, 0, 0), 100), ((0, 40, 20), 25), ((0, 0, 0), 365)], ids=["disk", "connections", "nothing"]
)
async def test_what_runs_out_first_is_told(look, used, days):
    seen, _ = await look("capacity", lasting(*used))
    assert seen.value("capacity.days_left") == days


async def test_a_resource_that_is_not_measured_leaves_the_days_unknown(look):
    queries = {part: answer for part, answer in lasting(10, 0, 0).items() if "memory" not in part}
    seen, _ = await look("capacity", queries)
    assert "has no series for node_memory" in seen["capacity.days_left"].reason
    assert seen["capacity.headroom"].permission == "an attestation of capacity.headroom"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ((400, {"status": "error", "errorType": "bad_data", "error": "parse error"}), "refuses sum by (le, )"),
        ({**vector(1), "warnings": ["No StoreAPIs matched for this query"]}, "in part: No StoreAPIs matched"),
        ({"status": "success", "data": {"resultType": "matrix", "result": []}}, "with no instant vector"),
        ({"status": "success", "data": {"resultType": "vector", "result": [7]}}, "something else than samples"),
        ((401, "no"), "status 401: the credential is refused"),
        ({"status": "success"}, "holds no data"),
        ("<html>", "something that is no JSON"),
    ],
)
async def test_an_answer_that_is_none_leaves_its_facts_unknown(look, answer, reason):
    seen, _ = await look("latency", {"_bucket": answer}, spec="")
    assert seen["latency.p50_ms"].status == "unavailable"
    assert reason in seen["latency.p50_ms"].reason


async def test_a_token_is_shown_and_not_recorded(look, token):
    seen, scenario = await look("latency", {"_bucket": vector(*buckets(BUCKETS))}, token=token)
    assert scenario.headers[0]["authorization"] == "Bearer credential-of-a-vendor"
    assert "credential-of-a-vendor" not in str(seen.survey.exchanges)


def test_the_labels_of_the_platform_have_to_be_named(target_of):
    with pytest.raises(ValueError, match="at least 1 item"):
        target_of("http://127.0.0.1:9", sources={"prometheus": {"base": "http://127.0.0.1:1", "labels": {}}})


async def test_a_token_is_not_sent_over_plain_http_and_without_one_plain_http_will_do(told, token):
    source = {"base": "http://0.0.0.0:9/api/v1", "labels": {"job": "api"}}
    seen = await told("scrape", {"prometheus": source | {"token": token}})
    assert "a credential is only sent over https" in seen["scrape.targets"].reason
    seen = await told("scrape", {"prometheus": source})
    assert seen["scrape.targets"].reason == "prometheus: connection refused"
