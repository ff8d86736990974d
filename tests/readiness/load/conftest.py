"""A server on loopback that behaves well or badly, as the path asks for, and one worker's load on it."""

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from readiness.load.arrivals import Ramp
from readiness.load.assignment import Assignment, Step
from readiness.load.crew import LocalCrew
from readiness.load.recording import Recording
from readiness.load.worker import work
from readiness.operation import Operation

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
HEAD = b"HTTP/1.1 200 OK\r\n"
SLOW_S, FREEZE_S = 0.05, 0.4
ANSWERS = {
    "/ok": OK,
    "/slow": OK,
    "/drops": OK,
    "/broken": b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n",
    "/last": b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
    "/chunked": HEAD + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n",
    "/endless": HEAD + b"\r\nuntil the end",
    "/empty": b"HTTP/1.1 204 No Content\r\n\r\n",
    "/early": b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + OK,
    "/short": HEAD + b"Content-Length: 10\r\n\r\nshort",
    "/cut": HEAD + b"Transfer-Encoding: chunked\r\n\r\n9\r\nabc",
    "/garbage": b"\x16\x03\x01 no answer at all\r\n\r\n",
    "/twice": OK + OK,
    "/head": HEAD + b"X-Long: " + 100_000 * b"x" + b"\r\n\r\n",
    "/smuggled": HEAD + b"Content-Length: 2\r\nContent-Length: 20\r\n\r\nok",
}
CLOSES = ("/endless", "/closes", "/last", "/short", "/cut")


class Server:
    """Answers by path (`ANSWERS`); `/silent` never, `/closes` not at all, `/frozen` not while the server is frozen.

    Attributes:
        address: Where it is.
        seen: Requests by path.
        heads: The head of each request.
        times: When each came, seconds.
        answer: Answers a request, method and path and head and body, before paths do; None where it does not.
        connections: How many were made.
    """

    def __init__(self) -> None:
        self.seen: Counter[str] = Counter()
        self.heads: list[str] = []
        self.times: list[float] = []
        self.answer: Callable[[str, str, str, bytes], bytes | None] = lambda *request: None
        self.connections = 0
        self.freeze_at = float("inf")
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self._ready.wait(10)

    def freeze(self, after_s: float) -> None:
        """Do nothing for `FREEZE_S`, so long after the next request."""
        self.freeze_at = after_s

    def stop(self) -> None:
        """End it."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    def _run(self) -> None:
        async def start() -> None:
            server = await asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=1000)
            self.address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            self._ready.set()

        self._loop.set_exception_handler(lambda loop, context: None)
        self._loop.run_until_complete(start())
        self._loop.run_forever()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with suppress(asyncio.IncompleteReadError, OSError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                lines = head.split("\r\n")
                length = next((line[16:] for line in lines if line.startswith("Content-Length: ")), "0")
                body = await reader.readexactly(int(length))
                method, path, _ = lines[0].split(" ", 2)
                self.heads.append(head)
                self.times.append(self._loop.time())
                self.seen[path] += 1
                if not await self._answered(method, path, head, body, writer):
                    break
        writer.close()

    async def _answered(self, method: str, path: str, head: str, body: bytes, writer: asyncio.StreamWriter) -> bool:
        if self.freeze_at < float("inf"):
            self._loop.call_later(self.freeze_at, time.sleep, FREEZE_S)
            self.freeze_at = float("inf")
        if path == "/silent":
            await asyncio.Event().wait()
        if path == "/slow":
            await asyncio.sleep(SLOW_S)
        if path == "/huge":
            writer.write(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
            while not writer.is_closing():
                writer.write(b"10000\r\n" + 65536 * b"x" + b"\r\n")
                await writer.drain()
        writer.write(self.answer(method, path, head, body) or ANSWERS.get(path, b""))
        await writer.drain()
        if path == "/drops":  # keeps the connection, and drops it where it is idle
            asyncio.get_running_loop().call_later(0.005, writer.close)
        return path not in CLOSES


@pytest.fixture
def server() -> Iterator[Server]:
    """A server of the test's own."""
    running = Server()
    yield running
    running.stop()


def get(path: str, **keys: Any) -> Step:
    """A step that asks for a path."""
    return Step(f"GET {path}", Operation(method="GET", path=path), **keys)


def sent(address: str, *steps: Step | str, rate: float = 0.0, seconds: float = 0.3, **keys: Any) -> Recording:
    """What one worker in this process measures: requests at a rate, or with `users=`."""
    made = tuple(get(step) if isinstance(step, str) else step for step in steps)
    ramps = (Ramp(keys.get("warm_up_s", 0.0) + seconds, rate, rate),) if rate else ()
    return work(Assignment(address, made, **{"ramps": ramps, "seconds": seconds, "timeout_s": 1.0, **keys}))


def failures(recording: Recording) -> dict[str, int]:
    """How many failed, by kind."""
    kinds: Counter[str] = Counter()
    for (_, kind), count in recording.failed.items():
        kinds[kind] += count
    return dict(kinds)


@pytest.fixture(scope="session")
def crew() -> Iterator[LocalCrew]:
    """Two worker processes, which take a second to begin, for all tests that need some."""
    running = LocalCrew(2)
    yield running
    running.stop()
    running.close()
