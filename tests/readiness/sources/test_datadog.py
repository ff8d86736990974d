"""Datadog: requests by their tags, objectives over 30 days, and replicas that send no logs."""

import pytest

HITS = "sum:trace.fastapi.request.hits{service:api,env:production} by {service,env,version}.as_count()"


def series(count, **tags):
    points = [[1772442000000.0, count], [1772442060000.0, None]]
    return {"pointlist": points, "tag_set": [f"{name}:{value}" for name, value in tags.items()], "metric": "m"}


def answered(*found):
    return {"status": "ok", "res_type": "time_series", "series": list(found)}


@pytest.fixture
def look(vendor, told, token):
    async def ask(subject, answers, spec="datadog.json", more=None, **settings):
        scenario, base = vendor(answers, spec)
        source = {"key": token, "application_key": token, "base": base, "service": "api", **settings}
        return await told(subject, {"datadog": source, **(more or {})}), scenario

    return ask


TAGGED = {"service": "api", "env": "production", "version": "1.4.0"}


@pytest.mark.parametrize(
    ("found", "values"),
    [
        ([series(90, **TAGGED), series(10, **TAGGED | {"version": "1.5.0"})], [100, True]),
        ([series(90, **TAGGED), series(10, **TAGGED | {"version": "N/A"})], [100, False]),
        ([series(90, service="api", env="production")], [90, False]),
        ([series(90, **TAGGED), series(0, service="api")], [90, True]),
        ([series(0, **TAGGED)], [0, None]),
    ],
    ids=["tagged", "some without a version", "none with a version", "an idle one without tags", "idle"],
)
async def test_requests_are_counted_by_the_tags_they_carry(look, found, values):
    seen, scenario = await look("apm", {"GET /api/v1/query": answered(*found)}, operation="fastapi.request")
    assert [seen.value("apm.requests"), seen.value("apm.tagged")] == values
    assert scenario.headers[0]["dd-api-key"] == scenario.headers[0]["dd-application-key"] == "credential-of-a-vendor"
    assert "credential-of-a-vendor" not in str(seen.survey.exchanges)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (answered(), f"datadog has no series for {HITS}"),
        ({"status": "error", "error": "unknown metric"}, "datadog answers with an error: unknown metric"),
        ((403, {"errors": ["Forbidden"]}), "status 403: not allowed"),
        ((429, {"errors": ["Rate limit"]}), "rate limited"),
    ],
)
async def test_what_is_not_measured_is_not_zero(look, answer, reason):
    seen, _ = await look("apm", {"GET /api/v1/query": answer}, operation="fastapi.request")
    assert seen["apm.requests"].status == "unavailable"
    assert reason in seen["apm.requests"].reason


async def test_without_the_operation_nothing_is_asked(look):
    seen, scenario = await look("apm", {})
    assert seen["apm.requests"].permission == "sources.datadog.operation"
    assert scenario.asked == []


def objective(*targets):
    thresholds = [{"target": target, "timeframe": timeframe} for target, timeframe in targets]
    return {"id": "a", "name": "Availability", "type": "metric", "thresholds": thresholds}


@pytest.mark.parametrize(
    ("found", "target"),
    [
        ([objective((99.9, "30d"), (99.99, "7d"))], 99.9),
        ([objective((99.0, "30d")), objective((99.95, "30d"))], 99.95),
        ([objective((99.9, "90d"))], 0),
        ([], 0),
    ],
    ids=["two windows", "two objectives", "another window", "none"],
)
async def test_the_strictest_objective_over_30_days_counts(look, found, target):
    seen, scenario = await look("objectives", {"GET /api/v1/slo": {"data": found, "errors": []}})
    assert seen.value("objectives.availability_pct") == target
    assert scenario.asked == ["GET /api/v1/slo?tags_query=service%3Aapi&limit=100&offset=0"]


async def test_objectives_are_listed_to_their_end(look):
    pages = [{"data": [objective((99.0, "30d"))] * 100}, {"data": [objective((99.9, "30d"))]}]
    seen, scenario = await look("objectives", {"GET /api/v1/slo": pages}, objectives="kind:availability")
    assert seen.value("objectives.availability_pct") == 99.9
    assert scenario.asked[1].endswith("tags_query=kind%3Aavailability&limit=100&offset=100")


async def test_an_answer_of_200_with_errors_is_no_answer(look):
    seen, _ = await look("objectives", {"GET /api/v1/slo": {"data": [], "errors": ["timeout"]}})
    assert "timeout" in seen["objectives.availability_pct"].reason


def index(name, days, flex=None):
    found = {"name": name, "filter": {"query": "*"}, "num_retention_days": days}
    return found if flex is None else found | {"num_flex_logs_retention_days": flex}


LOGS = {"log_records": "sum:logs.count{service:api} by {pod_name}.as_count()", "replicas": ["Api-1", "api-2"]}


def stored(*found, indexes=None):
    return {
        "GET /api/v1/query": answered(*found),
        "GET /api/v1/logs/config/indexes": {"indexes": indexes or [index("main", 30)]},
    }


async def test_replicas_that_send_nothing_are_seen(look):
    answers = stored(series(5, pod_name="api-1"), series(0, pod_name="api-2"))
    seen, _ = await look("log_store", answers, **LOGS)
    assert [seen.value(f"log_store.{name}") for name in ("replicas", "silent_replicas", "kept_days")] == [2, 1, 30]


async def test_the_shortest_lived_index_counts_and_the_flexible_tier_lengthens_it(look):
    indexes = [index("main", 15, 60), index("audit", 90), index("debug", 3)]
    seen, _ = await look("log_store", stored(indexes=indexes), **LOGS)
    assert seen.value("log_store.kept_days") == 3
    seen, _ = await look("log_store", stored(indexes=indexes), log_indexes=["main", "audit"], **LOGS)
    assert seen.value("log_store.kept_days") == 60
    seen, _ = await look("log_store", stored(indexes=indexes), log_indexes=["gone"], **LOGS)
    assert seen["log_store.kept_days"].reason == "datadog does not list the log indexes of the settings"


async def test_replicas_are_those_that_prometheus_scrapes(look, vendor):
    from .test_prometheus import TARGET, targets

    _, base = vendor({"GET /targets": targets(TARGET)}, "prometheus.json")
    more = {"prometheus": {"base": base, "labels": {"job": "api"}}}
    settings = LOGS | {"replicas": []}
    seen, _ = await look("log_store", stored(series(5, pod_name="api-1")), more=more, **settings)
    assert (seen.value("log_store.replicas"), seen.value("log_store.silent_replicas")) == (1, 0)
    seen, _ = await look("log_store", stored(), more=more, replica_label="host", **settings)
    assert "has the label host" in seen["log_store.replicas"].reason
    seen, _ = await look("log_store", stored(), **settings)
    assert seen["log_store.replicas"].permission == "sources.prometheus"
    assert seen.value("log_store.kept_days") == 30


async def test_without_a_metric_of_log_records_the_replicas_are_not_known(look):
    seen, _ = await look("log_store", stored())
    assert seen["log_store.silent_replicas"].permission == "sources.datadog.log_records"
