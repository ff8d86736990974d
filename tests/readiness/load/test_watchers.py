"""Watchers: real stores on loopback, read while something is done to them."""

import asyncio
import json
import socket
import time

import psycopg
import pytest
from readiness.load.watch import Watch
from readiness.load.watchers import Cache, Connections, History, Statements
from readiness.survey import context_of
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route


async def watched(context, watcher, meanwhile):
    watcher.every_s = 0.05
    watch = Watch(context, warm_up_s=0, seconds=0.3, watchers=[watcher])
    watch._least_s = 0.05
    async with watch:
        await asyncio.sleep(0.1)
        await asyncio.to_thread(meanwhile)
        await asyncio.sleep(0.1)
    told = watch.as_json()
    json.dumps(told)
    return {one["name"]: one for one in told["series"]}, told["missing"]


@pytest.fixture
def servers(shared):
    return shared.servers


@pytest.fixture
def database(servers, monkeypatch):
    monkeypatch.setenv("DATABASE", servers.conninfo())
    with psycopg.connect(servers.conninfo(), autocommit=True) as connection:
        connection.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        yield connection, lambda **keys: {"sources": {"postgres": {"address": "env:DATABASE", **keys}}}


async def test_connections_of_the_role_and_transactions_are_counted(database, servers, target_of, now):
    admin, keys = database
    counted = "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()"

    def work():
        before = admin.execute(counted).fetchone()[0]
        with psycopg.connect(servers.conninfo(role="sample"), autocommit=True) as connection:
            for _ in range(20):
                connection.execute("SELECT 1")
        for _ in range(200):  # the server counts them when the session has ended
            if admin.execute(counted).fetchone()[0] >= before + 20:
                return
            time.sleep(0.02)

    with psycopg.connect(servers.conninfo(role="sample")):
        for role in ("sample", ""):
            async with context_of(target_of("http://127.0.0.1:9", **keys(role=role)), lambda: now) as context:
                series, missing = await watched(context, Connections(), work)
            assert missing == []
            assert series["connections"]["most"] >= 1
            assert series["connections"]["source"].endswith("of role sample" if role else "of every role")
            assert series["connections idle"]["most"] >= 1
            assert series["transactions"]["grown"] >= 20
            assert series["deadlocks"]["grown"] == 0


async def test_statements_of_the_role_are_counted_with_the_time_they_took(database, servers, target_of, now):
    _, keys = database
    with psycopg.connect(servers.conninfo(role="sample"), autocommit=True) as connection:

        def work():
            for _ in range(10):
                connection.execute("SELECT pg_sleep(0.002)")

        async with context_of(target_of("http://127.0.0.1:9", **keys(role="sample")), lambda: now) as context:
            series, missing = await watched(context, Statements(), work)
    assert missing == []
    assert series["queries"]["grown"] >= 10
    assert series["query time"]["grown"] >= 20


async def test_statements_of_nobody_are_missing(database, target_of, now):
    async with context_of(target_of("http://127.0.0.1:9", **database[1]()), lambda: now) as context:
        series, missing = await watched(context, Statements(), lambda: None)
    assert series == {}
    assert {one["permission"] for one in missing} == {"sources.postgres.role"}


async def test_lookups_and_memory_of_the_cache(servers, target_of, now, monkeypatch):
    monkeypatch.setenv("CACHE", servers.cache_url(0).rpartition("/")[0])

    def work():
        with socket.create_connection(("127.0.0.1", servers.cache_port), timeout=5) as connection:
            words = [f"AUTH {servers.cache_password}", *["GET watched-and-absent"] * 9, "SET watched 1 EX 5"]
            words += ["GET watched"] * 3
            connection.sendall("".join(f"{one}\r\n" for one in words).encode())
            file = connection.makefile("rb")
            for _ in range(14):
                file.readline()

    target = target_of("http://127.0.0.1:9", sources={"redis": {"address": "env:CACHE"}})
    async with context_of(target, lambda: now) as context:
        series, missing = await watched(context, Cache(), work)
    assert missing == []
    assert (series["cache hits"]["grown"], series["cache misses"]["grown"]) == (3, 9)
    assert series["cache memory"]["most"] > 0


@pytest.fixture
def prometheus(serve, target_of):
    """`prometheus(limits)` is a target whose Prometheus knows memory and processor, and these limits."""

    def start(limits, **more):
        def query(request):
            found = [{"metric": {"n": str(at)}, "value": [0, str(value)]} for at, value in enumerate(limits)]
            return JSONResponse({"status": "success", "data": {"resultType": "vector", "result": found}})

        def query_range(request):
            asked = request.query_params
            scale = 0.25 if "cpu" in asked["query"] else 200 * 2**20
            times = [float(asked["start"]), float(asked["end"])]
            values = [[times[0], str(scale)], [times[1], str(2 * scale)], [times[1], "NaN"]]
            data = {"resultType": "matrix", "result": [{"metric": {}, "values": values}]}
            return JSONResponse({"status": "success", "data": data})

        app = Starlette(routes=[Route("/query", query), Route("/query_range", query_range)])
        settings = {"base": serve(app), "labels": {"job": "api"}, "workload": {"namespace": "api"}, **more}
        return target_of("http://127.0.0.1:9", sources={"prometheus": settings})

    return start


async def history(target, now):
    watcher = History()
    async with context_of(target, lambda: now) as context:
        watch = Watch(context, warm_up_s=0.1, seconds=0, watchers=[watcher])
        async with watch:
            await asyncio.sleep(0.15)
    told = watch.as_json()
    return {one["name"]: one for one in told["series"]}, told["missing"]


async def test_prometheus_is_asked_once_and_its_times_are_the_tests(prometheus, now):
    series, missing = await history(prometheus([2, 0.5]), now)
    assert missing == []
    assert series["memory"]["value"] == [200, 400]
    assert series["memory"]["at_s"] == [pytest.approx(-0.1, abs=0.01), pytest.approx(0.05, abs=0.5)]
    assert (series["cpu"]["value"], series["cpu"]["unit"]) == ([50, 100], "% of its limit")


async def test_without_a_limit_the_processor_is_told_of_a_core(prometheus, now):
    series, missing = await history(prometheus([], workload={}), now)
    assert (series["cpu"]["value"], series["cpu"]["unit"]) == ([25, 50], "% of a core")
    assert missing[0]["permission"] == "sources.prometheus.workload"
