"""The receiver: a small HTTP server of our own that a platform sends its events to while a probe looks on."""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Annotated, Any
from urllib.parse import urlsplit

import h11
from pydantic import AfterValidator, Field

from readiness.document import Record
from readiness.duration import Duration
from readiness.errors import Unobservable
from readiness.evidence import digest_of
from readiness.secret import MASK, excerpt
from readiness.signature import Signature
from readiness.wire.exchange import _HIDDEN, EXCERPT, _Base

SIZE = 256_000
"""Bytes of one event that are taken."""
MOST = 200
"""Events that are kept for one address."""
TIMEOUT = 10.0
"""Seconds that sending one event may take."""


def _listen(text: str) -> str:
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit() or int(port) > 65535:
        raise ValueError(f"expected an address and port to listen at such as 127.0.0.1:8026, got {text!r}")
    return text


def _address(url: str) -> str:
    try:
        parts = urlsplit(url)
        known = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0 and "@" not in url
    except ValueError:
        known = False
    if not known or parts.query or parts.fragment:
        raise ValueError(f"expected an http(s) address such as https://hooks.example.com, got {url!r}")
    return url.rstrip("/")


def _retries(value: timedelta) -> timedelta:
    if value > timedelta(minutes=10):
        raise ValueError(f"expected at most 10m, got {value.total_seconds():g}s")
    return value


class Receiver(Record):
    """Where events of the platform can be received while a run lasts."""

    listen: Annotated[str, AfterValidator(_listen)] = Field(description="listen for events here, `address:port`")
    address: Annotated[str, AfterValidator(_address)] = Field(
        description="how the platform reaches it, `https://hooks.example.com`; something in front may end TLS"
    )
    retries: Annotated[Duration, AfterValidator(_retries)] | None = Field(
        None,
        description="time in which an event that fails is sent three times more, as the platform promises, at most "
        "10m; where it promises none, 60s are waited, and fewer prove nothing",
    )
    internal: list[str] = Field(
        [], description="names that lead into the platform's own network; events must not go there"
    )
    signature: Signature = Field(default_factory=Signature, description="how events are signed, see below")


@dataclass(frozen=True, kw_only=True)
class Delivery(_Base):
    """One event that arrived.

    Attributes:
        url: Where the platform was told to send it.
        method, headers, body: What came; header names in lower case.
        answered: Status that it was answered with.
        arrived: When, in seconds of the event loop's clock.
        after_s: Seconds since the one before at the same address; None for the first.
        secrets: Values that no record shows.
    """

    url: str
    method: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    answered: int
    arrived: float
    after_s: float | None = None
    secrets: Collection[str] = field(default=(), repr=False)

    @property
    def source(self) -> str:
        """See `Recorded.source`."""
        return f"event received at {self.url}, answered with {self.answered}"

    def header(self, name: str) -> str:
        """A header's value; empty where there is none."""
        return dict(self.headers).get(name.lower(), "")

    def _record(self) -> dict[str, Any]:
        text = self.body.decode("utf-8", "replace")
        return {
            "kind": "event",
            "observed_at": self.observed_at.isoformat(),
            "method": self.method,
            "url": self.url,
            "headers": [[k, MASK if k in _HIDDEN else excerpt(v, EXCERPT, self.secrets)] for k, v in self.headers],
            "body": excerpt(text, EXCERPT, self.secrets),
            "body_digest": digest_of(text),
            "body_bytes": len(self.body),
            "answered": self.answered,
            "after_s": None if self.after_s is None else round(self.after_s, 3),
            "failure": self.failure,
            "repeat": f"have events sent to an address of your own, answer the first with {self.answered}, and look",
        }


