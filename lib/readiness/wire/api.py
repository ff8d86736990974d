"""An API of a vendor, only ever read: verified, bounded, and every refusal named with the scope that is missing."""

import asyncio
import contextlib
import ipaddress
import json as jsonlib
import re
import ssl
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode, urljoin, urlsplit

import httpx

from readiness import __version__
from readiness.errors import Unobservable
from readiness.secret import MASK
from readiness.wire.exchange import Exchange
from readiness.wire.transport import Response, Transport, reason_of

CONCURRENCY = 4
TIMEOUT_S = 15.0
PATIENCE_S = 20.0
"""Longest Retry-After, in seconds, that is waited for."""
TRIES = 3
"""Times that one request is sent where it is answered with 429."""
MOST = 200
"""Requests to one vendor in one run."""
PAGES = 50
"""Pages of one listing: more are a sign of a filter that does not filter."""

_DENIED = re.compile("(?i)not authori[sz]ed|unauthori[sz]ed|authentication|permission|forbidden|access")
"""Words of a GraphQL error that speak of the credential."""

Parameters = Mapping[str, Any] | Sequence[tuple[str, Any]]


@dataclass(frozen=True)
class Reading:
    """What was read from a source.

    Attributes:
        value: JSON values.
        exchange: The request and its answer.
    """

    value: Any
    exchange: Exchange

    def need(self, *path: str | int) -> Any:
        """The value at a path of keys and indices.

        Raises:
            Unobservable: The answer holds nothing there.
        """
        value = self.value
        for step in path:
            try:
                value = value[step]
            except (KeyError, IndexError, TypeError):
                where = ".".join(map(str, path))
                raise Unobservable(f"the answer to {self.exchange.source} holds no {where}", self.exchange) from None
        return value


