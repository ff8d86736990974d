"""The client against real servers on loopback."""

import asyncio
import socket
from datetime import UTC, datetime

import pytest
from readiness import __version__
from readiness.errors import BadInput
from readiness.wire import transport
from readiness.wire.client import Client
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def now() -> datetime:
    return NOW


@pytest.fixture
def seen() -> list[Request]:
    return []


@pytest.fixture
def site(serve, seen):
    async def page(request: Request) -> Response:
        seen.append(request)
        return PlainTextResponse("hello")

    async def hop(request: Request) -> Response:
        return RedirectResponse("/page", 307)

    async def loop(request: Request) -> Response:
        return RedirectResponse("/loop", 302)

    async def away(request: Request) -> Response:
        return RedirectResponse("file:///etc/passwd", 302)

    async def slow(request: Request) -> Response:
        await asyncio.sleep(30)
        return PlainTextResponse("late")

    async def long(request: Request) -> Response:
        async def chunks():
            for _ in range(30):
                yield b"x" * 65_536

        return StreamingResponse(chunks())

    async def limited(request: Request) -> Response:
        seen.append(request)
        if len(seen) == 1:
            return PlainTextResponse("wait", 429, {"Retry-After": "0"})
        return PlainTextResponse("now")

    async def later(request: Request) -> Response:
        seen.append(request)
        await asyncio.sleep(0.1)
        return PlainTextResponse("done")

    routes = [page, hop, loop, away, slow, long, limited, later]
    return serve(Starlette(routes=[Route(f"/{f.__name__}", f, methods=["GET", "POST"]) for f in routes]))


async def test_the_same_question_is_asked_once(site, target_of, seen):
    async with Client(target_of(site), now) as client:
        first, second = await asyncio.gather(client.get(f"{site}/page"), client.get(f"{site}/page"))
        await client.get(f"{site}/page", fresh=True)
    assert first is second
    assert len(seen) == 2


async def test_no_more_requests_are_sent_than_the_target_allows_and_none_that_are_kept_for_the_end(
    site, target_of, seen
):
    async with Client(target_of(site, pace={"requests": 50}), now) as client:
        client.sent, client.kept = 45, 2
        answers = [await client.get(f"{site}/page", fresh=True) for _ in range(4)]
        assert [answer.status for answer in answers] == [200, 200, 200, None]
        assert answers[-1].failure == "the run's bound of 50 requests is reached (pace.requests)"
        assert (client.sent, len(seen)) == (48, 3)
        client.bounded = False
        assert (await client.get(f"{site}/page", fresh=True)).status == 200
        assert client.sent == 49


async def test_a_redirect_counts_as_a_request(site, target_of):
    async with Client(target_of(site, pace={"requests": 50}), now) as client:
        client.sent = 45
        looped = await client.get(f"{site}/loop", follow=9)
    assert looped.failure == "the run's bound of 50 requests is reached (pace.requests)"
    assert client.sent == 50


@pytest.mark.parametrize(("method", "answered"), [("POST", [200]), ("GET", [])])
async def test_what_may_change_something_is_not_given_up_once_it_is_sent(site, target_of, seen, method, answered):
    async with Client(target_of(site), now) as client:
        asking = asyncio.create_task(client.request(method, f"{site}/later", fresh=True))
        while not seen:
            await asyncio.sleep(0.01)
        asking.cancel()
        await asyncio.wait([asking])
        assert [record.status for record in client.records] == answered


async def test_redirects_are_followed_only_as_far_as_asked(site, target_of):
    async with Client(target_of(site), now) as client:
        followed = await client.get(f"{site}/hop", follow=3)
        not_followed = await client.get(f"{site}/hop")
        looped = await client.get(f"{site}/loop", follow=3)
    assert (followed.status, followed.text, followed.redirects) == (200, "hello", ((307, f"{site}/page"),))
    assert not_followed.status == 307
    assert (looped.status, len(looped.redirects)) == (302, 3)


async def test_a_redirect_to_another_kind_of_address_is_not_followed(site, target_of):
    async with Client(target_of(site), now) as client:
        exchange = await client.get(f"{site}/away", follow=3)
    assert exchange.status is None
    assert exchange.failure == "redirected to file address"


