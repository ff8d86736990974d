"""Records: what they keep, what they hide, and that their commands repeat what was done."""

import asyncio
import re
import shutil
import time
from datetime import UTC, datetime

import pytest
from readiness.secret import MASK
from readiness.wire.client import Client
from readiness.wire.exchange import EXCERPT, Exchange, Handshake
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SECRET = "s3cr3t-value-of-the-target"

needs_curl = pytest.mark.skipif(not shutil.which("curl"), reason="there is no curl on this machine")
needs_openssl = pytest.mark.skipif(not shutil.which("openssl"), reason="there is no openssl on this machine")


def now() -> datetime:
    return NOW


def exchange(**keys) -> Exchange:
    return Exchange(**{"method": "GET", "url": "https://a.test/", "observed_at": NOW, **keys})


def shaken(**keys) -> Handshake:
    return Handshake(**{"host": "a.test", "port": 443, "observed_at": NOW, **keys})


async def run(command: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_shell(
        command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    output, _ = await asyncio.wait_for(process.communicate(), 20)
    return process.returncode, output.decode("utf-8", "replace")


def statuses(output: str) -> list[int]:
    return [int(status) for status in re.findall(r"^HTTP/[\d.]+ (\d{3})", output, re.M)]


@pytest.fixture
def seen() -> list[tuple]:
    return []


@pytest.fixture
def site(serve, certificate, seen):
    """Over TLS: `/page` answers 418 with what it was sent, `/hop` leads there, `/loop` to itself."""

    async def page(request: Request) -> Response:
        names = ("user-agent", "authorization", "x-probe", "content-type")
        seen.append((request.method, *(request.headers.get(name) for name in names), await request.body()))
        return JSONResponse({"seen": True}, 418)

    async def hop(request: Request) -> Response:
        return RedirectResponse("/page", 302)

    async def loop(request: Request) -> Response:
        return RedirectResponse("/loop", 302)

    routes = [Route(f"/{f.__name__}", f, methods=["GET", "POST"]) for f in (page, hop, loop)]
    return serve(Starlette(routes=routes), ssl_certfile=str(certificate), ssl_keyfile=str(certificate))


@needs_curl
@pytest.mark.parametrize("trusted", [True, False])
@pytest.mark.parametrize(
    ("method", "path", "options"),
    [
        ("GET", "/page", {"headers": {"Authorization": "Bearer nobodys", "X-Probe": ""}}),
        ("GET", "/hop", {"follow": 3}),
        ("GET", "/hop", {}),
        ("GET", "/loop", {"follow": 2}),
        ("HEAD", "/hop", {"follow": 1}),
        ("POST", "/page", {"json": {"email": "nobody@example.com", "password": "Not-a-Password"}}),
        ("POST", "/page", {"content": "@plain"}),
    ],
)
async def test_the_recorded_command_gets_the_same_status(
    site, target_of, certificate, seen, trusted, method, path, options
):
    keys = {"ca_file": str(certificate)} if trusted else {}
    async with Client(target_of(site, **keys), now) as client:
        recorded = await client.request(method, f"{site}{path}", **options)
    asked = list(seen)
    seen.clear()
    _, output = await run(recorded.record()["repeat"])
    assert recorded.verified is trusted
    assert statuses(output)[-1] == recorded.status
    assert seen == asked


@needs_openssl
@pytest.mark.parametrize("trusted", [True, False])
@pytest.mark.parametrize("check", ["chain and name", "chain", "nothing"])
async def test_the_recorded_handshake_ends_alike(site, target_of, certificate, trusted, check):
    keys = {"ca_file": str(certificate)} if trusted else {}
    async with Client(target_of(site, **keys), now) as client:
        recorded = await client.handshake(site, check=check)
    code, output = await run(recorded.record()["repeat"])
    assert recorded.ok is (trusted or check == "nothing")
    assert (code == 0) is recorded.ok, output


@needs_openssl
async def test_the_recorded_handshake_sees_that_the_name_is_another(serve, site, target_of, certificate):
    other = site.replace("127.0.0.1", "localhost")
    async with Client(target_of(other, ca_file=str(certificate)), now) as client:
        named, chain = await asyncio.gather(client.handshake(other), client.handshake(other, check="chain"))
    assert (named.ok, chain.ok) == (False, True)
    assert [(await run(one.record()["repeat"]))[0] == 0 for one in (named, chain)] == [False, True]


def test_the_command_of_a_handshake_says_what_was_checked():
    assert shaken(address="::1", ca_file="/a b/ca.pem").repeat == (
        "openssl s_client -connect '[::1]:443' -servername a.test -verify_return_error -CAfile '/a b/ca.pem'"
        " -verify_hostname a.test </dev/null"
    )
    assert shaken(checked="nothing", offered="TLSv1.2", ca_file="ca.pem").repeat == (
        "openssl s_client -connect a.test:443 -servername a.test -tls1_2 -cipher ALL:@SECLEVEL=0 </dev/null"
    )


def test_the_command_goes_to_the_addresses_that_were_asked():
    places = ("a.test:443:192.0.2.1", "b.test:443:192.0.2.2")
    command = exchange(redirects=((302, "https://b.test/"),), resolved=places).repeat
    assert (
        command
        == f"curl -sS -i -X GET -g -L --max-redirs 1 --resolve {places[0]} --resolve {places[1]} https://a.test/"
    )


async def test_a_secret_that_was_sent_on_the_first_hop_is_shown_masked(
    serve, target_of, certificate, seen, monkeypatch
):
    async def plain(request: Request) -> Response:
        seen.append(request.headers.get("x-probe"))
        return JSONResponse({})

    async def away(request: Request) -> Response:
        seen.append(request.headers.get("x-probe"))
        return RedirectResponse(f"{insecure}/", 302)

    insecure = serve(Starlette(routes=[Route("/", plain)]))
    tls = {"ssl_certfile": str(certificate), "ssl_keyfile": str(certificate)}
    secure = serve(Starlette(routes=[Route("/", away)]), **tls)
    monkeypatch.setenv("PROBE_TOKEN", SECRET)
    keys = {"ca_file": str(certificate), "headers": {"X-Probe": "env:PROBE_TOKEN"}}
    async with Client(target_of(secure, **keys), now) as client:
        recorded = await client.get(f"{secure}/", headers={"x-probe": "made-up"}, follow=1)
    assert seen == [SECRET, "made-up"]
    assert recorded.record()["sent"] == [["X-Probe", MASK]]
    assert not recorded.verified and "not verified" not in recorded.source


async def test_made_up_credentials_stay_visible_and_the_targets_own_do_not(site, target_of, certificate, monkeypatch):
    monkeypatch.setenv("API_TOKEN", f"Bearer {SECRET}")
    body = {"email": "nobody@example.com", "password": "Not-a-Password"}
    keys = {"ca_file": str(certificate)}
    async with Client(target_of(site, **keys), now) as client:
        made_up = await client.request("POST", f"{site}/page", json=body, headers={"Authorization": "Bearer nobodys"})
    async with Client(target_of(site, **keys, headers={"Authorization": "env:API_TOKEN"}), now) as client:
        own = await client.get(f"{site}/page")
    assert '"password": "Not-a-Password"' in made_up.record()["content"]
    assert ["Authorization", "Bearer nobodys"] in made_up.record()["sent"]
    assert own.record()["sent"] == [["Authorization", MASK]]


def test_addresses_are_redacted_too():
    place = f"https://a.test/?probe={SECRET}&access_token=abcdef"
    one = exchange(url=place, redirects=((302, place),), final_url=place, secrets=(SECRET,), failure=SECRET)
    for text in (str(one.record()), one.source, one.repeat):
        assert SECRET not in text and "abcdef" not in text
    assert one.record()["final_url"] == f"https://a.test/?probe={MASK}&access_token={MASK}"


@pytest.mark.parametrize("before", range(EXCERPT - 30, EXCERPT + 2))
def test_a_secret_at_the_edge_of_the_excerpt_does_not_show(before):
    filler = "-" * before
    token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl"
    for text in (f"{filler}{SECRET}!", f"{filler}{token}!", f'{filler}"token": "{SECRET}"'):
        one = exchange(body=text.encode(), headers=(("x-a", text),), secrets=(SECRET,))
        for kept in (one.record()["body"], one.record()["headers"][0][1]):
            assert not kept.strip("-").startswith(("s3", "eyJhbGciOiJ")) and "s3cr" not in kept
            assert len(kept) <= EXCERPT


def test_a_masked_part_does_not_draw_a_cut_secret_into_the_excerpt():
    text = "eyJ" + "a" * (EXCERPT - 13) + "  " + SECRET
    assert "s3" not in exchange(body=text.encode(), secrets=(SECRET,)).record()["body"]


@pytest.mark.parametrize(
    "text", ["eyJ" * 700_000, '"token' * 400_000, '"token":"' + "\\" * 2_000_000, "token=" * 300_000]
)
def test_a_hostile_body_costs_no_time(text):
    started = time.perf_counter()
    exchange(body=text.encode(), headers=(("x-a", text[:60_000]),)).record()
    assert time.perf_counter() - started < 1
