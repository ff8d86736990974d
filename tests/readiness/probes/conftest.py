"""Servers with certificates and name servers of the tests' own, on loopback."""

import datetime as dt
import importlib
import ipaddress
import socket
import ssl
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Authority:
    """A certificate authority; `ca_file` is what a client has to trust."""

    folder: Path
    key: Any
    certificate: x509.Certificate

    @property
    def ca_file(self) -> str:
        return str(self.folder / "ca.pem")

    def leaf(self, *names: str, days: float = 90, key: Any = None) -> dict[str, str]:
        """Options for a server: a certificate for these names or addresses that ends `days` from now."""
        key = key or ec.generate_private_key(ec.SECP256R1())
        certificate = self.issue(names or (LOOPBACK,), days, key)
        path = self.folder / f"{certificate.serial_number}.pem"
        path.write_bytes(
            certificate.public_bytes(Encoding.PEM)
            + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        )
        return {"ssl_certfile": str(path), "ssl_keyfile": str(path)}

    def issue(self, names: tuple[str, ...], days: float, key: Any) -> x509.Certificate:
        now = dt.datetime.now(dt.UTC)
        ends = now + dt.timedelta(days=days)
        return (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "leaf")]))
            .issuer_name(self.certificate.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(min(now, ends) - dt.timedelta(days=1))
            .not_valid_after(ends)
            .add_extension(x509.SubjectAlternativeName([_general(name) for name in names]), critical=False)
            .sign(self.key, hashes.SHA256())
        )


def _general(name: str) -> x509.GeneralName:
    with suppress(ValueError):
        return x509.IPAddress(ipaddress.ip_address(name))
    return x509.DNSName(name)


@pytest.fixture(scope="session")
def new_authority(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Authority]:
    """`new_authority()` makes an authority; each is trusted by nobody but who is given its `ca_file`."""

    def make() -> Authority:
        key, now = ec.generate_private_key(ec.SECP256R1()), dt.datetime.now(dt.UTC)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test CA")])
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=400))
            .not_valid_after(now + dt.timedelta(days=400))
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )
        folder = tmp_path_factory.mktemp("authority")
        (folder / "ca.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
        return Authority(folder, key, certificate)

    return make


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


Records = dict[str, list[str]]


@pytest.fixture
def name_server() -> Iterator[Callable[..., str]]:
    """`name_server({"api.example.test A": ["192.0.2.1"]}, …)` is a DNS server over UDP; returns `address:port`.

    `codes` maps `name type` (or `name`) to a response code to give instead, `SILENT` to none; `authentic` holds the
    questions whose answers carry the AD flag. Names that are in no record do not exist.
    """
    sockets: list[socket.socket] = []

    def start(records: Records, codes: dict[str, str] | None = None, authentic: tuple[str, ...] = ()) -> str:
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        udp.bind((LOOPBACK, 0))
        sockets.append(udp)

        def loop() -> None:
            with suppress(OSError):
                while True:
                    wire, peer = udp.recvfrom(4096)
                    if not wire:
                        return
                    if reply := _reply(wire, records, codes or {}, authentic):
                        udp.sendto(reply, peer)

        threading.Thread(target=loop, daemon=True).start()
        return f"{LOOPBACK}:{udp.getsockname()[1]}"

    yield start
    for udp in sockets:
        with suppress(OSError):
            udp.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits in recvfrom
        udp.close()


def _reply(wire: bytes, records: Records, codes: dict[str, str], authentic: tuple[str, ...]) -> bytes | None:
    query = dns.message.from_wire(wire)
    asked = query.question[0]
    name, kind = asked.name.to_text(omit_final_dot=True).lower(), dns.rdatatype.to_text(asked.rdtype)
    code = codes.get(f"{name} {kind}", codes.get(name, ""))
    if code == "SILENT":
        return None
    response = dns.message.make_response(query)
    if f"{name} {kind}" in authentic:
        response.flags |= dns.flags.AD
    if code:
        response.set_rcode(dns.rcode.from_text(code))
        return response.to_wire()
    for _ in range(8):
        for found in dict.fromkeys((kind, "CNAME")):
            if values := records.get(f"{name} {found}"):
                response.answer.append(dns.rrset.from_text(f"{name}.", 60, "IN", found, *values))
                break
        else:
            names = [key.partition(" ")[0] for key in records]
            if not any(known == name or known.endswith(f".{name}") for known in names):
                response.set_rcode(dns.rcode.NXDOMAIN)
            break
        if found == kind:
            break
        name = values[0].rstrip(".").lower()
    return response.to_wire()


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
