"""The canary: one request that can be told from all others, and patience that ends."""

import re
import time
from datetime import timedelta

import pytest
from pydantic import TypeAdapter
from readiness.canary import Patience, send, sought
from readiness.evidence import Fact
from readiness.probes import Probe, observed
from starlette.responses import JSONResponse
from starlette.routing import Route, Router


@pytest.mark.parametrize(
    ("routes", "path"),
    [({}, "/health"), ({"ready": "/ready"}, "/ready"), ({"ready": "/ready", "protected": "/me"}, "/ready")],
    ids=["health", "ready", "protected, without an account"],
)
async def test_it_carries_ids_of_its_own(serve, observe, target_of, routes, path):
    asked, sent = [], []

    async def answer(request):
        asked.append((request.url.path, request.headers["x-request-id"], request.headers["traceparent"]))
        return JSONResponse({}, 401)

    async def run(context):
        for _ in range(2):
            sent.append(await send(context))
        yield observed("canary.sent", True, *(one.exchange for one in sent))

    platform = serve(Router(routes=[Route(one, answer) for one in ("/health", "/ready", "/me")]))
    probe = Probe("canary", (Fact("canary.sent", "boolean", "Sent."),), run, 10, False)
    seen = await observe(probe, target_of(platform, routes=routes))
    assert seen.value("canary.sent") is True
    assert [one[0] for one in asked] == [path, path]
    assert [one[1] for one in asked] == [one.request_id for one in sent]
    assert all(
        re.fullmatch(f"00-{one.trace_id}-[0-9a-f]{{16}}-01", header[2]) for one, header in zip(sent, asked, strict=True)
    )
    assert len({one.request_id for one in sent} | {one.trace_id for one in sent}) == 4


async def test_what_comes_late_is_found_and_what_never_comes_is_given_up():
    left = [None, None, "there"]

    async def late():
        return left.pop(0)

    async def never():
        return None

    assert await sought(late, timedelta(seconds=5)) == "there"
    started = time.monotonic()
    assert await sought(never, timedelta(seconds=0.3)) is None
    assert time.monotonic() - started < 3


def test_patience_is_bounded():
    adapter = TypeAdapter(Patience)
    assert adapter.validate_python("5m") == timedelta(minutes=5)
    with pytest.raises(ValueError, match="at most 5m"):
        adapter.validate_python("6m")
