"""The one client of a run: every request, handshake and DNS question goes through it, bounded and recorded."""

import asyncio
import contextlib
import ipaddress
import json as jsonlib
import socket
import ssl
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import urljoin, urlsplit

import certifi
import httpx

from readiness import __version__
from readiness.errors import BadInput
from readiness.secret import MASK
from readiness.target import Target
from readiness.wire.exchange import Answer, Exchange, Handshake, Recorded, host_and_port
from readiness.wire.handshake import shake
from readiness.wire.resolver import Resolver

MAX_BODY = 8_000_000
"""Bytes read of one answer; an OpenAPI document of a thousand operations is about 2 MB."""

PATIENCE = 12.0
"""Longest Retry-After, in seconds, that is waited for before a request is given up as rate limited."""

T = TypeVar("T", bound=Recorded)


class Client:
    """Bounded client for one target.

    One exchange serves many probes: the same question is asked once, unless `fresh`. Where the certificate of a host
    does not verify, requests go on unverified, without the target's secret headers, and say so in `Exchange.verified`.

    Args:
        target: Whose addresses, resolvers, trust and pace to use.
        now: Clock for `observed_at`, UTC.
    """

    def __init__(self, target: Target, now: Callable[[], datetime]) -> None:
        self.target = target
        self.records: list[Recorded] = []
        self._now = now
        self._timeout = target.pace.timeout.total_seconds()
        self._slots = asyncio.Semaphore(target.pace.concurrency)
        self._resolver = Resolver(target.resolvers, self._timeout, now)
        self._trust = _trust(target)
        self._pools: dict[tuple[str, bool], httpx.AsyncClient] = {}
        self._asked: dict[Any, asyncio.Task[Any]] = {}
        self._headers = {name: secret.reveal() for name, secret in target.headers.items()}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._asked.values():
            task.cancel()
        await asyncio.gather(*self._asked.values(), return_exceptions=True)
        for pool in self._pools.values():
            with contextlib.suppress(Exception):
                await pool.aclose()

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
    ) -> Exchange:
        """Ask over HTTP.

        Args:
            method, url: What to ask.
            headers: Request headers.
            json: A body to send as JSON; `content` sends bytes or text as they are.
            follow: How many redirects to follow at most (GET and HEAD only).
            fresh: Ask again even if the same was asked before in this run.
            patient: On 429 with a Retry-After of at most `PATIENCE` seconds wait and ask once more.

        Returns:
            The exchange; `failure` says why there is no answer. Never raises for what the network does.
        """
        sent = dict(headers or {})
        if json is not None:
            content = jsonlib.dumps(json)
            sent.setdefault("Content-Type", "application/json")
        body = content.encode() if isinstance(content, str) else content
        key = (method, url, tuple(sorted(sent.items())), body, follow)

        async def ask() -> Exchange:
            exchange = await self._exchange(method, url, sent, body, follow)
            wait = exchange.header("retry-after") or ""
            if patient and exchange.status == 429 and wait.isdigit() and int(wait) <= PATIENCE:
                await asyncio.sleep(int(wait) + 0.1)
                exchange = await self._exchange(method, url, sent, body, follow)
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
                timeout=self._timeout,
                now=self._now,
            )

        return await self._once(("tls", host, port, version, check), ask)

    async def lookup(self, name: str, rdtype: str, server: str | None = None) -> Answer:
        """Ask `server` (`address:port`; default the first resolver) for the records of one type of `name`."""
        return await self._once(("dns", name, rdtype, server), lambda: self._resolver.ask(name, rdtype, server))

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
        if permission in self.target.permissions:
            return True
        try:
            return ipaddress.ip_address(await self.address(self.target.host)).is_loopback
        except (OSError, ValueError):
            return False

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

    async def _exchange(self, method: str, url: str, headers: dict[str, str], body: bytes, follow: int) -> Exchange:
        observed_at = self._now()
        elapsed = 0.0
        redirects: list[tuple[int, str]] = []
        current, status, verified, version = url, None, False, ""
        answer_headers: tuple[tuple[str, str], ...] = ()
        content, truncated, failure, address = b"", False, "", ""
        own = self._own(url)
        try:
            async with self._slots, asyncio.timeout(self._timeout):
                while True:
                    verified = await self._verified(current)
                    secret = self._headers if verified and self._own(current) else {}
                    pool = await self._pool(current, verified)
                    address = await self._place(current)
                    outgoing = {
                        "Host": urlsplit(current).netloc,
                        "User-Agent": f"readiness/{__version__}",
                        **headers,
                        **secret,
                    }
                    request = self._request(pool, method, current, address, outgoing, body)
                    started = time.perf_counter()
                    response = await pool.send(request, stream=True)
                    try:
                        status, version = response.status_code, response.http_version
                        answer_headers = tuple(
                            (k.decode("latin-1").lower(), v.decode("latin-1")) for k, v in response.headers.raw
                        )
                        content, truncated = await _bounded(response)
                    finally:
                        elapsed += time.perf_counter() - started
                        await response.aclose()
                    location = response.headers.get("location")
                    if not (
                        location and response.is_redirect and len(redirects) < follow and method in ("GET", "HEAD")
                    ):
                        break
                    current = urljoin(current, location)
                    redirects.append((status, current))
                    if urlsplit(current).scheme not in ("http", "https"):
                        status, failure = None, f"redirected to {urlsplit(current).scheme or 'no'} address"
                        break
        except TimeoutError:
            status, failure = None, f"no whole answer within {self._timeout:g} s"
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            status, failure = None, _reason(error)
        shown = {**headers, **dict.fromkeys(self._headers if own and verified else (), MASK)}
        return Exchange(
            method=method,
            url=url,
            sent=tuple((k, MASK if k.lower() == "authorization" else v) for k, v in shown.items()),
            content=body[:MAX_BODY].decode("utf-8", "replace"),
            status=status,
            headers=answer_headers,
            body=content,
            truncated=truncated,
            redirects=tuple(redirects),
            final_url=current,
            version=version,
            elapsed_ms=elapsed * 1000,
            verified=verified,
            address=address,
            failure=failure,
            secrets=tuple(self._headers.values()),
            observed_at=observed_at,
        )

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

    async def _pool(self, url: str, verified: bool) -> httpx.AsyncClient:
        host = str(urlsplit(url).hostname)
        if (host, verified) not in self._pools:
            limit = self.target.pace.concurrency
            self._pools[host, verified] = httpx.AsyncClient(
                http2=True,
                verify=self._trust if verified else _no_trust(),
                limits=httpx.Limits(max_connections=limit, max_keepalive_connections=limit, keepalive_expiry=2),
                timeout=self._timeout,
                trust_env=False,
            )
        return self._pools[host, verified]

    async def _place(self, url: str) -> str:
        """The address that the target's resolvers give for the host; empty where the system resolves it."""
        return await self.address(str(urlsplit(url).hostname)) if self.target.resolvers else ""

    @staticmethod
    def _request(
        pool: httpx.AsyncClient, method: str, url: str, address: str, headers: dict[str, str], body: bytes
    ) -> httpx.Request:
        place, extensions = httpx.URL(url), {}
        if address:  # go there under the name of the host
            extensions["sni_hostname"] = place.host
            place = place.copy_with(host=address)
        return pool.build_request(method, place, headers=headers, content=body or None, extensions=extensions)