class Api:
    """Bounded, read-only client of one vendor's API.

    A certificate always has to verify, redirects are not followed, and a credential is sent over plain HTTP to loopback
    alone. On 429 it waits as long as `Retry-After` says, within bounds; 401, 403 and 404 are final.

    Args:
        name: The vendor, as reasons name it.
        base: Address that paths are appended to.
        headers: Sent with every request; records show their names only.
        trust: Certificate authorities.
        now: Clock, UTC.
        secrets: Values that no record shows; more may become known.
    """

    def __init__(
        self,
        name: str,
        base: str,
        headers: Mapping[str, str],
        *,
        trust: ssl.SSLContext,
        now: Callable[[], datetime],
        secrets: Collection[str] = (),
    ) -> None:
        self.name, self.base = name, base.rstrip("/")
        self.sent = 0
        self._headers, self._now, self._secrets = dict(headers), now, secrets
        self._transport = Transport(trust, CONCURRENCY, TIMEOUT_S)
        self._slots = asyncio.Semaphore(CONCURRENCY)

    async def __aenter__(self) -> Self:
        if self._headers:
            only_over_tls(self.name, self.base)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._transport.aclose()

    async def get(
        self,
        path: str,
        params: Parameters = (),
        *,
        scope: str = "",
        private: bool = False,
        absent: Collection[int] = (),
        text: bool = False,
        headers: Mapping[str, str] | None = None,
    ) -> Reading:
        """Read one resource.

        Args:
            path: Appended to the base; a whole address (a `next` link) has to be on the same host.
            params: Query parameters; a value that is a list is repeated.
            scope: What a credential needs for it, as the vendor calls it; named where it is refused.
            private: The answer holds secrets: the record leaves its body out.
            absent: Statuses that are an answer here, such as 404 for a setting that was never made.
            text: The answer is text, which is then the reading's value, and not JSON.
            headers: Further request headers.

        Raises:
            Unobservable: It was not answered with JSON and a status of 2xx (or one of `absent`).
        """
        return await self._read("GET", path, params, b"", scope, private, absent, headers or {}, text=text)

    async def post(
        self,
        path: str,
        json: Any,
        *,
        scope: str = "",
        private: bool = False,
        absent: Collection[int] = (),
        headers: Mapping[str, str] | None = None,
    ) -> Reading:
        """Ask a question that is sent in a body, such as a GraphQL query; otherwise as `get`."""
        body = jsonlib.dumps(json).encode()
        return await self._read(
            "POST", path, (), body, scope, private, absent, {"Content-Type": "application/json", **(headers or {})}
        )

    async def query(self, path: str, text: str, variables: Mapping[str, Any], *, scope: str = "") -> Reading:
        """Ask a GraphQL question; the reading's value is the `data` of the answer.

        Raises:
            Unobservable: As `get`, and where the answer holds `errors`, whatever its status says.
        """
        if not text.lstrip().startswith(("query", "{")):
            raise ValueError("a source is only ever read")
        reading = await self.post(path, {"query": text, "variables": dict(variables)}, scope=scope)
        errors = reading.value.get("errors") if isinstance(reading.value, dict) else None
        if errors:
            first = errors[0] if isinstance(errors, list) else errors
            words = str(first.get("message", first) if isinstance(first, dict) else first)[:200]
            needs = f"sources.{self.name}: {scope or 'access to what is asked'}" if _DENIED.search(words) else ""
            said = f"{self.name} answered {reading.exchange.source} with: {words}"
            raise Unobservable(said, reading.exchange, permission=needs)
        return Reading(reading.need("data"), reading.exchange)

    async def pages(
        self, path: str, params: Parameters, following: Callable[[Reading], Parameters | str | None], **options: Any
    ) -> AsyncIterator[Reading]:
        """Read a listing to its end.

        Args:
            path, params, options: As `get`.
            following: The parameters (or the whole address) of the page after a page; None after the last.

        Raises:
            Unobservable: A page could not be read, or there are more than `PAGES`: a part is not the listing.
        """
        for _ in range(PAGES):
            reading = await self.get(path, params, **options)
            yield reading
            after = following(reading)
            if after is None:
                return
            if isinstance(after, str):
                path, params = after, ()
            else:
                params = after
        raise Unobservable(f"{self.name}: {path} has more than {PAGES} pages", reading.exchange)

    # --- how -------------------------------------------------------------------------------------------------------

    async def _read(
        self,
        method: str,
        path: str,
        params: Parameters,
        body: bytes,
        scope: str,
        private: bool,
        absent: Collection[int],
        headers: Mapping[str, str],
        *,
        text: bool = False,
    ) -> Reading:
        url = self._url(path, params)
        for attempt in range(1, TRIES + 1):
            exchange = await self._exchange(method, url, body, headers)
            wait = exchange.header("retry-after") or ""
            if exchange.status != 429 or not wait.isdigit() or int(wait) > PATIENCE_S or attempt == TRIES:
                break
            await asyncio.sleep(int(wait) + 0.05)
        value = exchange.text if text else exchange.json()
        shown = replace(exchange, body=b"", note="its body is not kept") if private else exchange
        self._settle(shown, scope, absent)
        if value is None and not (exchange.status in absent or exchange.text.strip() in ("null", "")):
            raise Unobservable(f"{self.name} answered {shown.source} with something that is no JSON", shown)
        return Reading(value, shown)

    def _settle(self, exchange: Exchange, scope: str, absent: Collection[int]) -> None:
        status, said = exchange.status, f"{self.name} answered {exchange.source}"
        needs = f"sources.{self.name}: {scope or 'access to what is asked'}"
        if status is None:
            raise Unobservable(f"{self.name}: {exchange.failure or 'no answer'}", exchange)
        if exchange.truncated:
            raise Unobservable(f"{said} with more than can be read", exchange)
        if exchange.ok or status in absent:
            return
        if status == 401:
            needs = f"sources.{self.name}: a credential that is valid"
            raise Unobservable(f"{said} with status 401: the credential is refused", exchange, permission=needs)
        if status == 403:
            raise Unobservable(f"{said} with status 403: not allowed", exchange, permission=needs)
        if status == 404:
            words = "status 404: not there, or not for this credential to see"
            raise Unobservable(f"{said} with {words}", exchange, permission=needs)
        if status == 429:
            raise Unobservable(f"{said} with status 429: rate limited", exchange)
        raise Unobservable(f"{said} with status {status}", exchange)

    def _url(self, path: str, params: Parameters) -> str:
        url = path if "://" in path else self.base + path
        if urlsplit(url)[:2] != urlsplit(self.base)[:2]:
            raise Unobservable(f"{self.name} points at another host, which its credential is not for")
        pairs = params.items() if isinstance(params, Mapping) else params
        query = urlencode([(key, _text(value)) for key, value in _repeated(pairs)])
        return f"{url}{'&' if '?' in url else '?'}{query}" if query else url

    async def _exchange(self, method: str, url: str, body: bytes, headers: Mapping[str, str]) -> Exchange:
        observed_at, failure, response = self._now(), "", None
        sent = {"User-Agent": f"readiness/{__version__}", "Accept": "application/json", **self._headers, **headers}
        try:
            async with self._slots, asyncio.timeout(TIMEOUT_S):
                if self.sent >= MOST:
                    failure = f"the bound of {MOST} requests to one source is reached"
                else:
                    self.sent += 1
                    response = await self._send(method, url, sent, body)
        except TimeoutError:
            failure = f"no whole answer within {TIMEOUT_S:g} s"
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            failure = reason_of(error)
        return Exchange(
            method=method,
            url=url,
            sent=tuple((name, MASK if name in self._headers else value) for name, value in sent.items()),
            content=body.decode("utf-8", "replace"),
            status=response.status if response else None,
            headers=response.headers if response else (),
            body=response.body if response else b"",
            truncated=response.truncated if response else False,
            final_url=url,
            version=response.version if response else "",
            elapsed_ms=response.seconds * 1000 if response else 0.0,
            verified=url.startswith("https:"),
            failure=failure,
            secrets=self._secrets,
            observed_at=observed_at,
        )

    async def _send(self, method: str, url: str, headers: dict[str, str], body: bytes) -> Response:
        return await self._transport.send(method, url, address="", headers=headers, body=body, verified=True)


def only_over_tls(name: str, base: str) -> None:
    """Refuse to show a credential on a plain connection that leaves this machine.

    Raises:
        Unobservable: The address is plain HTTP, and not on loopback.
    """
    parts = urlsplit(base)
    if parts.scheme != "https" and not is_loopback(parts.hostname or ""):
        raise Unobservable(f"{name}: a credential is only sent over https, not to {base}")


def linked(reading: Reading) -> str | None:
    """The address of the next page, as a `Link` header names it (RFC 8288); None on the last page."""
    for part in (reading.exchange.header("link") or "").split(","):
        target, _, parameters = part.partition(";")
        if 'rel="next"' in parameters.replace(" ", "") and 'results="false"' not in parameters.replace(" ", ""):
            return urljoin(reading.exchange.url, target.strip().strip("<>"))
    return None


def _repeated(pairs: Any) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for key, value in pairs:
        found += [(key, one) for one in value] if isinstance(value, list | tuple) else [(key, value)]
    return found


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, by its name or address."""
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost"
