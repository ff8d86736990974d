"""Connections: what counts as an answer, what does not, and that a connection is used again only where it may be."""

import asyncio
import socket
import ssl

import pytest
from readiness.load.connection import Broken, Connections, request

from .conftest import SLOW_S


def ask(address, *paths, method="GET", again=True, timeout_s=1.0, pause_s=0.0):
    """Ask for each path, one after another, over the same connections; the answers, or what was raised."""

    async def run():
        connections = Connections(address, "", ssl.create_default_context(), timeout_s)
        found = []
        for path in paths:
            await asyncio.sleep(pause_s)
            try:
                found.append(await connections.ask(request(method, address, path, {}, b""), again))
            except (Broken, OSError) as error:
                found.append(error)
        await connections.close()
        return found

    return asyncio.run(run())


def test_one_connection_is_used_again(server):
    answers = ask(server.address, "/ok", "/empty", "/chunked", "/early", "/broken", "/ok")
    assert [answer.status for answer in answers] == [200, 204, 200, 200, 503, 200]
    assert [answer.body for answer in answers] == [b"ok", b"", b"abcde", b"ok", b"", b"ok"]
    assert server.connections == 1


def test_an_answer_without_a_length_ends_with_its_connection(server):
    first, second = ask(server.address, "/endless", "/ok")
    assert (first.body, second.body) == (b"until the end", b"ok")
    assert server.connections == 2


def test_a_connection_that_is_to_be_closed_is_not_used_again(server):
    assert [answer.body for answer in ask(server.address, "/last", "/last")] == [b"ok", b"ok"]
    assert server.connections == 2


@pytest.mark.parametrize("path", ["/closes", "/short", "/cut", "/garbage", "/head", "/smuggled", "/huge"])
def test_what_is_no_answer_is_broken_and_the_next_request_is_not_touched(server, path):
    wrong, right = ask(server.address, path, "/ok")
    assert isinstance(wrong, Broken)
    assert right.body == b"ok"


def test_an_answer_to_nothing_spoils_the_connection_alone(server):
    first, second = ask(server.address, "/twice", "/ok")
    assert isinstance(first, Broken)
    assert second.body == b"ok"
    assert server.connections == 2


def test_a_connection_dropped_while_idle_costs_no_request(server):
    answers = ask(server.address, *["/drops"] * 4, pause_s=0.03)
    assert [answer.body for answer in answers] == [b"ok"] * 4
    assert server.seen["/drops"] == 4


@pytest.mark.parametrize(("again", "asked"), [(True, 2), (False, 1)])
def test_only_a_request_that_may_be_is_sent_once_more(server, again, asked):
    """The first connection is fine, then closes without an answer, as one that ran out while it was idle would."""
    found = ask(server.address, "/ok", "/closes", again=again)
    assert isinstance(found[1], Broken)
    assert server.seen["/closes"] == asked
    assert server.connections == asked


def test_patience_ends(server):
    (error,) = ask(server.address, "/silent", timeout_s=0.1)
    assert isinstance(error, TimeoutError)


def test_patience_holds_for_what_is_slow(server):
    (answer,) = ask(server.address, "/slow", timeout_s=20 * SLOW_S)
    assert answer.body == b"ok"


def test_nobody_there_is_refused():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        (error,) = ask(f"http://127.0.0.1:{taken.getsockname()[1]}", "/")
    assert isinstance(error, ConnectionRefusedError)


def test_an_answer_tells_its_headers_cookies_and_json(server):
    server.answer = lambda *request: (
        b"HTTP/1.1 200 OK\r\nSet-Cookie: sid=abc; Path=/; HttpOnly\r\nSet-Cookie: csrf=xyz\r\n"
        b"Location: /here\r\nContent-Length: 8\r\n\r\n" + b'{"a": 1}'
    )
    (answer,) = ask(server.address, "/any")
    assert answer.cookies == {"sid": "abc", "csrf": "xyz"}
    assert (answer.header("location"), answer.header("X-None"), answer.json()) == ("/here", None, {"a": 1})


def test_what_is_no_json_is_none(server):
    (answer,) = ask(server.address, "/ok")
    assert answer.json() is None


@pytest.mark.parametrize("name", ["path", "header", "method"])
def test_a_line_end_makes_no_other_request(name):
    bad = "x\r\nHost: elsewhere"
    parts = {"method": "GET", "path": "/", "header": "x"} | {name: bad}
    with pytest.raises(ValueError, match="line end"):
        request(parts["method"], "http://127.0.0.1", parts["path"], {"X": parts["header"]}, b"")


def test_a_request_says_how_long_its_body_is():
    data = request("POST", "http://user@127.0.0.1:8000", "/a", {"X": "é"}, b"12")
    assert data == "POST /a HTTP/1.1\r\nHost: 127.0.0.1:8000\r\nX: é\r\nContent-Length: 2\r\n\r\n12".encode()
    assert b"Content-Length: 0" in request("POST", "http://127.0.0.1", "/", {}, b"")
    assert b"Content-Length" not in request("GET", "http://127.0.0.1", "/", {}, b"")