def _trust(target: Target) -> ssl.SSLContext:
    # Mozilla's list as certifi carries it, not the machine's: the same answer wherever the run takes place
    context = ssl.create_default_context(cafile=certifi.where())
    if target.ca_file:
        try:
            context.load_verify_locations(cafile=target.ca_file)
        except (OSError, ssl.SSLError):
            raise BadInput(f"{target.ca_file}: expected a CA certificate (PEM) that can be read") from None
    return context


def _no_trust() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # without authorities: reading them would be in vain
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    # a weak key or an old protocol is the TLS probe's finding; the other probes still want to look
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    return context


async def _bounded(response: httpx.Response) -> tuple[bytes, bool]:
    chunks, size = [], 0
    async for chunk in response.aiter_bytes(65_536):
        chunks.append(chunk)
        size += len(chunk)
        if size > MAX_BODY:
            return b"".join(chunks)[:MAX_BODY], True
    return b"".join(chunks), False


def _reason(error: Exception) -> str:
    text = str(error).strip().splitlines()
    cause: BaseException | None = error
    while cause is not None:  # a refused connection is an observation of its own, and httpx wraps it three times
        tried = cause.exceptions if isinstance(cause, BaseExceptionGroup) else (cause,)
        if all(isinstance(one, ConnectionRefusedError) for one in tried):
            return "connection refused"
        cause = cause.__cause__ or cause.__context__
    names: dict[type[Exception], str] = {
        httpx.ConnectTimeout: "connection timed out",
        httpx.ReadTimeout: "no answer in time",
        httpx.RemoteProtocolError: "connection closed without a whole answer",
    }
    return names.get(type(error)) or (text[0][:200] if text else type(error).__name__)
