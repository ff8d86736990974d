"""Real servers on loopback, and certificates and names for them, in the form that fixtures of any scope can use."""

import asyncio
import datetime as dt
import ipaddress
import select
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset
import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

LOOPBACK = "127.0.0.1"
Records = dict[str, list[str]]


@contextmanager
def serving(app: Any, **tls: Any) -> Iterator[str]:
    """Run an ASGI app on a free port of 127.0.0.1; yields its address, https with options of uvicorn for TLS."""
    # the protocol is named, or asyncio leaves Nagle's algorithm on, which costs 40 ms an answer
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        server = _Server(uvicorn.Config(app, log_level="critical", lifespan="off", **tls))
        thread = threading.Thread(target=lambda: asyncio.run(server.serve([listener])), daemon=True)
        thread.start()
        while not server.started:
            if not thread.is_alive():
                raise RuntimeError("the server did not start")
            time.sleep(0.005)
        yield f"{'https' if tls else 'http'}://127.0.0.1:{listener.getsockname()[1]}"
        server.end()
        thread.join(5)


class _Server(uvicorn.Server):
    """Ends when it is told: uvicorn looks a tenth of a second later, and waits for another, two thousand times here."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._ended, self._loop = asyncio.Event(), asyncio.get_running_loop()
        await super().startup(sockets)

    async def main_loop(self) -> None:
        while not self._ended.is_set():
            await self.on_tick(0)  # the time that answers tell
            with suppress(TimeoutError):
                await asyncio.wait_for(self._ended.wait(), 1)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.transport.abort()

    def end(self) -> None:
        """Drop all connections, as a server does that is stopped."""
        self._loop.call_soon_threadsafe(self._ended.set)


@dataclass(frozen=True)
class Authority:
    """A certificate authority; `ca_file` is what a client has to trust."""

    folder: Path
    key: Any
    certificate: x509.Certificate

    @classmethod
    def new(cls, folder: Path) -> Self:
        """An authority that keeps its files in `folder`."""
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
        (folder / "ca.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
        return cls(folder, key, certificate)

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


@contextmanager
def naming(records: Records, codes: dict[str, str] | None = None, authentic: tuple[str, ...] = ()) -> Iterator[str]:
    """Answer questions for `{"api.example.test A": ["192.0.2.1"]}` over UDP; yields `address:port`.

    `codes` maps `name type` (or `name`) to a response code to give instead, `SILENT` to none; `authentic` holds the
    questions whose answers carry the AD flag. Names that are in no record do not exist.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind((LOOPBACK, 0))

        def loop() -> None:
            with suppress(OSError):
                while True:
                    wire, peer = udp.recvfrom(4096)
                    if not wire:
                        return
                    if reply := _reply(wire, records, codes or {}, authentic):
                        udp.sendto(reply, peer)

        threading.Thread(target=loop, daemon=True).start()
        yield f"{LOOPBACK}:{udp.getsockname()[1]}"
        with suppress(OSError):
            udp.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits in recvfrom


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


def relay(outer: ssl.SSLSocket, port: int) -> None:
    """Carry what comes on a TLS connection to a port of this machine, and back, until either side ends.

    In one thread: a TLS connection may not be read and written at the same time by two.
    """
    with socket.create_connection((LOOPBACK, port)) as inner, suppress(OSError):
        while True:
            ready = [outer] if outer.pending() else select.select([outer, inner], [], [], 10)[0]
            for source in ready:
                data = source.recv(65_536)
                if not data:
                    return
                (inner if source is outer else outer).sendall(data)
            if not ready:
                return
