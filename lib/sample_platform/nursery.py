"""A process that has imported the platform once and forks a copy for each start: 2 s become 0.3 s."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import traceback
from typing import Self

_LARGEST_REQUEST = 65_536
_SERVE = "import socket, sys; from sample_platform import nursery as n; n.serve(socket.socket(fileno=int(sys.argv[1])))"


class Nursery:
    """The parent's side: starts the process on first use, ends it with the block."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process:
            self._channel.close()
            self._process.wait()

    def spawn(self, arguments: list[str], environment: dict[str, str], streams: tuple[int, int, int]) -> int:
        """Start a platform with these command-line arguments and standard streams; return its process id."""
        request = json.dumps([arguments, environment]).encode()
        with self._lock:
            if self._process is None:
                self._channel, other = socket.socketpair()
                with other:
                    self._process = subprocess.Popen(
                        [sys.executable, "-c", _SERVE, str(other.fileno())],
                        pass_fds=[other.fileno()],
                        stdin=subprocess.DEVNULL,
                        start_new_session=True,
                    )
            socket.send_fds(self._channel, [request], list(streams))
            return int(self._channel.recv(32))  # also keeps requests apart: one at a time


def serve(channel: socket.socket) -> None:
    """The nursery's side: fork for each request until the parent closes the channel."""
    from . import __main__, app, docs
    from .behaviour import Behaviour

    docs.make(app.routed(Behaviour()), Behaviour())  # here once, for all copies, as the imports are
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # copies are reaped by the system
    while True:
        request, streams, _, _ = socket.recv_fds(channel, _LARGEST_REQUEST, 3)
        if not request:
            return
        pid = os.fork()
        if pid == 0:
            channel.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for number, stream in enumerate(streams):
                os.dup2(stream, number)
                os.close(stream)
            arguments, environment = json.loads(request)
            os.environ.update(environment)
            status = 1
            try:
                status = __main__.main(arguments)
            except SystemExit as end:
                status = int(end.code or 0)
            except Exception:
                traceback.print_exc()  # nothing above here would
            finally:
                sys.stderr.flush()
                os._exit(status)
        for stream in streams:
            os.close(stream)
        channel.sendall(str(pid).encode())