class Inbox:
    """One unguessable address of the receiver.

    Attributes:
        path: Its path.
        deliveries: What arrived there, in order.
        failures: How many of the first are answered with 500.
    """

    def __init__(self, failures: int) -> None:
        self.path = f"/{secrets.token_urlsafe(12)}"
        self.failures = failures
        self.deliveries: list[Delivery] = []
        self._news = asyncio.Event()

    def take(self, delivery: Delivery) -> int:
        """Keep one that arrived; returns the status to answer it with."""
        status = 500 if len(self.deliveries) < self.failures else 204
        if len(self.deliveries) < MOST:
            after_s = delivery.arrived - self.deliveries[-1].arrived if self.deliveries else None
            self.deliveries.append(replace(delivery, answered=status, after_s=after_s))
        self._news.set()
        return status

    async def wait(self, count: int, seconds: float) -> list[Delivery]:
        """What arrived once there are `count`, or after `seconds`."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while len(self.deliveries) < count:
                    self._news.clear()
                    await self._news.wait()
        return list(self.deliveries)


class OpenReceiver:
    """The receiver while it listens.

    Attributes:
        dual: It listens on loopback by both protocols, at 127.0.0.1 and ::1.
    """

    dual = False

    def __init__(self, declared: Receiver, now: Callable[[], datetime], secrets: Collection[str]) -> None:
        self.declared = declared
        self._now, self._secrets = now, secrets
        self._inboxes: dict[str, Inbox] = {}

    @property
    def port(self) -> int:
        """The port it listens at."""
        return int(self.declared.listen.rpartition(":")[2])

    def inbox(self, failures: int = 0) -> Inbox:
        """A new address, of which the first `failures` events are answered with 500."""
        inbox = Inbox(failures)
        self._inboxes[inbox.path] = inbox
        return inbox

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection, which may send one request."""
        try:
            async with asyncio.timeout(TIMEOUT):
                connection = h11.Connection(h11.SERVER)
                status = await self._receive(connection, reader)
                head = [("Content-Length", "0"), ("Connection", "close")]
                writer.write(connection.send(h11.Response(status_code=status, headers=head)) or b"")
                writer.write(connection.send(h11.EndOfMessage()) or b"")
                await writer.drain()
        except (OSError, TimeoutError, h11.ProtocolError):
            pass  # whoever sends no request of HTTP gets no answer
        finally:
            writer.close()

    async def _receive(self, connection: h11.Connection, reader: asyncio.StreamReader) -> int:
        request, body = None, b""
        while True:
            event = connection.next_event()
            if event is h11.NEED_DATA:
                connection.receive_data(await reader.read(65_536))
            elif isinstance(event, h11.Request):
                request = event
            elif isinstance(event, h11.Data):
                body += event.data
                if len(body) > SIZE:
                    return 413
            elif isinstance(event, h11.EndOfMessage) and request is not None:
                return self._take(request, body)
            else:
                raise h11.RemoteProtocolError("the connection ended before the request did")

    def _take(self, request: h11.Request, body: bytes) -> int:
        inbox = self._inboxes.get(request.target.decode("ascii", "replace").partition("?")[0])
        if inbox is None:
            return 404
        host = next((value.decode("latin-1") for name, value in request.headers if name == b"host"), "")
        return inbox.take(
            Delivery(
                url=f"http://{host}{inbox.path}",
                method=request.method.decode("ascii", "replace"),
                headers=tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers),
                body=body,
                answered=0,
                arrived=asyncio.get_running_loop().time(),
                secrets=self._secrets,
                observed_at=self._now(),
            )
        )


@asynccontextmanager
async def open_receiver(
    declared: Receiver, now: Callable[[], datetime], secrets: Collection[str] = ()
) -> AsyncIterator[OpenReceiver]:
    """Listen while the block lasts; on loopback also at ::1, where that can be done.

    Args:
        declared: What the target file says.
        now: Clock, UTC.
        secrets: Values that no record shows.

    Raises:
        Unobservable: Somebody else listens there, or it is not an address of this machine.
    """
    receiver = OpenReceiver(declared, now, secrets)
    host = declared.listen.rpartition(":")[0].strip("[]")
    servers = []
    try:
        servers.append(await asyncio.start_server(receiver.serve, host, receiver.port))
    except OSError as error:
        raise Unobservable(f"receiver.listen: {declared.listen}: {error.strerror or 'not an address'}") from None
    if host.startswith("127."):
        with contextlib.suppress(OSError):
            servers.append(await asyncio.start_server(receiver.serve, "::1", receiver.port))
            receiver.dual = True
    try:
        yield receiver
    finally:
        for server in servers:
            server.close()
