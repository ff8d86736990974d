"""Rate limit: real limiters that hold, leak, can be fooled, or are not there."""

import time
from datetime import UTC, datetime

import pytest
from readiness.answers.allowance import announces
from readiness.burst import retry_after
from readiness.probes.rate_limit import rate_limit
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


async def test_a_limit_of_an_operation_that_takes_a_form_is_tried_with_one(serve, target_of, observe):
    limiter, sent = Limiter(), set()

    async def take(request):
        sent.add((request.headers.get("content-type"), (await request.body()).partition(b"-")[0]))
        return await limiter(request)

    limit = {"route": "/op", "form": {"mail": "{email}"}, "requests": 4, "window": "1s"}
    address = serve(Starlette(routes=[Route("/op", take, methods=["POST"])]))
    seen = await observe(rate_limit, target_of(address, limits=[limit]))
    assert seen.value("rate_limit.unlimited_operations") == 0
    assert sent == {("application/x-www-form-urlencoded", b"mail=nobody")}


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


class Guarded:
    """Members whose sign-in counts wrong passwords, by account or by address, and locks in the way that is named."""

    def __init__(self, members, counts="account", status=429):
        self.members, self.counts, self.status = members, counts, status
        self.passwords, self.wrong = {}, {}
        routes = [
            Route("/v1/people", self.sign_up, methods=["POST"]),
            Route("/v1/visits", self.sign_in, methods=["POST"]),
        ]
        self.app = Starlette(routes=[*routes, *members.routes])

    async def sign_up(self, request):
        given = await request.json()
        self.passwords[given["email"]] = given["password"]
        return await self.members._sign_up(request)

    async def sign_in(self, request):
        given = await request.json()
        key = given["email"] if self.counts == "account" else self.counts
        if self.wrong.get(key, 0) >= 10 and self.counts != "nothing":
            return JSONResponse({}, self.status)
        if given["password"] != self.passwords[given["email"]]:
            self.wrong[key] = self.wrong.get(key, 0) + 1
            return JSONResponse({}, 401)
        headers = {"X-RateLimit-Limit": "10", "X-RateLimit-Remaining": "9"}
        answer = await self.members._sign_in(request)
        answer.headers.update(headers)
        return answer


@pytest.fixture
def guard(serve, target_of, observe, members):
    async def run(**how):
        body = {"email": "{email}", "password": "{password}"}
        operations = {
            "sign_up": {"path": "/v1/people", "body": body, "answer": {"id": "id"}},
            "sign_in": {"path": "/v1/visits", "body": body, "answer": {"access": "token"}},
        }
        keys = members.keys | {"operations": members.keys["operations"] | operations}
        return await observe(rate_limit, target_of(serve(Guarded(members, **how).app), **keys))

    return run


@pytest.mark.parametrize("status", [429, 423, 401])
async def test_a_lock_of_one_account_that_spares_others_is_seen(guard, status):
    assert (await guard(status=status)).value("rate_limit.per_account") is True


async def test_an_account_that_can_be_guessed_without_end_is_seen(guard):
    assert (await guard(counts="nothing")).value("rate_limit.per_account") is False


async def test_a_refusal_of_the_whole_address_shows_no_limit_of_an_account(guard):
    seen = await guard(counts="address")
    assert seen.value("rate_limit.per_account") is None
    assert "another account from the same address" in seen["rate_limit.per_account"].reason


async def test_operations_whose_successes_tell_no_limit_are_counted(guard):
    seen = await guard()
    assert seen.value("rate_limit.answered_operations") == 2  # signing up, and in; what removes them comes later
    assert seen.value("rate_limit.silent_operations") == 1


FOUR = {"sign_in": "/op0", "sign_up": "/op1", "refresh": "/op2", "forgot": "/op3"}


def described(*names):
    return {name: {"path": FOUR[name]} for name in names}


async def test_all_four_operations_of_authentication_have_to_be_limited(look):
    seen = await look(*(Limiter() for _ in FOUR), operations=described(*FOUR))
    assert seen.value("rate_limit.authentication_unlimited") == 0
    seen = await look(*(Limiter() for _ in range(3)), Limiter(allowed=1000), window="10s", operations=described(*FOUR))
    assert seen.value("rate_limit.authentication_unlimited") == 1


async def test_refreshing_has_to_be_limited_only_where_there_are_refresh_tokens(look):
    three = described("sign_in", "sign_up") | {"forgot": {"path": "/op2"}}
    limiters = [Limiter() for _ in three]
    seen = await look(*limiters, operations=three, session={"cookies": True, "refresh": False})
    assert seen.value("rate_limit.authentication_unlimited") == 0
    seen = await look(*limiters, operations=three)
    assert seen["rate_limit.authentication_unlimited"].reason == (
        "the target file does not describe the operation refresh"
    )


@pytest.mark.parametrize(
    ("limiters", "names", "reason"),
    [
        (4, ("sign_in", "sign_up", "refresh"), "the target file does not describe the operation reset"),
        (3, tuple(FOUR), "the target file names no limit for reset"),
    ],
)
async def test_an_operation_of_authentication_that_was_not_tried_leaves_the_count_open(look, limiters, names, reason):
    seen = await look(*(Limiter() for _ in range(limiters)), operations=described(*names))
    assert seen["rate_limit.authentication_unlimited"].reason == reason


@pytest.mark.parametrize(("allowed", "limited"), [(4, True), (1000, False)])
async def test_a_limit_of_an_operation_that_reads_is_told_apart(serve, target_of, observe, allowed, limited):
    limiter = Limiter(allowed=allowed)
    address = serve(Starlette(routes=[Route("/op", limiter.__call__, methods=["GET"])]))
    limits = [{"method": "GET", "route": "/op", "requests": 4, "window": "10s" if allowed > 4 else "1s"}]
    seen = await observe(rate_limit, target_of(address, limits=limits))
    assert seen.value("rate_limit.read_limited") is limited
