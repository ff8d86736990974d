"""Cloudflare: proxied names, pools of the balancer, and cache states of the static host alone."""

import json

import pytest

ZONE = "0123456789abcdef0123456789abcdef"
RECORDS, BALANCERS = f"GET /zones/{ZONE}/dns_records", f"GET /zones/{ZONE}/load_balancers"
POOLS = "GET /user/load_balancers/pools"
HOST = "localhost"
TIMES = {"created_on": "2026-01-01T00:00:00Z", "modified_on": "2026-01-01T00:00:00Z"}


def result(*items):
    return {"success": True, "errors": [], "messages": [], "result": list(items)}


def record(proxied, content="198.51.100.4", name=HOST):
    base = {"id": "a" * 32, "type": "A", "proxiable": True, "name": name, "ttl": 1, "zone_id": ZONE, **TIMES}
    return base | {"content": content, "proxied": proxied}


def pool(name, *addresses, enabled=True, monitor="m" * 32, off=()):
    origins = [{"name": f"o{at}", "address": one, "enabled": one not in off} for at, one in enumerate(addresses)]
    return {"id": name * 32, "name": name, "enabled": enabled, "monitor": monitor, "origins": origins}


def balancer(*used, fallback="c", name=HOST, enabled=True):
    keys = {"id": "d" * 32, "name": name, "enabled": enabled}
    return keys | {"default_pools": [one * 32 for one in used], "fallback_pool": fallback * 32}


@pytest.fixture
def look(vendor, told, token, at_hand):
    async def ask(subject, answers, spec="cloudflare.json", beyond="/graphql|/accounts/.*", **settings):
        scenario, base = vendor({**answers}, at_hand(spec), beyond)
        source = {"token": token, "zone": ZONE, "base": base, **settings}
        # the production host does not answer: what an edge would have marked, the vendor has to tell
        production = f"http://{HOST}:9"
        seen = await told(subject, {"cloudflare": source}, production=production)
        assert "credential-of-a-vendor" not in str(seen.survey.exchanges)
        return seen, scenario

    return ask


@pytest.mark.parametrize(
    ("records", "fronted"),
    [
        ([record(True)], True),
        ([record(True), record(False, "198.51.100.5")], False),
        ([record(True, name="www.shop.example")], None),
        ([], None),
    ],
)
async def test_a_host_is_fronted_where_all_its_addresses_are_proxied(look, records, fronted):
    seen, scenario = await look("edge", {RECORDS: result(*records)})
    assert seen.value("edge.fronted") is fronted
    assert f"{RECORDS}?name={HOST}&per_page=100" in scenario.asked


EDGE = ("edge.origins", "edge.monitored", "edge.fallback")


@pytest.mark.parametrize(
    ("balancers", "pools", "facts"),
    [
        (
            [balancer("a", "b")],
            [pool("a", "192.0.2.1"), pool("b", "192.0.2.2"), pool("c", "192.0.2.3")],
            [2, True, True],
        ),
        ([balancer("a")], [pool("a", "192.0.2.1", "192.0.2.2", off=["192.0.2.2"])], [1, True, False]),
        ([balancer("a")], [pool("a", "192.0.2.1", monitor=""), pool("c")], [1, False, True]),
        ([balancer("a", fallback="a")], [pool("a", "192.0.2.1", "192.0.2.2")], [2, True, False]),
        ([balancer("a")], [pool("a", "192.0.2.1", enabled=False), pool("c", enabled=False)], [0, False, False]),
        ([balancer("a", name="www.shop.example")], [pool("a", "192.0.2.1")], [None, None, None]),
        ([balancer("a", enabled=False)], [pool("a", "192.0.2.1")], [None, None, None]),
    ],
    ids=["whole", "one origin off", "unmonitored", "nothing else", "pool off", "another host", "balancer off"],
)
async def test_the_pools_of_the_balancer_of_the_host_are_read(look, balancers, pools, facts):
    seen, _ = await look("edge", {BALANCERS: result(*balancers), POOLS: result(*pools)})
    assert [seen.value(fact) for fact in EDGE] == facts


async def test_the_pools_of_an_account_are_read_there(look):
    pools = result(pool("a", "192.0.2.1"), pool("b", "192.0.2.2"), pool("c"))
    answers = {BALANCERS: result(balancer("a", "b")), "GET /accounts/acc/load_balancers/pools": pools}
    seen, _ = await look("edge", answers, account="acc")
    assert [seen.value(fact) for fact in EDGE] == [2, True, True]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ((403, {"success": False, "errors": [], "messages": []}), "status 403: not allowed"),
        ({"success": False, "errors": [{"code": 1000, "message": "credential-of-a-vendor"}]}, "with: [redacted]"),
        ({"result": []}, "holds no success"),
        ("", "holds no success"),
    ],
)
async def test_what_is_no_success_is_a_reason(look, answer, reason):
    seen, _ = await look("edge", {RECORDS: answer}, spec="")
    assert seen["edge.fronted"].reason.endswith(reason)


def groups(**counts):
    held = [{"count": number, "dimensions": {"cacheStatus": state}} for state, number in counts.items()]
    return {"data": {"viewer": {"zones": [{"httpRequestsAdaptiveGroups": held}]}}, "errors": None}


async def test_the_requests_of_the_static_host_are_counted_day_by_day(look):
    days = [groups(hit=90, miss=10), groups(hit=60, stale=10, dynamic=30), groups()]
    seen, scenario = await look("cdn", {"POST /graphql": days}, static="static.shop.example")
    assert seen.value("cdn.requests") == 200
    assert seen.value("cdn.hit_pct") == 80.0
    assert len(scenario.asked) == 7


async def test_each_query_names_the_host_and_one_day(look):
    asked = []

    def answer(request, body):
        asked.append(json.loads(body)["variables"])
        return groups(hit=1)

    seen, _ = await look("cdn", {"POST /graphql": answer}, static="static.shop.example")
    assert seen.value("cdn.hit_pct") == 100
    assert {one["zone"] for one in asked} == {ZONE}
    assert {one["filter"]["clientRequestHTTPHost"] for one in asked} == {"static.shop.example"}
    assert asked[0]["filter"]["datetime_geq"] == "2026-02-23T09:00:00Z"
    assert asked[-1]["filter"]["datetime_lt"] == "2026-03-02T09:00:00Z"


async def test_a_host_that_nobody_asked_has_no_hit_ratio(look):
    seen, _ = await look("cdn", {"POST /graphql": groups()}, static="static.shop.example")
    assert (seen.value("cdn.requests"), seen.value("cdn.hit_pct")) == (0, None)


async def test_errors_and_a_missing_setting_are_reasons(look):
    refused = {"data": None, "errors": [{"message": "zone '…' is not authorized for this account"}]}
    seen, _ = await look("cdn", {"POST /graphql": refused}, static="static.shop.example")
    assert seen["cdn.requests"].permission == "sources.cloudflare: Zone: Analytics: Read"
    seen, _ = await look("cdn", {})
    assert seen["cdn.requests"].permission == "sources.cloudflare.static"
