"""A mail server of our own that listens while a run lasts and takes mail for test accounts alone."""

import asyncio
import contextlib
import os
import weakref
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Self

from aiosmtpd.smtp import SMTP, Envelope, Session

from readiness.errors import Unobservable
from readiness.mailbox.authentication import authenticate
from readiness.mailbox.letter import Letter
from readiness.mailbox.reader import SIZE, Reader
from readiness.wire.exchange import Answer

LETTERS = 1_000
"""Mails that are taken in one run."""
RECIPIENTS = 10
"""Recipients of one mail."""


class _Session(SMTP):
    line_length_limit = 100_000  # a mail with longer lines than RFC 5321 allows is delivered all the same


class Sink:
    """See `mailbox.Source`. Nothing of a mail is kept but its letters; DKIM, SPF and DMARC are verified on arrival."""

    step = timedelta()

    def __init__(
        self,
        reader: Reader,
        *,
        now: Callable[[], datetime],
        lookup: Callable[[str, str], Awaitable[Answer]],
        accepts: Callable[[str], bool],
    ) -> None:
        self.place = ""
        self._reader = reader
        self._now, self._lookup, self._accepts = now, lookup, accepts
        self._letters: list[Letter] = []
        self._taken = 0
        self._pending: set[asyncio.Task[None]] = set()
        self._arrived = asyncio.Event()
        self._server: asyncio.Server | None = None
        self._sessions: weakref.WeakSet[SMTP] = weakref.WeakSet()

    @classmethod
    async def listen(cls, at: str, reader: Reader, **keys: Any) -> Self:
        """Listen at `address:port`; port 0 takes a free one, which `place` then names.

        Raises:
            Unobservable: Somebody else listens there, or it is not an address of this machine.
        """
        sink = cls(reader, **keys)
        host, _, port = at.rpartition(":")
        loop = asyncio.get_running_loop()
        try:
            sink._server = await loop.create_server(sink._session, host.strip("[]"), int(port))
        except OSError as error:
            raise Unobservable(f"mailbox.smtp cannot listen at {at}: {_reason(error)}") from None
        sink.place = f"smtp at {host}:{sink._server.sockets[0].getsockname()[1]}"
        return sink

    def _session(self) -> SMTP:
        session = _Session(
            self,
            data_size_limit=SIZE,
            enable_SMTPUTF8=True,
            hostname="readiness.invalid",
            ident="readiness",
            timeout=60,
            loop=asyncio.get_running_loop(),
        )
        self._sessions.add(session)
        return session

    # --- what aiosmtpd asks ----------------------------------------------------------------------------------------

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take mail for our own accounts alone: this is nobody's relay."""
        if not self._accepts(address.lower()):
            return "550 5.1.1 no such mailbox here"
        if len(envelope.rcpt_tos) >= RECIPIENTS or self._taken >= LETTERS:
            return "452 4.5.3 too many"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Answer at once and read afterwards: the sender is not made to wait for DNS."""
        self._taken += len(envelope.rcpt_tos)
        content = envelope.original_content or b""
        peer, sender = str((session.peer or ("",))[0]), envelope.mail_from or ""
        recipients = dict.fromkeys(address.lower() for address in envelope.rcpt_tos)
        task = asyncio.create_task(
            self._take(content, self._now(), recipients, peer=peer, helo=session.host_name or "", sender=sender)
        )
        self._pending.add(task)
        task.add_done_callback(self._pending.discard)
        return "250 2.0.0 OK"

    async def handle_exception(self, error: Exception) -> str:
        """What a client sends ends in no traceback."""
        return "451 4.3.0 not understood"

    async def _take(self, mail: bytes, received_at: datetime, recipients: Iterable[str], **envelope: str) -> None:
        reading = await self._reader.read(mail)
        verdict = await authenticate(mail, **envelope, domains=reading.senders, lookup=self._lookup)
        for recipient in recipients:
            self._letters.append(
                replace(
                    reading.letter(recipient, received_at, self.place, self._now()),
                    results=verdict.results,
                    aligned=verdict.aligned,
                )
            )
        self._arrived.set()
        self._arrived = asyncio.Event()  # whoever waited goes on, whoever waits from now on waits for the next mail

    # --- what the mailbox asks -------------------------------------------------------------------------------------

    async def letters(self, address: str) -> list[Letter]:
        """See `Source.letters`; mails that were taken a moment ago are read first."""
        if self._pending:
            done, _ = await asyncio.wait(set(self._pending))
            for task in done:
                task.result()  # a mistake of ours is not a mail that never came
        return [letter for letter in self._letters if letter.address == address]

    async def news(self, seconds: float) -> None:
        """See `Source.news`."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._arrived.wait(), seconds)

    async def aclose(self) -> None:
        """See `Source.aclose`."""
        if self._server:
            self._server.close()
        for session in list(self._sessions):
            if session.transport:
                session.transport.abort()  # type: ignore[attr-defined]
        for task in list(self._pending):
            task.cancel()
        await asyncio.gather(*self._pending, return_exceptions=True)


def _reason(error: OSError) -> str:
    return os.strerror(error.errno) if error.errno and error.errno > 0 else "no such address"
