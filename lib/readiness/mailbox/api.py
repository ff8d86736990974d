"""What Mailpit and MailHog have in common: JSON over HTTP, bounded, with a clock of its own."""

import asyncio
import json
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from readiness.errors import Unobservable
from readiness.mailbox.declaration import Mailbox

SIZE = 20_000_000
"""Bytes of one answer: MailHog sends up to fifty whole mails at once."""
NEWEST = 50
"""Mails to one address that are looked at, the newest."""


class Api:
    """A mailbox's HTTP interface.

    Args:
        base: Its address.
        declaration: User, password and patience.
        now: Clock, UTC.
        trust: Certificate authorities; default the public ones.
    """

    def __init__(
        self, base: str, declaration: Mailbox, now: Callable[[], datetime], trust: ssl.SSLContext | None
    ) -> None:
        self._base = base
        self._now = now
        auth = (declaration.user, declaration.password.reveal()) if declaration.user and declaration.password else None
        self._http = httpx.AsyncClient(auth=auth, verify=trust or True, timeout=10, trust_env=False)
        self._skew = timedelta()

    async def get(self, path: str, **query: str) -> bytes:
        """The body at `path`.

        Raises:
            Unobservable: No answer, a status other than 200, or a body that is too large.
        """
        body = bytearray()
        try:
            async with asyncio.timeout(20), self._http.stream("GET", self._base + path, params=query) as response:
                if response.status_code in (401, 403):
                    raise Unobservable(f"mailbox {self._base} refuses mailbox.user and mailbox.password")
                if response.status_code != 200:
                    raise Unobservable(f"mailbox {self._base} answers {path} with {response.status_code}")
                async for part in response.aiter_bytes():
                    body += part
                    if len(body) > SIZE:
                        raise Unobservable(f"mailbox {self._base} answers {path} with more than {SIZE} bytes")
                self._compare(response.headers.get("date", ""))
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:  # TimeoutError is an OSError
            raise Unobservable(f"mailbox {self._base} does not answer: {type(error).__name__}") from None
        return bytes(body)

    async def json(self, path: str, **query: str) -> dict[str, Any]:
        """The JSON object at `path`; raises as `get` does, and when it is not one."""
        try:
            value = json.loads(await self.get(path, **query))
        except (ValueError, RecursionError):
            value = None
        if not isinstance(value, dict):
            raise Unobservable(f"mailbox {self._base} answers {path} with something other than a JSON object")
        return value

    def time(self, text: Any) -> datetime:
        """A time that the interface tells (RFC 3339), by our clock.

        Raises:
            Unobservable: It is not a time.
        """
        try:
            told = datetime.fromisoformat(str(text))
        except ValueError:
            raise Unobservable(f"mailbox {self._base} tells no time for a mail") from None
        return (told if told.tzinfo else told.replace(tzinfo=UTC)).astimezone(UTC) - self._skew

    def _compare(self, date: str) -> None:
        """Take in how far the other clock is ahead; the Date header tells seconds, so less than two say nothing."""
        try:
            ahead = parsedate_to_datetime(date) - self._now()
        except (ValueError, TypeError):
            return
        self._skew = ahead if abs(ahead) > timedelta(seconds=2) else timedelta()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()
