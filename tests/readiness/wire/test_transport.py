"""The transport against answers that are made to harm."""

import gzip
import resource
import zlib
from datetime import UTC, datetime

import httpx
import pytest
from readiness.wire import transport
from readiness.wire.client import Client
from readiness.wire.transport import reason_of
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route


def now() -> datetime:
    return datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def answer(body: bytes, *headers: str) -> bytes:
    head = ["HTTP/1.1 200 OK", f"Content-Length: {len(body)}", "Connection: close", *headers]
    return "\r\n".join([*head, "", ""]).encode() + body


@pytest.mark.parametrize(
    ("encoding", "body"),
    [("gzip", gzip.compress(b"hello", mtime=0)), ("deflate", zlib.compress(b"hello")), ("identity", b"hello")],
)
async def test_one_encoding_is_inflated(answering, target_of, encoding, body):
    address = answering(answer(body, f"Content-Encoding: {encoding}"))
    async with Client(target_of(address), now) as client:
        exchange = await client.get(f"{address}/")
    assert (exchange.body, exchange.truncated, exchange.failure) == (b"hello", False, "")


async def test_a_body_that_inflates_without_end_is_cut(answering, target_of, monkeypatch):
    monkeypatch.setattr(transport, "MAX_BODY", 200_000)
    address = answering(answer(gzip.compress(bytes(300_000_000), 9), "Content-Encoding: gzip"))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    async with Client(target_of(address), now) as client:
        exchange = await client.get(f"{address}/")
    assert exchange.truncated and len(exchange.body) == 200_000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # kB; the bomb is 300 MB


@pytest.mark.parametrize("encoding", ["gzip, gzip", "br", "zstd", "compress"])
async def test_several_encodings_or_an_unknown_one_are_a_failure(answering, target_of, encoding):
    address = answering(answer(gzip.compress(gzip.compress(b"hello", mtime=0)), f"Content-Encoding: {encoding}"))
    async with Client(target_of(address), now) as client:
        exchange = await client.get(f"{address}/")
    assert (exchange.status, exchange.failure) == (None, f"unreadable content encoding {encoding!r}")


@pytest.mark.parametrize(
    ("body", "failure"),
    [
        (b"no gzip at all", "the body does not fit its content encoding"),
        (gzip.compress(b"hello" * 100, mtime=0)[:-12], "the body ends before its content encoding does"),
    ],
)
async def test_a_body_that_is_not_in_its_encoding_is_a_failure(answering, target_of, body, failure):
    address = answering(answer(body, "Content-Encoding: gzip"))
    async with Client(target_of(address), now) as client:
        exchange = await client.get(f"{address}/")
    assert (exchange.status, exchange.failure) == (None, failure)


async def test_an_answer_to_head_has_an_encoding_and_no_body(answering, target_of):
    address = answering(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 90\r\nConnection: close\r\n\r\n")
    async with Client(target_of(address), now) as client:
        exchange = await client.request("HEAD", f"{address}/")
    assert (exchange.status, exchange.failure) == (200, "")


async def test_a_cookie_that_is_set_is_never_sent(serve, target_of):
    cookies = []

    async def page(request: Request) -> Response:
        cookies.append(request.headers.get("cookie"))
        return PlainTextResponse("hello", headers={"Set-Cookie": "session=1; Path=/"})

    site = serve(Starlette(routes=[Route("/", page)]))
    async with Client(target_of(site), now) as client:
        await client.get(f"{site}/")
        await client.get(f"{site}/", fresh=True)
    assert cookies == [None, None]


@pytest.mark.parametrize(
    "error",
    [httpx.LocalProtocolError("Illegal header value b's3cr3t'"), UnicodeEncodeError("ascii", "s3cr3é", 5, 6, "x")],
)
def test_what_could_not_be_sent_is_not_repeated(error):
    assert reason_of(error) == "the request could not be sent"
