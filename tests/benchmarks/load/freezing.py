"""A server that answers in 2 ms, and freezes for a second once in ten, and writes down when it did what.

It is a loop of its own, not one that the generator uses too: what delays both would not be seen. It waits by select(2)
on the descriptor of epoll(7), because select counts microseconds where epoll counts milliseconds.
"""

import json
import os
import resource
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from .core import SERVER, core

SERVICE_S = 0.002
FIRST_S, EVERY_S, LASTS_S = 4.0, 10.0, 1.0
"""The first freeze after the first request, the time from one to the next, how long each lasts."""
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
PATIENCE_S = 10.0


@dataclass(frozen=True)
class Log:
    """What a server did; seconds of its own clock.

    Attributes:
        read: When it read each request, in order.
        answered: When it answered each, in order.
        freezes: Beginning and end of each freeze, and when it had caught up: nothing was left to be read or answered.
    """

    read: list[float]
    answered: list[float]
    freezes: list[tuple[float, float, float]]


class Freezing:
    """The server.

    Args:
        listener: Where it listens.
        freezes: Whether it does.
    """

    def __init__(self, listener: socket.socket, freezes: bool) -> None:
        self.log = Log([], [], [])
        self._listener, self._freezes = listener, freezes
        self._ready = select.epoll()
        self._clients: dict[int, socket.socket] = {}
        self._due: deque[tuple[float, int]] = deque()

    def serve(self) -> None:
        """Serve until the process is told to end."""
        # accepted by another thread, also during a freeze: else the kernel's queue of 4096 overflows, and who is turned
        # away tries again a second later, which no log of this process would show
        threading.Thread(target=self._accept, daemon=True).start()
        freeze_at, thawed, began = float("inf"), (0.0, 0.0), False
        while True:
            now = time.monotonic()
            if now >= freeze_at:
                time.sleep(LASTS_S)
                thawed, freeze_at = (now, time.monotonic()), freeze_at + EVERY_S
            now = time.monotonic()
            while self._due and self._due[0][0] <= now:
                self._answer(self._due.popleft()[1])
            found = self._ready.poll(0)
            if not found:
                if thawed[0] and not (self._due and self._due[0][0] < thawed[1] + SERVICE_S):
                    self.log.freezes.append((*thawed, time.monotonic()))
                    thawed = (0.0, 0.0)
                until = min(self._due[0][0] if self._due else now + 1, freeze_at)
                select.select([self._ready], [], [], max(0.0, until - time.monotonic()))
                found = self._ready.poll(0)
            for client, _ in found:
                self._read(client)
            if self._freezes and not began and self.log.read:
                began, freeze_at = True, self.log.read[0] + FIRST_S

    def _accept(self) -> None:
        while True:
            client, _ = self._listener.accept()
            client.setblocking(False)
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._clients[client.fileno()] = client
            self._ready.register(client.fileno(), select.EPOLLIN)

    def _read(self, client: int) -> None:
        try:
            data = self._clients[client].recv(65536)
        except OSError:
            data = b""
        if not data:
            self._ready.unregister(client)
            self._clients.pop(client).close()
            return
        now = time.monotonic()
        for _ in range(data.count(b"\r\n\r\n")):
            self.log.read.append(now)
            self._due.append((now + SERVICE_S, client))

    def _answer(self, client: int) -> None:
        with suppress(OSError, KeyError):
            self._clients[client].send(ANSWER)
        self.log.answered.append(time.monotonic())


@dataclass
class Started:
    """A server that runs.

    Attributes:
        address: Its address.
        log: What it did; None until it has ended.
    """

    address: str
    log: Log | None = None


@contextmanager
def freezing(folder: Path, *, freezes: bool = True) -> Iterator[Started]:
    """Run a server in a process of its own; its log is there when the block has ended."""
    path = folder / "freezing.json"
    with socket.create_server(("127.0.0.1", 0), backlog=4096) as listener:
        command = [sys.executable, "-m", __spec__.name, str(listener.fileno()), str(path), str(int(freezes))]
        with core(SERVER):
            process = subprocess.Popen(command, pass_fds=[listener.fileno()])
        started = Started(f"http://127.0.0.1:{listener.getsockname()[1]}")
    try:
        yield started
    finally:
        process.terminate()
        try:
            process.wait(PATIENCE_S)
        finally:
            process.kill()
            process.wait()
    told = json.loads(path.read_text(encoding="utf-8"))
    started.log = Log(told["read"], told["answered"], [(a, b, c) for a, b, c in told["freezes"]])


def _end(*_: object) -> None:
    raise KeyboardInterrupt


def main(descriptor: str, path: str, freezes: str) -> None:
    """Serve on a socket that was handed down; write the log at the end."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started it ends it
    server = Freezing(socket.socket(fileno=int(descriptor)), freezes == "1")
    with suppress(KeyboardInterrupt):
        server.serve()
    partly = Path(f"{path}.part")
    log = server.log
    partly.write_text(json.dumps({"read": log.read, "answered": log.answered, "freezes": log.freezes}))
    partly.rename(path)
    os._exit(0)  # the thread waits in accept


if __name__ == "__main__":
    main(*sys.argv[1:])
