"""The mailbox: how mails of the platform to test accounts are read.

Four sources stand behind one small protocol: a mail server of our own that listens while a run lasts (`sink`), the HTTP
interfaces of Mailpit and MailHog, and a folder read over IMAP. Whatever the source, only mails to an address that is
asked for are read, nothing is marked, moved or deleted, and nothing of a mail is kept but a `Letter`.
"""

import asyncio
import re
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from datetime import datetime, timedelta
from typing import Protocol

from readiness.errors import Unobservable
from readiness.mailbox.declaration import Mailbox
from readiness.mailbox.letter import Letter
from readiness.mailbox.reader import Reader
from readiness.wire.exchange import Answer

__all__ = ["Letter", "Lookup", "OpenMailbox", "Source", "open_mailbox"]

Lookup = Callable[[str, str], Awaitable[Answer]]
"""Asks the DNS for the records of one type of a name."""

_ADDRESS = re.compile(r'[^\s"\\<>@]+@[^\s"\\<>@]+', re.ASCII)


class Source(Protocol):
    """Where mails are."""

    place: str
    """Where a person would look."""
    step: timedelta
    """How exactly it tells the time of a mail."""

    async def letters(self, address: str) -> list[Letter]:
        """Every mail to `address` (lower case), in any order.

        Raises:
            Unobservable: The mailbox cannot be read; one line, no secret.
        """
        ...

    async def news(self, seconds: float) -> None:
        """Return when there may be something new, after `seconds` at the latest."""
        ...

    async def aclose(self) -> None:
        """Give back what it holds."""
        ...


class OpenMailbox:
    """The platform's mailbox while it is open."""

    def __init__(self, declaration: Mailbox, source: Source) -> None:
        self.declaration = declaration
        self._source = source

    @property
    def place(self) -> str:
        """Where a person would look; for the built-in mail server also where the platform has to send to."""
        return self._source.place

    async def letters(self, address: str) -> tuple[Letter, ...]:
        """Every mail to `address`, oldest first.

        Raises:
            Unobservable: The mailbox cannot be read.
        """
        if not _ADDRESS.fullmatch(address):
            raise ValueError(f"not a plain mail address: {address!r}")
        found = await self._source.letters(address.lower())
        return tuple(sorted(found, key=lambda letter: letter.received_at))

    async def wait(self, address: str, kind: str, since: datetime, within: timedelta | None = None) -> Letter | None:
        """The latest mail of one kind to `address`.

        Args:
            address: Recipient.
            kind: One of the declared `mails`.
            since: When what causes the mail was asked for; older mails do not count. A source that tells the time in
                seconds cannot tell mails of the same second apart.
            within: Patience from now; default the declared one.

        Returns:
            The mail, or None when none came in time.

        Raises:
            Unobservable: The kind is not described, the mailbox cannot be read, or a mail came that could not be read.
        """
        if kind not in self.declaration.mails:
            raise Unobservable(f"mailbox.mails does not describe {kind}: this mail cannot be told from others")
        step = self._source.step.total_seconds()
        after = datetime.fromtimestamp(since.timestamp() // step * step, since.tzinfo) if step else since
        clock = asyncio.get_running_loop().time
        deadline = clock() + (self.declaration.patience if within is None else within).total_seconds()
        while True:
            letters = [letter for letter in await self.letters(address) if letter.received_at >= after]
            fitting = [letter for letter in letters if kind in letter.found]
            if fitting:
                return fitting[-1]
            left = deadline - clock()
            if left <= 0:
                unread = [letter for letter in letters if letter.failure]
                if unread:
                    raise Unobservable(unread[-1].failure, *unread)
                return None
            await self._source.news(left)


@asynccontextmanager
async def open_mailbox(
    declaration: Mailbox,
    *,
    now: Callable[[], datetime],
    lookup: Lookup,
    accepts: Callable[[str], bool],
    trust: ssl.SSLContext | None = None,
) -> AsyncIterator[OpenMailbox]:
    """Open the declared mailbox.

    Args:
        declaration: What the target file says.
        now: Clock, UTC.
        lookup: DNS, by the target's resolvers; the built-in mail server verifies DKIM, SPF and DMARC with it.
        accepts: Which recipients (lower case) the built-in mail server takes mail for.
        trust: Certificate authorities for Mailpit, MailHog and IMAP; default the public ones.

    Raises:
        Unobservable: The built-in mail server cannot listen.
        BadInput: The password's reference leads nowhere.
    """
    async with AsyncExitStack() as stack:
        reader = Reader(declaration)
        stack.push_async_callback(reader.close)
        source: Source
        if declaration.smtp:
            from readiness.mailbox.sink import Sink

            source = await Sink.listen(declaration.smtp, reader, now=now, lookup=lookup, accepts=accepts)
        elif declaration.imap:
            from readiness.mailbox.imap import Imap

            source = Imap(declaration, reader, now=now, trust=trust)
        elif declaration.mailpit:
            from readiness.mailbox.mailpit import Mailpit

            source = Mailpit(declaration, reader, now=now, trust=trust)
        else:
            from readiness.mailbox.mailhog import MailHog

            source = MailHog(declaration, reader, now=now, trust=trust)
        await stack.enter_async_context(aclosing(source))
        yield OpenMailbox(declaration, source)
