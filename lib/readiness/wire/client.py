"""The one client of a run: every request, handshake and DNS question goes through it, bounded and recorded."""

import asyncio
import contextlib
import ipaddress
import json as jsonlib
import socket
import ssl
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from datetime import datetime
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import urljoin, urlsplit

import httpx

from readiness import __version__
from readiness.completion import completed
from readiness.secret import MASK, mask
from readiness.target import Target
from readiness.wire.exchange import Answer, Exchange, Handshake, Recorded, host_and_port
from readiness.wire.handshake import shake
from readiness.wire.pacer import Pacer
from readiness.wire.resolver import Resolver
from readiness.wire.transport import Transport, reason_of, trust_in

PATIENCE = 12.0
"""Longest Retry-After, in seconds, that is waited for before a request is given up as rate limited."""

SHORTEST = 6
"""Characters of the shortest value that is masked: a shorter one would blank out text that is none of it."""

SAFE = ("GET", "HEAD", "OPTIONS")
"""Methods that change nothing (RFC 9110, 9.2.1): a question that nobody waits for any more is given up."""

T = TypeVar("T", bound=Recorded)


class Client:
    """Bounded client for one target.

    One exchange serves many probes: the same question is asked once, unless `fresh`. Where the certificate of a host
    does not verify, requests go on unverified, without the target's secret headers, and say so in `Exchange.verified`.

    Args:
        target: Whose addresses, resolvers, trust and pace to use.
        now: Clock for `observed_at`, UTC.

    Attributes:
        records: Every exchange, in the order they were made.
        used: Permissions that were made use of.
        sent: HTTP requests that were sent, redirects followed included.
        kept: How many of those that the target allows are kept for the end, to remove what was made.
        bounded: One that is too many is refused.
    """

    def __init__(self, target: Target, now: Callable[[], datetime]) -> None:
        self.target = target
        self.records: list[Recorded] = []
        self.used: set[str] = set()
        self.sent = self.kept = 0
        self.bounded = True
        self._now = now
        self._timeout = target.pace.timeout.total_seconds()
        self._slots = asyncio.Semaphore(target.pace.concurrency)
        self._resolver = Resolver(target.resolvers, self._timeout, now)
        self._trust = trust_in(target.ca_file)
        self._ca_file = str(target.ca_file or "")
        self._transport = Transport(self._trust, target.pace.concurrency, self._timeout)
        self._asked: dict[Any, asyncio.Task[Any]] = {}
        self._headers = {name: secret.reveal() for name, secret in target.headers.items()}
        self._secrets: dict[str, None] = dict.fromkeys(self._headers.values())
        self._pacer = Pacer(target.limits)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._asked.values():
            task.cancel()
        await asyncio.gather(*self._asked.values(), return_exceptions=True)
        await self._transport.aclose()

    # --- what probes ask -------------------------------------------------------------------------------------------

    async def get(self, url: str, **options: Any) -> Exchange:
        """`request("GET", url, …)`."""
        return await self.request("GET", url, **options)

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        json: Any = None,
        content: str | bytes = b"",
        follow: int = 0,
        fresh: bool = False,
        patient: bool = True,
        note: str = "",
    ) -> Exchange:
        """Ask over HTTP.

        Args:
            method, url: What to ask.
            headers: Request headers.
            json: A body to send as JSON; `content` sends bytes or text as they are.
            follow: How many redirects to follow at most (GET and HEAD only).
            fresh: Ask again even if the same was asked before in this run.
            patient: Keep within the limits that the target declares, and on 429 with a Retry-After of at most
                `PATIENCE` seconds wait and ask once more.
            note: What is special about the request, for the record.

        Returns:
            The exchange; `failure` says why there is no answer. Never raises for what the network does.
        """
        sent = dict(headers or {})
        if json is not None:
            content = jsonlib.dumps(json)
            sent.setdefault("Content-Type", "application/json")
        body = content.encode() if isinstance(content, str) else content
        key = (method, url, tuple(sorted(sent.items())), body, follow, note)

        async def ask() -> Exchange:
            async with self._pacer.turn(method, url, patient=patient) as refused:
                exchange = await self._sent(method, url, sent, body, follow, note, refused)
            wait = exchange.header("retry-after") or ""
            if patient and exchange.status == 429 and wait.isdigit() and int(wait) <= PATIENCE:
                await asyncio.sleep(int(wait) + 0.1)
                async with self._pacer.turn(method, url) as refused:
                    exchange = await self._sent(method, url, sent, body, follow, note, refused)
            return exchange

        return await self._once(None if fresh else key, ask)

    async def handshake(self, url: str, *, version: str = "", check: str = "chain and name") -> Handshake:
        """Shake hands with the host of `url` over TLS.

        Args:
            url: An https address.
            version: Offer this version alone (`TLSv1`, `TLSv1.1`, `TLSv1.2`, `TLSv1.3`), with legacy ciphers allowed
                for the first two; empty offers this client's defaults.
            check: What to verify: `chain and name`, `chain` or `nothing`.
        """
        host, port = host_and_port(url)

        async def ask() -> Handshake:
            try:
                address = await self.address(host)
            except OSError as error:
                return Handshake(host=host, port=port, failure=str(error), observed_at=self._now(), checked=check)
            return await shake(
                host,
                port,
                address,
                version=version,
                check=check,
                trust=self._trust,
                ca_file=self._ca_file,
                timeout=self._timeout,
                now=self._now,
            )

        return await self._once(("tls", host, port, version, check), ask)

    async def lookup(self, name: str, rdtype: str, server: str | None = None) -> Answer:
        """Ask `server` (`address:port`; default the first resolver) for the records of one type of `name`."""
        return await self._once(("dns", name, rdtype, server), lambda: self._resolver.ask(name, rdtype, server))

    def keep(self, *items: Recorded) -> None:
        """Record what was not asked through this client: a mail, a browser's page, a delivery."""
        known = {id(item) for item in self.records}
        self.records += [item for item in items if id(item) not in known]

    def hide(self, *values: object) -> None:
        """Keep values out of every record that is not made yet."""
        self._secrets |= dict.fromkeys(str(value) for value in values if len(str(value)) >= SHORTEST)

    @property
    def trust(self) -> ssl.SSLContext:
        """The certificate authorities that this run trusts."""
        return self._trust

    @property
    def secrets(self) -> Collection[str]:
        """The values that no record shows, those that become known later included."""
        return self._secrets.keys()

    def time(self) -> datetime:
        """What the run's clock says, UTC."""
        return self._now()

    async def admit(self, method: str, url: str) -> str:
        """Count a request that something else than this client sends, once it is its turn.

        Returns:
            Empty, or why it must not be sent.
        """
        async with self._pacer.turn(method, url) as late:
            refused = late or self._spent()
        self.sent += not refused
        return refused

    async def room(self, method: str, url: str, count: int) -> None:
        """Wait until so many requests are within the limit that the target declares, to be sent at once."""
        await self._pacer.room(method, url, count)

    async def credentials(self, url: str) -> dict[str, str]:
        """The target's secret headers where `url` may be sent them, else none."""
        return self._headers if self._headers and self._own(url) and await self._verified(url) else {}

    async def safe(self, url: str) -> bool:
        """Whether a real password may be sent to `url`: the platform's own host, over verified TLS or on loopback."""
        if not self._own(url):
            return False
        with contextlib.suppress(OSError, ValueError):
            place = ipaddress.ip_address(await self.address(str(urlsplit(url).hostname)))
            return await self._verified(url) if urlsplit(url).scheme == "https" else place.is_loopback
        return False

    @property
    def resolvers(self) -> tuple[str, ...]:
        """The resolvers that DNS questions go to, `address:port`."""
        return self._resolver.servers

    async def address(self, host: str) -> str:
        """One IP address of `host`, by the target's resolvers where it names some, else by the system.

        Raises:
            OSError: The name does not resolve; the text says so in one line.
        """
        with contextlib.suppress(ValueError):
            return str(ipaddress.ip_address(host))
        if self.target.resolvers:
            for rdtype in ("A", "AAAA"):
                answer = await self.lookup(host, rdtype)
                if answer.records:
                    return answer.records[0]
            raise OSError(f"{host} does not resolve: {answer.failure or answer.code or 'no address'}")
        try:
            found = await asyncio.wait_for(
                asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM), self._timeout
            )
        except TimeoutError:
            raise OSError(f"{host} does not resolve: no answer within {self._timeout:g} s") from None
        except OSError as error:
            raise OSError(f"{host} does not resolve: {error.strerror or error}") from None
        return str(found[0][4][0])

    async def permits(self, permission: str) -> bool:
        """Whether the target grants `permission`; a production host on loopback needs no grant."""
        permitted = permission in self.target.permissions
        if not permitted:
            with contextlib.suppress(OSError, ValueError):
                permitted = ipaddress.ip_address(await self.address(self.target.host)).is_loopback
        if permitted:
            self.used.add(permission)
        return permitted

    async def off_limits(self, url: str) -> str:
        """Why an address found somewhere is not asked: it is none of HTTP, or a public platform's leads into a private
        network; empty where it may be.

        Raises:
            OSError: Its host, or production's, does not resolve.
        """
        scheme, host = urlsplit(url).scheme, urlsplit(url).hostname
        if scheme not in ("http", "https") or not host:
            return f"{scheme or 'no'} address"
        if host in self.target.hosts or not ipaddress.ip_address(await self.address(self.target.host)).is_global:
            return ""
        return "" if ipaddress.ip_address(await self.address(host)).is_global else "a private address"

    # --- how they are asked ----------------------------------------------------------------------------------------

    async def _once(self, key: Any, ask: Callable[[], Awaitable[T]]) -> T:
        """Run `ask` once for all who ask the same; a probe that is stopped does not stop the others' question."""

        async def asked() -> T:
            answer = await ask()
            self.records.append(answer)
            return answer

        if key is None:
            return await asked()
        if key not in self._asked:
            self._asked[key] = asyncio.create_task(asked())
        return await asyncio.shield(self._asked[key])

    async def _sent(self, method: str, url: str, *given: Any) -> Exchange:
        """One exchange, once there is a slot for it. What may change something is not given up once it is sent.

        Else nobody would know what came of it, and what it made would be looked for before it is there.
        """
        async with self._slots:
            exchange = self._exchange(method, url, *given)
            return await (exchange if method in SAFE else completed(exchange))

    async def _exchange(
        self, method: str, url: str, headers: dict[str, str], body: bytes, follow: int, note: str, refused: str
    ) -> Exchange:
        observed_at = self._now()
        seconds, failure, address, agent = 0.0, "", "", f"readiness/{__version__}"
        redirects: list[tuple[int, str]] = []
        resolved: dict[str, None] = {}
        current, verified, unverified, response = url, False, False, None
        shown = dict(headers)
        try:
            async with asyncio.timeout(self._timeout):
                while not (failure := refused or self._spent()):
                    self.sent += 1
                    verified = await self._verified(current)
                    unverified |= not verified and urlsplit(current).scheme == "https"
                    address = await self._place(current)
                    if address:
                        host, port = host_and_port(current)
                        resolved[f"{host}:{port}:{address}"] = None
                    secret = self._headers if verified and self._own(current) else {}
                    shown = _without(shown, secret) | dict.fromkeys(secret, MASK)
                    outgoing = {"User-Agent": agent, **_without(headers, secret), **secret}
                    response = await self._transport.send(
                        method, current, address=address, headers=outgoing, body=body, verified=verified
                    )
                    seconds += response.seconds
                    if response.location is None or len(redirects) >= follow or method not in ("GET", "HEAD"):
                        break
                    place = urljoin(current, response.location)
                    if away := await self.off_limits(place):
                        failure = f"redirected to {away}"
                        break
                    current = place
                    redirects.append((response.status, current))
        except TimeoutError:
            failure = f"no whole answer within {self._timeout:g} s"
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            failure = reason_of(error)
        return Exchange(
            method=method,
            url=url,
            sent=tuple((k, mask(v, self._headers.values())) for k, v in shown.items()),
            note=note,
            agent=agent,
            content=body.decode("utf-8", "replace"),
            status=response.status if response and not failure else None,
            headers=response.headers if response else (),
            body=response.body if response else b"",
            truncated=response.truncated if response else False,
            redirects=tuple(redirects),
            final_url=current,
            version=response.version if response else "",
            elapsed_ms=seconds * 1000,
            verified=verified,
            unverified=unverified,
            address=address,
            resolved=tuple(resolved),
            failure=failure,
            ca_file=self._ca_file if urlsplit(url).scheme == "https" else "",
            secrets=self._secrets.keys(),
            observed_at=observed_at,
        )

    def _spent(self) -> str:
        most = self.target.pace.requests
        spent = self.bounded and self.sent + self.kept >= most
        return f"the run's bound of {most} requests is reached (pace.requests)" if spent else ""

    def _own(self, url: str) -> bool:
        return urlsplit(url).hostname in self.target.hosts

    async def _verified(self, url: str) -> bool:
        """Whether the certificate of the host verifies; asked once a host and port."""
        if urlsplit(url).scheme != "https":
            return False
        shaken = await self.handshake(url)
        if shaken.failure and not shaken.verify_code:
            raise OSError(shaken.failure)
        return not shaken.failure

    async def _place(self, url: str) -> str:
        """The address that the target's resolvers give for the host; empty where the system resolves it."""
        return await self.address(str(urlsplit(url).hostname)) if self.target.resolvers else ""


def _without(headers: Mapping[str, str], names: Iterable[str]) -> dict[str, str]:
    """Headers but those of the given names, however they are spelt."""
    left_out = {name.lower() for name in names}
    return {name: value for name, value in headers.items() if name.lower() not in left_out}
