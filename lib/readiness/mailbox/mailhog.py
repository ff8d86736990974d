"""Mails in a MailHog, over its HTTP interface (`/api/v2`)."""

import asyncio
import ssl
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from readiness.mailbox.api import NEWEST, Api
from readiness.mailbox.declaration import Mailbox
from readiness.mailbox.letter import Letter
from readiness.mailbox.reader import Reader


class MailHog:
    """See `mailbox.Source`."""

    step = timedelta()

    def __init__(
        self, declaration: Mailbox, reader: Reader, *, now: Callable[[], datetime], trust: ssl.SSLContext | None
    ) -> None:
        self.place = declaration.place
        self._api = Api(str(declaration.mailhog), declaration, now, trust)
        self._reader = reader
        self._now = now
        self._read: dict[tuple[str, str], Letter] = {}

    async def letters(self, address: str) -> list[Letter]:
        """See `Source.letters`."""
        answer = await self._api.json("/api/v2/search", kind="to", query=address, limit=str(NEWEST))
        letters = []
        for message in answer.get("items") or []:
            # the search finds parts of an address as well
            if not isinstance(message, dict) or address not in _recipients(message):
                continue
            key = (address, str(message.get("ID")))
            if key not in self._read:
                self._read[key] = await self._letter(message, address)
            letters.append(self._read[key])
        return letters

    async def _letter(self, message: dict[str, Any], address: str) -> Letter:
        reading = await self._reader.read(str((message.get("Raw") or {}).get("Data", "")).encode("utf-8", "replace"))
        return reading.letter(address, self._api.time(message.get("Created")), self.place, self._now())

    async def news(self, seconds: float) -> None:
        """See `Source.news`."""
        await asyncio.sleep(min(seconds, 0.5))

    async def aclose(self) -> None:
        """See `Source.aclose`."""
        await self._api.aclose()


def _recipients(message: dict[str, Any]) -> Iterator[str]:
    for person in message.get("To") or []:
        if isinstance(person, dict):
            yield f"{person.get('Mailbox', '')}@{person.get('Domain', '')}".lower()
