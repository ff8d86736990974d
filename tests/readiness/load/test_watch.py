"""Watch: on the test's own clock, and whatever fails costs its own series alone."""

import asyncio
import math

import pytest
from readiness.errors import Unobservable
from readiness.load.watch import Book, Series, Watch, growth_pct, p95
from readiness.survey import context_of
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route


class Watcher:
    """Reads what it is given, one after another; an exception is raised."""

    names, source = ("depth",), "queue"

    def __init__(self, *values, every_s=0.01):
        self.values, self.every_s = list(values), every_s

    async def look(self, context, book):
        value = self.values.pop(0) if len(self.values) > 1 else self.values[0]
        if isinstance(value, Exception):
            raise value
        book.note("depth", "queue", "items", book.at_s, value)


async def watched(*watchers, context=None, warm_up_s=0.0, seconds=0.05, **options):
    watch = Watch(context, warm_up_s=warm_up_s, seconds=seconds, watchers=list(watchers) or None, **options)
    watch._least_s = 0.01
    async with watch:
        await asyncio.sleep(warm_up_s + seconds)
    return watch.as_json()


async def test_times_are_seconds_since_the_measured_part_and_negative_before_it():
    told = await watched(Watcher(7), warm_up_s=0.05, seconds=0.05)
    (series,) = told["series"]
    assert series["at_s"][0] < 0 < series["at_s"][-1]
    assert series["at_s"] == sorted(series["at_s"])
    assert (series["most"], series["p95"], told["missing"]) == (7, 7, [])


async def test_a_source_that_fails_is_missing_with_its_reason_and_the_test_goes_on():
    bad = Watcher(Unobservable("refused", permission="sources.queue"))
    told = await watched(Watcher(1), bad)
    assert told["missing"] == [
        {"name": "depth", "source": "queue", "reason": "refused", "permission": "sources.queue"},
    ]
    assert told["series"]


async def test_a_crash_and_one_that_never_answers_are_missing_too(monkeypatch):
    monkeypatch.setattr("readiness.load.watch.STOP_S", 0.01)

    class Silent(Watcher):
        async def look(self, context, book):
            await asyncio.Event().wait()

    told = await watched(Watcher(RuntimeError("broken")))
    assert told["missing"][0]["reason"] == "RuntimeError: broken"
    assert (await watched(Silent(1)))["missing"][0]["reason"] == "it did not answer before the test's end"


async def test_one_reading_that_fails_is_a_gap_alone():
    told = await watched(Watcher(1, Unobservable("busy"), 2))
    assert (told["missing"], told["series"][0]["most"]) == ([], 2)


async def test_what_is_asked_once_is_asked_at_the_end():
    told = await watched(Watcher(3, 4, every_s=math.inf))
    assert told["series"][0]["value"] == [3]


async def test_a_counter_that_begins_anew_is_missing_from_then_on():
    book = Book(0.0)
    for at, total in enumerate([100, 110, 5, 8]):
        book.count("hits", "cache", "lookups", at, total)
    told = book.as_json()
    assert (told["series"][0]["value"], told["series"][0]["grown"]) == ([0, 10], 10)
    assert "began anew" in told["missing"][0]["reason"]
    book.count("misses", "cache", "lookups", 0, 1, epoch="a")
    book.count("misses", "cache", "lookups", 1, 9, epoch="b")
    assert [one["name"] for one in book.as_json()["missing"]] == ["hits", "misses"]


def test_summaries_are_of_the_measured_part():
    series = Series("depth", "queue", "items", at_s=[-1, 0, 1, 2], value=[99, 1, 2, 3])
    assert series.as_json() | {"at_s": 0} == {
        "name": "depth",
        "source": "queue",
        "unit": "items",
        "at_s": 0,
        "value": [99, 1, 2, 3],
        "most": 3,
        "p95": 3,
        "growth_pct": 200,
    }
    assert "most" not in Series("depth", "queue", "items", at_s=[-1], value=[99]).as_json()
    assert (p95(range(1, 101)), growth_pct([0, 0, 5]), growth_pct([1, 2])) == (95, None, None)


METRICS = """# HELP process_resident_memory_bytes Resident memory.
process_resident_memory_bytes 104857600
process_cpu_seconds_total{{pid="1"}} {cpu}
in_progress{{method="GET"}} 2
in_progress{{method="POST"}} 1
"""


@pytest.fixture
def platform(serve):
    """`platform(status)` is the address of a platform with a metrics route."""

    def start(status=200):
        spent = iter(range(10_000))

        def metrics(request):
            return PlainTextResponse(METRICS.format(cpu=next(spent) / 1000)) if status == 200 else Response("", status)

        return serve(Starlette(routes=[Route("/metrics", metrics)]))

    return start


async def test_the_metrics_route_tells_memory_processor_and_requests_in_flight(platform, target_of, now):
    from readiness.load.watchers import Route as Watched

    target = target_of(platform(), routes={"metrics": "/metrics"})
    async with context_of(target, lambda: now) as context:
        told = await watched(Watched("in_progress"), context=context, seconds=0.3)
    series = {one["name"]: one for one in told["series"]}
    assert series["memory"]["most"] == 100
    assert series["in flight"]["most"] == 3
    assert series["cpu"]["unit"] == "% of a core"
    assert series["cpu"]["most"] > 0
    assert told["missing"] == []


async def test_what_is_not_configured_or_not_granted_is_missing_with_the_permission(platform, target_of, now):
    target = target_of(platform(401), routes={"metrics": "/metrics"})
    async with context_of(target, lambda: now) as context:
        told = await watched(context=context)
    assert told["series"] == []
    needs = {(one["name"], one["permission"]) for one in told["missing"]}
    assert ("memory", "headers: what the metrics route asks for") in needs
    assert ("memory", "sources.prometheus") in needs
    assert {("connections", "sources.postgres"), ("cache hits", "sources.redis")} <= needs
    async with context_of(target_of(platform()), lambda: now) as context:
        told = await watched(context=context)
    assert ("cpu", "routes.metrics") in {(one["name"], one["permission"]) for one in told["missing"]}
