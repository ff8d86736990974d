"""The receiver: what arrives there, and what it does not take."""

import asyncio
import socket
from datetime import UTC, datetime

import httpx
import pytest
from pydantic import ValidationError
from readiness.errors import Unobservable
from readiness.receiver import SIZE, Receiver, open_receiver

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def declared():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        place = f"127.0.0.1:{free.getsockname()[1]}"
    return Receiver(listen=place, address=f"http://{place}")


def opened(declared, secrets=()):
    return open_receiver(declared, lambda: NOW, secrets)


async def test_events_are_kept_with_the_time_between_them_and_answered_as_wanted(declared):
    async with opened(declared, ("a-known-secret",)) as receiver, httpx.AsyncClient() as sender:
        inbox = receiver.inbox(failures=1)
        url = declared.address + inbox.path
        answers = [await sender.post(url, content=b'{"n":1}', headers={"X-Of": "a-known-secret"}) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [500, 204]
        first, second = await inbox.wait(2, 1)
    assert (first.url, first.method, first.body, first.after_s) == (url, "POST", b'{"n":1}', None)
    assert second.after_s > 0
    record = first.record()
    assert record["answered"] == 500
    assert "a-known-secret" not in str(record)
    assert first.digest != second.digest


async def test_waiting_ends_with_what_is_there_when_the_time_is_over(declared):
    async with opened(declared) as receiver:
        assert await receiver.inbox().wait(1, 0.05) == []
        assert await receiver.inbox().wait(1, -1) == []


async def test_what_comes_in_parts_is_put_together(declared):
    async def parts():
        yield b"one "
        yield b"two"

    async with opened(declared) as receiver, httpx.AsyncClient() as sender:
        inbox = receiver.inbox()
        await sender.post(declared.address + inbox.path, content=parts())
        assert inbox.deliveries[0].body == b"one two"


async def test_what_is_sent_elsewhere_or_is_too_large_is_not_kept(declared):
    async with opened(declared) as receiver, httpx.AsyncClient() as sender:
        inbox = receiver.inbox()
        assert (await sender.post(f"{declared.address}/", content=b"{}")).status_code == 404
        reader, writer = await asyncio.open_connection("127.0.0.1", receiver.port)
        head = f"POST {inbox.path} HTTP/1.1\r\nHost: here\r\nContent-Length: {SIZE + 1}\r\n\r\n"
        writer.write(head.encode() + b"x" * (SIZE + 1))
        assert b" 413 " in await reader.readline()
        writer.close()
        assert inbox.deliveries == []


@pytest.mark.parametrize("sent", [b"\x16\x03\x01\x00\xff", b"POST /", b""], ids=["TLS", "half a line", "nothing"])
async def test_what_is_no_request_is_passed_over(declared, sent):
    async with opened(declared) as receiver:
        reader, writer = await asyncio.open_connection("127.0.0.1", receiver.port)
        writer.write(sent)
        writer.write_eof()
        assert await reader.read() == b""
        writer.close()


async def test_a_port_in_use_is_an_obstacle(declared):
    taken = ("127.0.0.1", int(declared.listen.rpartition(":")[2]))
    with socket.create_server(taken), pytest.raises(Unobservable, match="listen"):
        async with opened(declared):
            pass


@pytest.mark.parametrize(
    "keys",
    [
        {"listen": "127.0.0.1"},
        {"listen": "127.0.0.1:99999"},
        {"address": "hooks.example.com"},
        {"address": "https://me:word@hooks.example.com"},
        {"retries": "1h"},
    ],
    ids=lambda keys: "".join(f"{name} {value}" for name, value in keys.items()),
)
def test_a_declaration_that_cannot_be_is_refused(keys):
    with pytest.raises(ValidationError):
        Receiver.model_validate({"listen": "127.0.0.1:1", "address": "http://here"} | keys)
