"""Connections of a load generator: HTTP/1.1 requests made of bytes that are ready, answers read by aiohttp's parser.

aiohttp's own client builds each request and its timers anew, which takes most of the time of a generator: about 60 µs a
request where this takes 20. What it is worth is measured by `tests/benchmarks/load`.
"""

import asyncio
import heapq
import itertools
import ssl
import time
from collections.abc import Mapping
from contextlib import suppress
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import urlsplit

from aiohttp.base_protocol import BaseProtocol
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.http_parser import HttpResponseParser, RawResponseMessage

from readiness.wire.transport import MAX_BODY

SWEEP_S = 0.02
"""How often it is looked whether somebody's patience has ended."""


class Broken(Exception):
    """The connection ended, or what came over it is no answer.

    Attributes:
        unheard: Nothing of an answer had come.
    """

    def __init__(self, reason: str, unheard: bool = False) -> None:
        super().__init__(reason)
        self.unheard = unheard


class Answer:
    """An answer, read; as `Operation.found_in` wants it.

    Attributes:
        status: Its status code.
        body: Its body.
        at: When the last of it came, by `time.perf_counter`; who waits for it is woken later where many came at once.
    """

    __slots__ = ("_headers", "at", "body", "status")

    def __init__(self, status: int, headers: Any, body: bytes, at: float = 0.0) -> None:
        self.status, self._headers, self.body, self.at = status, headers, body, at

    def json(self) -> Any:
        """The body as JSON; None where it is none."""
        import json

        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None

    def header(self, name: str, /) -> str | None:
        """A header's value; None where there is none."""
        value = self._headers.get(name)
        return None if value is None else str(value)

    @property
    def cookies(self) -> dict[str, str]:
        """Cookies that it sets, by name."""
        found: dict[str, str] = {}
        for text in self._headers.getall("Set-Cookie", ()):
            with suppress(CookieError):
                found |= {name: morsel.value for name, morsel in SimpleCookie(text).items()}
        return found


class Connection(BaseProtocol):
    """One connection, for one request at a time."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop)
        self._reader: Any = HttpResponseParser(
            self, loop, 2 * MAX_BODY, response_with_body=True, read_until_eof=True, auto_decompress=False
        )
        self._waiting: asyncio.Future[Answer] | None = None
        self._message: RawResponseMessage | None = None
        self._payload: Any = None
        self._heard = False
        self._heard_at = 0.0
        self.asked = 0
        self.open = True

    def ask(self, data: bytes) -> "asyncio.Future[Answer]":
        """Send a request; the answer comes as the future's result, or `Broken` as its exception."""
        assert self._waiting is None and self.transport is not None
        self._heard = False
        self._waiting = self._loop.create_future()
        self.asked += 1
        self.transport.write(data)
        return self._waiting

    def expire(self, asked: int) -> None:
        """End the patience with the answer to the request of this number, if it is still waited for."""
        if self.asked == asked and self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(TimeoutError())

    def close(self) -> None:
        """Close it; who waits for an answer gets none."""
        self.open = False
        if self.transport is not None:
            self.transport.close()

    def data_received(self, data: bytes) -> None:
        """See `asyncio.Protocol`."""
        if not data:
            return  # aiohttp's reader asks whether something is left when its buffer was emptied
        self._heard, self._heard_at = True, time.perf_counter()
        if self._waiting is None:
            self.close()  # an answer to nothing
            return
        try:
            messages, upgraded, tail = self._reader.feed_data(data)
        except HttpProcessingError as error:
            self._fail(f"no answer of HTTP: {error.message}")
            return
        final = [one for one in messages if one[0].code >= 200]  # others are told before the answer
        if final and self._message is None:
            self._message, self._payload = final.pop(0)
        if upgraded or tail or final:
            self._fail("more came than was asked for")
        elif self._message is not None:
            self._look()

    def connection_lost(self, error: BaseException | None) -> None:
        """See `asyncio.Protocol`."""
        super().connection_lost(error)
        self.open = False
        if self._waiting is None:
            return
        if self._message is not None and error is None:
            with suppress(Exception):
                self._reader.feed_eof()  # an answer without a length ends with the connection (RFC 9112, 6.3)
            self._look()
        self._fail("closed", unheard=not self._heard)

    def _look(self) -> None:
        message, payload, waiting = self._message, self._payload, self._waiting
        if payload.total_bytes > MAX_BODY:
            self._fail("the answer is too large")
            return
        if not payload.is_eof() or message is None or waiting is None:
            return
        self._message = self._payload = self._waiting = None
        if message.should_close:
            self.close()
        if not waiting.done():
            error = payload.exception()
            if error is not None:
                waiting.set_exception(Broken("the answer broke off"))
            else:
                waiting.set_result(Answer(message.code, message.headers, payload.read_nowait(), self._heard_at))

    def _fail(self, reason: str, unheard: bool = False) -> None:
        waiting, self._waiting = self._waiting, None
        self.close()
        if waiting is not None and not waiting.done():
            waiting.set_exception(Broken(reason, unheard))


