"""Mails in a Mailpit, over its HTTP interface (`/api/v1`)."""

import asyncio
import ssl
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from readiness.mailbox.api import NEWEST, Api
from readiness.mailbox.declaration import Mailbox
from readiness.mailbox.letter import Letter
from readiness.mailbox.reader import Reader


class Mailpit:
    """See `mailbox.Source`. Raw messages are fetched: to ask for a message's summary would mark it as read."""

    step = timedelta(milliseconds=1)

    def __init__(
        self, declaration: Mailbox, reader: Reader, *, now: Callable[[], datetime], trust: ssl.SSLContext | None
    ) -> None:
        self.place = declaration.place
        self._api = Api(str(declaration.mailpit), declaration, now, trust)
        self._reader = reader
        self._now = now
        self._read: dict[tuple[str, str], Letter] = {}

    async def letters(self, address: str) -> list[Letter]:
        """See `Source.letters`."""
        answer = await self._api.json("/api/v1/search", query=f'to:"{address}"', limit=str(NEWEST))
        letters = []
        for message in answer.get("messages") or []:
            # the search finds parts of an address as well
            if not isinstance(message, dict) or address not in _recipients(message):
                continue
            key = (address, str(message.get("ID")))
            if key not in self._read:
                self._read[key] = await self._letter(message, address)
            letters.append(self._read[key])
        return letters

    async def _letter(self, message: dict[str, Any], address: str) -> Letter:
        received_at = self._api.time(message.get("Created"))
        reading = await self._reader.read(
            await self._api.get(f"/api/v1/message/{quote(str(message.get('ID')), safe='')}/raw")
        )
        return reading.letter(address, received_at, self.place, self._now())

    async def news(self, seconds: float) -> None:
        """See `Source.news`."""
        await asyncio.sleep(min(seconds, 0.5))

    async def aclose(self) -> None:
        """See `Source.aclose`."""
        await self._api.aclose()


def _recipients(message: dict[str, Any]) -> Iterator[str]:
    for name in ("To", "Cc", "Bcc"):
        for person in message.get(name) or []:
            if isinstance(person, dict):
                yield str(person.get("Address", "")).lower()
