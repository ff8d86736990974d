"""Usage: platforms that count exactly, late, or wrong."""

import importlib
import time

import pytest
from readiness.probes.usage import usage
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

OPERATIONS = {
    "api_key_create": {"path": "/v1/keys", "answer": {"id": "id", "key": "key"}},
    "api_key_revoke": {"method": "DELETE", "path": "/v1/keys/{id}"},
    "keyed": {"method": "GET", "path": "/v1/first", "headers": {"X-Key": "{key}"}},
    "keyed_second": {"method": "GET", "path": "/v1/second", "headers": {"X-Key": "{key}"}},
    "usage": {
        "method": "GET",
        "path": "/v1/keys/{id}/usage",
        "answer": {"count": "total", "operation": "rows.*.name", "calls": "rows.*.n"},
    },
}


class Meter:
    """Counts calls by key and operation; `count(n)` is what it shows of n calls, from `late` s after the last on."""

    def __init__(self, members, count=lambda calls: calls, late=0.0, lumps=False, shares=False):
        self.count, self.late, self.lumps, self.shares = count, late, lumps, shares
        self.calls, self.last, self.made = {}, 0.0, 0
        self.app = Starlette(
            routes=[
                Route("/v1/keys", self.create, methods=["POST"]),
                Route("/v1/keys/{id}", self.revoke, methods=["DELETE"]),
                Route("/v1/keys/{id}/usage", self.usage),
                Route("/v1/{name}", self.call),
                *members.routes,
            ]
        )

    async def create(self, request):
        self.made += 1
        return JSONResponse({"id": str(self.made), "key": f"key-number-{self.made}"}, 201)

    async def revoke(self, request):
        return JSONResponse({})

    async def call(self, request):
        counted = self.calls.setdefault(request.headers["x-key"], {})
        name = "all" if self.lumps else request.path_params["name"]
        counted[name] = counted.get(name, 0) + 1
        self.last = time.monotonic()
        return JSONResponse({})

    async def usage(self, request):
        own = [f"key-number-{request.path_params['id']}"]
        counted = [self.calls.get(key, {}) for key in (self.calls if self.shares else own)]
        ready = time.monotonic() - self.last >= self.late
        rows = [{"name": name, "n": self.count(n)} for one in counted for name, n in one.items()] if ready else []
        return JSONResponse({"rows": rows, "total": sum(row["n"] for row in rows)})


@pytest.fixture
def look(serve, target_of, observe, members):
    async def run(leave_out=(), delay=None, **options):
        operations = {**members.keys["operations"], **OPERATIONS}
        operations = {name: value for name, value in operations.items() if name not in leave_out}
        keys = {**members.keys, "operations": operations} | ({"usage_delay": delay} if delay else {})
        return await observe(usage, target_of(serve(Meter(members, **options).app), **keys))

    return run


async def test_what_is_counted_exactly_passes(look):
    seen = await look()
    assert seen.value("usage.calls") == 12
    assert seen.value("usage.exact") is True
    assert seen.value("usage.by_operation") is True


async def test_figures_that_come_late_are_waited_for(look):
    assert (await look(delay="2s", late=0.4)).value("usage.exact") is True


@pytest.mark.parametrize("count", [lambda calls: calls // 2, lambda calls: calls + 1], ids=["too few", "too many"])
async def test_what_is_counted_wrong_is_seen(look, count):
    seen = await look(delay="0.3s", count=count)
    assert seen.value("usage.exact") is False
    assert seen.value("usage.by_operation") is False


async def test_usage_that_tells_neither_keys_nor_operations_apart_is_seen(look):
    assert (await look(shares=True)).value("usage.exact") is False
    seen = await look(lumps=True)
    assert seen.value("usage.exact") is True
    assert seen.value("usage.by_operation") is False


async def test_calls_that_may_still_be_counted_prove_nothing(look, monkeypatch):
    monkeypatch.setattr(importlib.import_module("readiness.probes.usage"), "UNDECLARED", 0.2)
    seen = await look(late=60)
    assert seen["usage.exact"].status == "unavailable"
    assert "0 of " in seen["usage.exact"].reason
    assert "usage_delay" in seen["usage.exact"].reason
    assert seen.value("usage.calls") == 12


async def test_one_operation_alone_tells_nothing_of_several(look):
    seen = await look(leave_out=("keyed_second",))
    assert seen.value("usage.exact") is True
    assert seen["usage.by_operation"].reason == "the target file does not describe the operation keyed_second"


async def test_without_usage_it_is_unknown(look):
    seen = await look(leave_out=("usage",))
    assert seen["usage.exact"].reason == "the target file does not describe the operation usage"