class Connections:
    """As many connections to one platform as it takes.

    Args:
        address: Base address of the platform.
        place: IP address of its host; empty: looked up.
        trust: Certificate authorities.
        timeout_s: Patience with one answer, connecting included.
    """

    def __init__(self, address: str, place: str, trust: ssl.SSLContext, timeout_s: float) -> None:
        parts = urlsplit(address)
        self._host = str(parts.hostname)
        self._place = place or self._host
        secure = parts.scheme == "https"
        self._port = parts.port or (443 if secure else 80)
        self._trust = trust if secure else None
        self._timeout_s = timeout_s
        self._idle: list[Connection] = []
        self._loop = asyncio.get_running_loop()
        self._patience: list[tuple[float, int, Connection, int]] = []
        self._number = itertools.count()
        self._sweeping = self._loop.create_task(self._sweep())

    async def ask(self, data: bytes, again: bool) -> Answer:
        """Send a request and wait for its answer.

        Args:
            data: The request.
            again: It may be sent once more where a connection that was idle turns out to have been closed meanwhile
                (RFC 9110, 9.2.2: of methods that are idempotent).

        Raises:
            TimeoutError: No answer in time.
            ConnectionRefusedError, OSError: No connection.
            Broken: The connection ended before the answer did.
        """
        deadline = self._loop.time() + self._timeout_s
        while self._idle:
            connection = self._idle.pop()
            if not connection.open:
                continue
            try:
                return await self._answer(connection, data, deadline)
            except Broken as broken:
                if not (broken.unheard and again):
                    raise
        async with asyncio.timeout_at(deadline):
            server_name = self._host if self._trust else None
            _, connection = await self._loop.create_connection(
                lambda: Connection(self._loop), self._place, self._port, ssl=self._trust, server_hostname=server_name
            )
        return await self._answer(connection, data, deadline)

    async def close(self) -> None:
        """Close all that are idle."""
        self._sweeping.cancel()
        for connection in self._idle:
            connection.close()
        await asyncio.sleep(0)

    async def _answer(self, connection: Connection, data: bytes, deadline: float) -> Answer:
        waiting = connection.ask(data)
        heapq.heappush(self._patience, (deadline, next(self._number), connection, connection.asked))
        try:
            answer = await waiting
        except BaseException:
            connection.close()
            raise
        if connection.open:
            self._idle.append(connection)
        return answer

    async def _sweep(self) -> None:
        patience = self._patience
        while True:
            now = self._loop.time()
            while patience and patience[0][0] <= now:
                _, _, connection, asked = heapq.heappop(patience)
                connection.expire(asked)
            await asyncio.sleep(SWEEP_S)


def request(method: str, address: str, path: str, headers: Mapping[str, str], body: bytes) -> bytes:
    """A request as it is sent.

    Raises:
        ValueError: A part of it holds a line end, which would make another request of it.
    """
    host = urlsplit(address).netloc.rpartition("@")[2]
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", *(f"{name}: {value}" for name, value in headers.items())]
    if body or method in ("POST", "PUT", "PATCH"):
        lines.append(f"Content-Length: {len(body)}")
    if any("\r" in line or "\n" in line for line in lines):
        raise ValueError("a line end in the head of a request")
    return "\r\n".join(lines).encode("utf-8") + b"\r\n\r\n" + body
