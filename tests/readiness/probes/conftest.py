"""Servers with certificates and name servers of the tests' own, on loopback."""

import importlib
import socket
import ssl
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, ClassVar

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from ...servers import LOOPBACK, Authority, naming


@pytest.fixture(scope="session")
def new_authority(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Authority]:
    """`new_authority()` makes an authority; each is trusted by nobody but who is given its `ca_file`."""
    return lambda: Authority.new(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def authority(new_authority: Callable[[], Authority]) -> Authority:
    """The authority that the tests' targets trust."""
    return new_authority()


@pytest.fixture
def listen() -> Iterator[Callable[..., int]]:
    """`listen(handle)` calls `handle(connection)` for every TCP connection to the port that it returns."""
    stops: list[Callable[[], None]] = []

    def start(handle: Callable[[socket.socket], None]) -> int:
        listener = socket.create_server((LOOPBACK, 0))

        def one(connection: socket.socket) -> None:
            with connection, suppress(OSError):
                connection.settimeout(5)
                handle(connection)

        def loop() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    threading.Thread(target=one, args=(connection,), daemon=True).start()

        thread = threading.Thread(target=loop, daemon=True)
        thread.start()

        def stop() -> None:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
            thread.join(2)

        stops.append(stop)
        return int(listener.getsockname()[1])

    yield start
    for stop in stops:
        stop()


@pytest.fixture
def shaking(listen: Callable[..., int]) -> Callable[..., str]:
    """`shaking(leaf, oldest=…, newest=…)` shakes hands over TLS and hangs up; returns its https address."""

    def start(leaf: dict[str, str], oldest: str = "TLSv1_2", newest: str = "TLSv1_3") -> str:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.load_cert_chain(leaf["ssl_certfile"])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # being old is what these are for
            context.minimum_version, context.maximum_version = ssl.TLSVersion[oldest], ssl.TLSVersion[newest]

        def handle(connection: socket.socket) -> None:
            with context.wrap_socket(connection, server_side=True) as tls:
                tls.recv(1)

        return f"https://{LOOPBACK}:{listen(handle)}"

    return start


@pytest.fixture
def closed() -> Iterator[str]:
    """`127.0.0.1:port` of a port that nobody listens on, and that nobody else gets during the test."""
    with socket.socket() as taken:
        taken.bind((LOOPBACK, 0))
        yield f"{LOOPBACK}:{taken.getsockname()[1]}"


@pytest.fixture
def name_server() -> Iterator[Callable[..., str]]:
    """`name_server({"api.example.test A": ["192.0.2.1"]}, …)` is a DNS server (see `naming`); returns where."""
    with ExitStack() as stack:
        yield lambda *records, **keys: stack.enter_context(naming(*records, **keys))


class Members:
    """A platform's people, as small as they can be: sign up, sign in, delete; `keys` describes them to a target."""

    keys: ClassVar[dict[str, Any]] = {
        "accounts": {"email": "readiness+{tag}@fake.example"},
        "operations": {
            "sign_up": {"path": "/v1/people", "body": {"email": "{email}"}, "answer": {"id": "id"}},
            "sign_in": {"path": "/v1/visits", "body": {"email": "{email}"}, "answer": {"access": "token"}},
            "delete": {"path": "/v1/me/delete"},
        },
    }

    def __init__(self) -> None:
        self.emails: dict[str, str] = {}
        self.routes = [
            Route("/v1/people", self._sign_up, methods=["POST"]),
            Route("/v1/visits", self._sign_in, methods=["POST"]),
            Route("/v1/me/delete", self._delete, methods=["POST"]),
        ]

    def who(self, request: Request) -> str | None:
        """The id of who asks; None for nobody."""
        id = request.headers.get("authorization", "").removeprefix("Bearer token-of-")
        return id if id in self.emails else None

    async def _sign_up(self, request: Request) -> JSONResponse:
        id = f"person-{len(self.emails)}"
        self.emails[id] = (await request.json())["email"]
        return JSONResponse({"id": id}, 201)

    async def _sign_in(self, request: Request) -> JSONResponse:
        email = (await request.json())["email"]
        id = next(id for id, known in self.emails.items() if known == email)
        return JSONResponse({"token": f"token-of-{id}"})

    async def _delete(self, request: Request) -> JSONResponse:
        self.emails.pop(self.who(request) or "", None)
        return JSONResponse({})


@pytest.fixture
def members() -> Members:
    """`members.routes` for a fake, `members.keys` for its target, `members.who(request)` to ask who asks."""
    return Members()


_READ: dict[tuple[str, bytes], Any] = {}


@pytest.fixture
def documents_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A document that many fakes share is examined, and made into requests, by one process and not by one each time."""
    module = importlib.import_module("readiness.probes.openapi")
    for name in ("examine", "negatives"):
        monkeypatch.setattr(module, name, _once(name, getattr(module, name)))


def _once(name: str, whole: Callable[..., Any]) -> Callable[..., Any]:
    async def read(body: bytes, *more: Any) -> Any:
        if (name, body) not in _READ:
            _READ[name, body] = await whole(body, *more)
        return _READ[name, body]

    return read


@pytest.fixture
def look_at_office(
    serve: Callable[..., str],
    target_of: Callable[..., Any],
    observe: Callable[..., Any],
    name_server: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., Any]:
    """`await look_at_office(probe, *faults, without=operations)` observes a platform that sends mail."""
    from readiness.accounts import mailing

    from .office import DNS, Office

    monkeypatch.setattr(mailing, "QUIET", 0.5)
    monkeypatch.setattr(mailing, "_LOOK", 0.05)

    async def look(probe: Any, *faults: str, without: tuple[str, ...] = ()) -> Any:
        with socket.socket() as free:
            free.bind((LOOPBACK, 0))
            port = free.getsockname()[1]
        office = Office(frozenset(faults), port)
        seen = await observe(probe, target_of(serve(office.app), **office.described(name_server(DNS), *without)))
        assert seen.survey.left == ()
        return seen

    return look


@pytest.fixture
def look_at_club(
    serve: Callable[..., str],
    target_of: Callable[..., Any],
    observe: Callable[..., Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., Any]:
    """`await look_at_club(probe, *faults, without=operations, **operations)` observes a platform that knows people."""
    from readiness.accounts import mailing
    from readiness.probes import notifications

    from .club import CHAIR, Club

    monkeypatch.setattr(mailing, "QUIET", 0.5)
    monkeypatch.setattr(mailing, "_LOOK", 0.05)
    monkeypatch.setattr(notifications, "_LOOK", 0.1)

    async def look(probe: Any, *faults: str, without: tuple[str, ...] = (), **changes: Any) -> Any:
        with socket.socket() as free:
            free.bind((LOOPBACK, 0))
            port = free.getsockname()[1]
        club = Club(frozenset(faults), port)
        seen = await observe(
            probe, target_of(serve(club.app), **club.described(tmp_path / "secret", *without, **changes))
        )
        assert [one["mail"] for one in club.members.values()] == [CHAIR]
        assert seen.survey.left == ()
        return seen

    return look
