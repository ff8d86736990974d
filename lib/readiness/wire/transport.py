"""The transport: one HTTP request sent and its answer read, bounded; nothing is followed, cached or recorded here."""

import contextlib
import ssl
import time
import zlib
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import certifi
import httpx

from readiness.errors import BadInput

MAX_BODY = 8_000_000
"""Bytes read of one answer; an OpenAPI document of a thousand operations is about 2 MB."""


@dataclass(frozen=True)
class Response:
    """An answer, read.

    Attributes:
        headers: In order, names in lower case.
        truncated: The body had more than `MAX_BODY` bytes; the rest was not read.
        seconds: From sending to the last byte read.
        location: Where a redirect leads; None when it is none.
    """

    status: int
    version: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    truncated: bool
    seconds: float
    location: str | None


class Transport:
    """Connections to hosts, a pool for each: one address may serve many names.

    Args:
        trust: Certificate authorities, see `trust_in`.
        concurrency: Connections of one host at most.
        timeout: Seconds for each step of a request.
    """

    def __init__(self, trust: ssl.SSLContext, concurrency: int, timeout: float) -> None:
        self._trust = trust
        self._limits = httpx.Limits(
            max_connections=concurrency, max_keepalive_connections=concurrency, keepalive_expiry=2
        )
        self._timeout = timeout
        self._pools: dict[tuple[str, bool], httpx.AsyncClient] = {}

    async def send(
        self, method: str, url: str, *, address: str, headers: dict[str, str], body: bytes, verified: bool
    ) -> Response:
        """Send one request.

        Args:
            method, url, headers, body: What to ask.
            address: IP address to go to under the name of the host; empty: the system resolves the name.
            verified: Whether the certificate has to verify.

        Raises:
            httpx.HTTPError, httpx.InvalidURL, OSError, ValueError: No whole answer came; see `reason_of`.
        """
        place, extensions = httpx.URL(url), {}
        if address:
            extensions["sni_hostname"] = place.host
            place = place.copy_with(host=address)
        pool = self._pool(str(urlsplit(url).hostname), verified)
        outgoing = {"Host": urlsplit(url).netloc, "Accept-Encoding": "gzip", **headers}
        request = pool.build_request(method, place, headers=outgoing, content=body or None, extensions=extensions)
        started = time.perf_counter()
        answer = await pool.send(request, stream=True)
        try:
            content, truncated = await _bounded(answer)
            return Response(
                status=answer.status_code,
                version=answer.http_version,
                headers=tuple((k.decode("latin-1").lower(), v.decode("latin-1")) for k, v in answer.headers.raw),
                body=content,
                truncated=truncated,
                seconds=time.perf_counter() - started,
                location=answer.headers.get("location") if answer.is_redirect else None,
            )
        finally:
            await answer.aclose()

    async def aclose(self) -> None:
        """Hang up everywhere."""
        for pool in self._pools.values():
            with contextlib.suppress(Exception):
                await pool.aclose()

    def _pool(self, host: str, verified: bool) -> httpx.AsyncClient:
        if (host, verified) not in self._pools:
            self._pools[host, verified] = httpx.AsyncClient(
                http2=True,
                verify=self._trust if verified else _no_trust(),
                limits=self._limits,
                timeout=self._timeout,
                trust_env=False,
                # what one answer sets must not change the next question
                cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            )
        return self._pools[host, verified]


def trust_in(ca_file: Path | None) -> ssl.SSLContext:
    """The certificate authorities to trust: Mozilla's list as certifi carries it, and those of `ca_file`.

    Not the machine's list: the answer has to be the same wherever the run takes place.

    Raises:
        BadInput: The file cannot be read.
    """
    context = ssl.create_default_context(cafile=certifi.where())
    if ca_file:
        try:
            context.load_verify_locations(cafile=ca_file)
        except (OSError, ssl.SSLError):
            raise BadInput(f"{ca_file}: expected a CA certificate (PEM) that can be read") from None
    return context


def _no_trust() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # without authorities: reading them would be in vain
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    # a weak key or an old protocol is the TLS probe's finding; the other probes still want to look
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    return context


async def _bounded(response: httpx.Response) -> tuple[bytes, bool]:
    # not inflated by httpx, which puts no bound on what a small answer may grow to
    inflater = _inflater(response)
    body, read = bytearray(), 0
    async for chunk in response.aiter_raw(65_536):
        read += len(chunk)
        try:
            body += inflater.decompress(chunk, MAX_BODY + 1 - len(body)) if inflater else chunk
        except zlib.error:
            raise httpx.DecodingError("the body does not fit its content encoding") from None
        if max(read, len(body)) > MAX_BODY:
            return bytes(body[:MAX_BODY]), True
    if inflater and read and not inflater.eof:
        raise httpx.DecodingError("the body ends before its content encoding does")
    return bytes(body), False


def _inflater(response: httpx.Response) -> Any:
    """What inflates the body, None where it came as it is; only one encoding, of those zlib reads."""
    names = [name.strip().lower() for name in response.headers.get("content-encoding", "").split(",")]
    names = [name for name in names if name not in ("", "identity")]
    if not names:
        return None
    if names not in (["gzip"], ["x-gzip"], ["deflate"]):
        raise httpx.DecodingError(f"unreadable content encoding {', '.join(names)[:60]!r}")
    return zlib.decompressobj(zlib.MAX_WBITS | 32)  # gzip or zlib, whichever it is


def reason_of(error: Exception) -> str:
    """Why no answer came, in one line."""
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
        # their own texts repeat what was to be sent, a secret perhaps
        httpx.LocalProtocolError: "the request could not be sent",
        UnicodeEncodeError: "the request could not be sent",
    }
    return names.get(type(error)) or (text[0][:200] if text else type(error).__name__)
