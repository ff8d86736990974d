"""Mails in a folder that is read over IMAP (RFC 3501): found by recipient, peeked at, never marked or deleted."""

import asyncio
import contextlib
import imaplib
import re
import ssl
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote, urlsplit

from readiness.errors import Unobservable
from readiness.mailbox.declaration import Mailbox
from readiness.mailbox.letter import Letter
from readiness.mailbox.reader import SIZE, Reader

NEWEST = 50
"""Mails to one address that are looked at, the newest."""
_DATE = re.compile(rb'INTERNALDATE "([^"]{1,40})"')


class Imap:
    """See `mailbox.Source`. One connection, opened when first asked and again after a failure."""

    step = timedelta(seconds=1)

    def __init__(
        self, declaration: Mailbox, reader: Reader, *, now: Callable[[], datetime], trust: ssl.SSLContext | None
    ) -> None:
        parts = urlsplit(str(declaration.imap))
        assert parts.hostname and parts.username and declaration.password
        self.place = declaration.place
        self._host, self._secure = parts.hostname, parts.scheme == "imaps"
        self._port = parts.port or (993 if self._secure else 143)
        self._user, self._password = unquote(parts.username), declaration.password.reveal()
        self._folder = unquote(parts.path.strip("/")) or "INBOX"
        self._trust = trust or ssl.create_default_context()
        self._reader = reader
        self._now = now
        self._turn = asyncio.Lock()
        self._held = threading.Lock()  # a thread goes on when whoever waits for it is stopped
        self._open: imaplib.IMAP4 | None = None
        self._read: dict[tuple[str, bytes], Letter | None] = {}

    async def letters(self, address: str) -> list[Letter]:
        """See `Source.letters`."""
        async with self._turn:
            known = {uid for at, uid in self._read if at == address}
            fetched = await asyncio.to_thread(self._fetch, address, known)
            for uid, received_at, mail in fetched:
                self._read[address, uid] = await self._letter(address, received_at, mail)
        return [letter for (at, _), letter in self._read.items() if at == address and letter]

    async def _letter(self, address: str, received_at: datetime, mail: bytes) -> Letter | None:
        reading = await self._reader.read(mail)
        if not reading.failure and address not in reading.recipients:
            return None  # the search finds parts of an address as well
        return reading.letter(address, received_at, self.place, self._now())

    def _fetch(self, address: str, known: set[bytes]) -> list[tuple[bytes, datetime, bytes]]:
        with self._held:
            return self._fetch_alone(address, known)

    def _fetch_alone(self, address: str, known: set[bytes]) -> list[tuple[bytes, datetime, bytes]]:
        at = f"mailbox {self._host}:{self._port}"
        try:
            connection = self._open = self._open or self._connect()
            # chosen again each time: that is what makes a server look for new mails
            if connection.select(_quoted(self._folder), readonly=True)[0] != "OK":
                raise Unobservable(f"{at} has no folder {self._folder}")
            status, found = connection.uid("SEARCH", "TO", _quoted(address))
            if status != "OK":
                raise Unobservable(f"{at} does not search by recipient")
            uids = [uid for uid in (found[0] or b"").split()[-NEWEST:] if uid.isdigit() and uid not in known]
            return [(uid, *mail) for uid in uids if (mail := self._one(connection, uid))]
        except (imaplib.IMAP4.error, OSError, ValueError) as error:
            self._drop()
            # what the server says is not repeated: it may hold what was sent
            raise Unobservable(f"{at} cannot be read: {type(error).__name__}") from None

    def _connect(self) -> imaplib.IMAP4:
        at = f"mailbox {self._host}:{self._port}"
        connection: imaplib.IMAP4
        if self._secure:
            connection = imaplib.IMAP4_SSL(self._host, self._port, ssl_context=self._trust, timeout=10)
        else:
            connection = imaplib.IMAP4(self._host, self._port, timeout=10)
        try:
            connection.login(self._user, self._password)
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error:
            with contextlib.suppress(imaplib.IMAP4.error, OSError):
                connection.shutdown()
            raise Unobservable(f"{at} refuses the user and mailbox.password") from None
        return connection

    def _one(self, connection: imaplib.IMAP4, uid: bytes) -> tuple[datetime, bytes] | None:
        _, parts = connection.uid("FETCH", uid.decode(), f"(INTERNALDATE BODY.PEEK[]<0.{SIZE}>)")
        mail = next((part[1] for part in parts if isinstance(part, tuple)), None)
        said = b" ".join(part if isinstance(part, bytes) else part[0] for part in parts if part)
        date = _DATE.search(said)
        if mail is None or date is None:
            return None
        received_at = datetime.strptime(date[1].decode("ascii", "replace").strip(), "%d-%b-%Y %H:%M:%S %z")
        return received_at.astimezone(UTC), mail

    def _drop(self) -> None:
        connection, self._open = self._open, None
        if connection:
            with contextlib.suppress(imaplib.IMAP4.error, OSError):
                connection.shutdown()

    async def news(self, seconds: float) -> None:
        """See `Source.news`."""
        await asyncio.sleep(min(seconds, 2.0))

    async def aclose(self) -> None:
        """See `Source.aclose`."""
        await asyncio.to_thread(self._drop)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