async def test_a_host_that_hangs_costs_the_timeout_and_says_so(site, target_of):
    async with Client(target_of(site, pace={"timeout": "0.3s"}), now) as client:
        exchange = await client.get(f"{site}/slow")
    assert exchange.status is None
    assert exchange.failure == "no whole answer within 0.3 s"


async def test_an_long__body_is_cut(site, target_of, monkeypatch):
    monkeypatch.setattr(transport, "MAX_BODY", 200_000)
    async with Client(target_of(site), now) as client:
        exchange = await client.get(f"{site}/long")
    assert exchange.truncated
    assert len(exchange.body) == 200_000


async def test_a_short_retry_after_is_waited_for_unless_told_otherwise(site, target_of, seen):
    async with Client(target_of(site), now) as client:
        impatient = await client.get(f"{site}/limited", patient=False, fresh=True)
        seen.clear()
        patient = await client.get(f"{site}/limited")
    assert impatient.status == 429
    assert patient.status == 200


async def test_a_closed_port_is_a_failure_with_one_line(target_of):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
        async with Client(target_of(address), now) as client:
            exchange = await client.get(f"{address}/")
    assert exchange.status is None
    assert exchange.failure
    assert "\n" not in exchange.failure


async def test_a_name_that_does_not_resolve_is_a_failure(target_of):
    async with Client(target_of("https://nowhere.invalid"), now) as client:
        exchange = await client.get("https://nowhere.invalid/")
        handshake = await client.handshake("https://nowhere.invalid")
    assert "does not resolve" in exchange.failure
    assert "does not resolve" in handshake.failure


async def test_secret_headers_do_not_go_over_plain_http_and_are_never_recorded(site, target_of, seen, monkeypatch):
    monkeypatch.setenv("PROBE_TOKEN", "s3cr3t-value")
    async with Client(target_of(site, headers={"X-Probe": "env:PROBE_TOKEN"}), now) as client:
        exchange = await client.request("POST", f"{site}/page", content="s3cr3t-value in a body")
    assert "x-probe" not in seen[0].headers
    assert "s3cr3t-value" not in str(exchange.record())


async def test_a_secret_that_is_not_there_is_said_before_anything_is_asked(site, target_of, seen, monkeypatch):
    monkeypatch.delenv("NO_SUCH_TOKEN", raising=False)
    with pytest.raises(BadInput, match="env:NO_SUCH_TOKEN"):
        Client(target_of(site, headers={"X-Probe": "env:NO_SUCH_TOKEN"}), now)
    assert not seen


async def test_loopback_needs_no_grant_and_elsewhere_does(site, target_of):
    async with Client(target_of(site), now) as client:
        assert await client.permits("burst")
    async with Client(target_of("https://192.0.2.1"), now) as client:
        assert not await client.permits("burst")
    async with Client(target_of("https://192.0.2.1", permissions=["burst"]), now) as client:
        assert await client.permits("burst")


async def test_a_ca_file_that_cannot_be_read_is_bad_input(site, target_of, tmp_path):
    with pytest.raises(BadInput, match="expected a CA certificate"):
        Client(target_of(site, ca_file=str(tmp_path / "none.pem")), now)


async def test_the_digest_of_a_record_is_the_digest_of_its_text(site, target_of):
    from readiness.evidence import digest_of
    from readiness.wire.exchange import canonical

    async with Client(target_of(site), now) as client:
        exchange = await client.get(f"{site}/page")
    assert exchange.digest == digest_of(canonical(exchange.record()))
    assert exchange.repeat == f"curl -sS -i -X GET -g -A readiness/{__version__} {site}/page"


@pytest.mark.parametrize(
    "place", ["http://127.0.0.1/", "http://169.254.169.254/latest", "http://[::1]/", "http://10.0.0.1/"]
)
async def test_a_public_platform_cannot_send_its_visitor_into_a_private_network(target_of, place):
    async with Client(target_of("https://8.8.8.8"), now) as client:
        assert await client.off_limits(place) == "a private address"
    async with Client(target_of("https://127.0.0.1"), now) as client:
        assert await client.off_limits(place) == ""
