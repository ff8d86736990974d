"""Rate limit: real limiters that hold, leak, can be fooled, or are not there."""

import time
from datetime import UTC, datetime

import pytest
from readiness.probes.rate_limit import announces, rate_limit, retry_after
from readiness.wire.exchange import Exchange
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

NOW = datetime(2026, 3, 2, tzinfo=UTC)


class Limiter:
    """A fixed window for each client, begun by its first request."""

    def __init__(self, allowed=4, window=1.0, retry=True, client=lambda request: "one", status=401, stuck=False):
        self.allowed, self.window, self.retry, self.client, self.status = allowed, window, retry, client, status
        self.stuck, self.asked, self.windows = stuck, 0, {}

    async def __call__(self, request):
        self.asked += 1
        now, who = time.monotonic(), self.client(request)
        begun, count = self.windows.get(who, (now, 0))
        if now - begun >= self.window and not self.stuck:
            begun, count = now, 0
        self.windows[who] = begun, count + 1
        if count < self.allowed:
            return JSONResponse({}, self.status)
        return JSONResponse({}, 429, headers={"Retry-After": "1"} if self.retry else {})


@pytest.fixture
def look(serve, target_of, observe):
    async def run(*limiters, requests=4, window="1s", **keys):
        routes = [Route(f"/op{i}", limiter.__call__, methods=["POST"]) for i, limiter in enumerate(limiters)]
        limits = [
            {"route": f"/op{i}", "body": {}, "requests": requests, "window": window} for i in range(len(limiters))
        ]
        return await observe(rate_limit, target_of(serve(Starlette(routes=routes)), limits=limits, **keys))

    return run


async def test_a_limit_that_holds_passes_everything(look):
    seen = await look(Limiter(), Limiter())
    assert seen.value("rate_limit.operations") == 2
    assert seen.value("rate_limit.unlimited_operations") == 0
    assert seen.value("rate_limit.retry_after") is True
    assert seen.value("rate_limit.recovers") is True
    assert seen.value("rate_limit.spoofable") is False


@pytest.mark.parametrize("allowed", [1_000, 6])
async def test_no_limit_and_one_that_is_too_high_are_counted(look, allowed):
    seen = await look(Limiter(allowed=allowed), window="10s")
    assert seen.value("rate_limit.operations") == 1
    assert seen.value("rate_limit.unlimited_operations") == 1
    assert seen["rate_limit.recovers"].status == "unavailable"


@pytest.mark.parametrize("header", ["x-forwarded-for", "forwarded", "x-real-ip"])
async def test_a_limit_that_believes_what_callers_say_of_themselves_is_spoofable(look, header):
    seen = await look(Limiter(client=lambda request: request.headers.get(header, "")), window="10s")
    assert seen.value("rate_limit.spoofable") is True


async def test_refusals_without_retry_after_are_seen(look):
    seen = await look(Limiter(retry=False))
    assert seen.value("rate_limit.retry_after") is False
    assert seen["rate_limit.recovers"].status == "unavailable"
    assert seen.value("rate_limit.unlimited_operations") == 0


async def test_a_limit_that_never_ends_does_not_recover(look):
    assert (await look(Limiter(stuck=True))).value("rate_limit.recovers") is False


async def test_a_window_that_ends_during_the_burst_is_no_false_alarm(look):
    limiter = Limiter()
    limiter.windows["one"] = time.monotonic() - 100, 0
    calls = []

    class Rolling(Limiter):
        async def __call__(self, request):
            calls.append(1)
            if len(calls) == 4:  # the first window ends after three requests
                self.windows.clear()
            return await super().__call__(request)

    seen = await look(Rolling())
    assert seen.value("rate_limit.unlimited_operations") == 0
    assert seen.value("rate_limit.operations") == 1


async def test_a_window_used_up_before_is_waited_for_once(look):
    limiter = Limiter()
    limiter.windows["one"] = time.monotonic(), 4
    seen = await look(limiter)
    assert seen.value("rate_limit.unlimited_operations") == 0


async def test_a_route_that_always_refuses_shows_no_limit(look):
    seen = await look(Limiter(allowed=0))
    assert seen["rate_limit.operations"].status == "unavailable"
    assert seen["rate_limit.unlimited_operations"].status == "unavailable"


@pytest.mark.parametrize("status", [201, 404, 405, 500])
async def test_an_operation_that_is_not_there_breaks_or_creates_is_left_alone(look, status):
    limiter = Limiter(status=status)
    seen = await look(limiter)
    assert seen["rate_limit.operations"].status == "unavailable"
    assert str(status) in seen["rate_limit.operations"].reason
    assert limiter.asked == 1


async def test_one_operation_that_was_not_seen_leaves_the_count_open(look):
    seen = await look(Limiter(), Limiter(status=404))
    assert seen.value("rate_limit.operations") == 1
    assert seen["rate_limit.unlimited_operations"].status == "unavailable"


async def test_nothing_is_burst_without_a_grant_or_a_declaration(target_of, observe):
    limits = [{"route": "/op", "requests": 4, "window": "1s"}]
    target = target_of("http://192.0.2.1:9", limits=limits, pace={"timeout": "0.2s"})
    seen = await observe(rate_limit, target)
    assert seen["rate_limit.operations"].permission == "burst"
    assert not any(exchange["method"] == "POST" for exchange in seen.survey.exchanges)
    seen = await observe(rate_limit, target_of("http://127.0.0.1:1"))
    assert seen["rate_limit.spoofable"].reason == "the target file names no limits"


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ({"RateLimit": '"default";r=5;t=30'}, True),
        ({"RateLimit-Policy": '"default";q=10;w=60'}, True),
        ({"X-RateLimit-Limit": "10", "X-RateLimit-Remaining": "9"}, True),
        ({"X-RateLimit-Limit": "10"}, False),
        ({"X-RateLimit-Limit": "", "X-RateLimit-Remaining": ""}, False),
        ({}, False),
    ],
)
@pytest.mark.parametrize("status", [200, 401, 429])
async def test_limit_headers_count_on_any_answer_but_a_refusal(serve, target_of, observe, headers, told, status):
    async def me(request):
        return JSONResponse({}, status, headers=headers)

    target = target_of(serve(Starlette(routes=[Route("/me", me)])), routes={"protected": "/me"})
    seen = await observe(rate_limit, target)
    assert seen.value("rate_limit.headers") is (None if status == 429 else told)


@pytest.mark.parametrize(("value", "seconds"), [("7", 7), ("0", 0), ("1.5", None), ("9" * 30, None)])
def test_retry_after_is_a_whole_number_of_seconds(value, seconds):
    answer = Exchange(method="GET", url="http://a/", headers=(("retry-after", value),), observed_at=NOW)
    assert retry_after(answer) == seconds
    assert not announces(answer)


async def test_a_server_that_breaks_after_the_wait_has_not_been_seen_to_recover(look):
    class Broken(Limiter):
        refused = False

        async def __call__(self, request):
            answer = await super().__call__(request)
            broken = self.refused and answer.status_code != 429
            self.refused = self.refused or answer.status_code == 429
            return Response(status_code=500) if broken else answer

    seen = await look(Broken())
    assert seen.value("rate_limit.unlimited_operations") == 0
    assert seen["rate_limit.recovers"].reason == "status 500 after the wait"
