"""Elasticsearch: counts alone are asked for, and a count of a part of the index is none."""

import pytest
from starlette.responses import JSONResponse
from starlette.routing import Route, Router

SHARDS = {"failed": 0, "successful": 2, "total": 2, "skipped": 0}


@pytest.fixture
def look(vendor, told, token, serve):
    async def ask(subject, counts, spec="elasticsearch.json", failed=0, more=None, **settings):
        """`counts`: part of a query → count, or a list of counts given in turn; the first part found decides."""
        ids = []

        async def health(request):
            ids.append(request.headers["x-request-id"])
            return JSONResponse({"status": "ok"})

        def answer(request, body):
            query = request.query_params["q"]
            found = next((value for part, value in counts.items() if part in query), 0)
            found = found.pop(0) if isinstance(found, list) else found
            if "http.request.id:" in query:
                assert f'"{ids[0]}"' in query
            return {"count": found, "_shards": SHARDS | {"failed": failed}}

        scenario, base = vendor({"GET /logs-*/_count": answer}, spec)
        source = {"key": token, "base": base, "index": "logs-*", "service": "api", "patience": "1s", **settings}
        platform = serve(Router(routes=[Route("/health", health)]))
        return await told(subject, {"elasticsearch": source, **(more or {})}, production=platform), scenario

    return ask


def logs(seen):
    return [seen.value(f"logs.{name}") for name in ("lines", "structured_pct", "traced_pct", "request_found")]


async def test_records_are_counted_by_their_fields_and_our_request_is_found(look):
    counts = {"_exists_:log.level": 995, "_exists_:trace.id": 1000, "http.request.id:": [0, 1], "now-1h": 1000}
    seen, scenario = await look("logs", counts)
    assert logs(seen) == [1000, 99.5, 100, True]
    assert scenario.headers[0]["authorization"] == "ApiKey credential-of-a-vendor"
    assert "credential-of-a-vendor" not in str(seen.survey.exchanges)
    assert "q=service.name%3A%22api%22+AND+%40timestamp%3A%5Bnow-1h+TO+now%5D" in scenario.asked[0]
    assert seen["logs.secrets"].status == "unavailable"


async def test_free_text_and_a_lost_request_are_seen(look):
    counts = {"_exists_:log.level": 10, "_exists_:trace.id": 0, "http.request.id:": 0, "now-1h": 1000}
    assert logs((await look("logs", counts))[0]) == [1000, 1, 0, False]


async def test_without_records_no_share_is_known(look):
    seen, _ = await look("logs", {})
    assert logs(seen) == [0, None, None, False]
    assert seen["logs.structured_pct"].reason == "there is no log record of the last hour"


async def test_a_count_of_some_shards_is_no_count(look):
    seen, _ = await look("logs", {"now-1h": 1000}, failed=1)
    assert seen["logs.lines"].reason == "elasticsearch counted a part of the index alone"


async def test_every_replica_has_to_be_heard_of(look):
    counts = {'host.name:"a"': 9, "TO now-30d": 3}
    seen, _ = await look("log_store", counts, replicas=["a", 'b" OR "a'])
    assert [seen.value(f"log_store.{name}") for name in ("replicas", "silent_replicas", "kept_days")] == [2, 1, 30]
    assert seen["log_store.kept_days"].low == 30


async def test_a_store_younger_than_its_retention_leaves_it_open(look):
    seen, _ = await look("log_store", {"TO now-7d": 3, "TO now-1d": 5}, replicas=["a"])
    kept = seen["log_store.kept_days"]
    assert (kept.low, kept.number, kept.high) == (7, 7, float("inf"))
    seen, _ = await look("log_store", {}, replicas=["a"])
    assert seen["log_store.kept_days"].reason == "no log record is a day old"


async def test_replicas_that_nobody_names_are_not_known(look):
    seen, _ = await look("log_store", {"TO now-30d": 3})
    assert seen["log_store.replicas"].permission == "sources.prometheus"


async def test_a_missing_privilege_is_named(look, vendor, told, token):
    _, base = vendor({"GET /logs/_count": (403, {"error": {"type": "security_exception"}, "status": 403})})
    source = {"key": token, "base": base, "index": "logs", "service": "api"}
    seen = await told("log_store", {"elasticsearch": source})
    assert seen["log_store.kept_days"].permission == "sources.elasticsearch: read on logs"
