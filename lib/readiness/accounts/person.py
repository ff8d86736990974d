"""A person: one test account, what is known of it, and how it signs in."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pyotp

from readiness.accounts.visit import Reply, Visit
from readiness.errors import Unobservable

if TYPE_CHECKING:
    from readiness.mailbox import Letter, OpenMailbox

STEP_S = 30
"""Seconds of one time step (RFC 6238, 5.2)."""


@dataclass
class Person:
    """One test account.

    Attributes:
        email, password: Its credentials, kept up to date by whoever changes them.
        id: Its id on the platform; empty where no answer gave it.
        totp: Secret of its second factor (base32); empty without one.
        visit: Makes a new visit that holds nothing, on the account's side of the platform.
        mailbox: Where its mails are read, or why they cannot be.
        visits: Every visit it signed in to, the latest last.
    """

    email: str
    password: str
    visit: Callable[[], Visit]
    mailbox: "OpenMailbox | str"
    now: Callable[[], datetime]
    id: str = ""
    totp: str = ""
    visits: list[Visit] = field(default_factory=list)

    async def sign_in(self, *, remember: bool = False, device: str = "") -> Visit:
        """Sign in, with the second factor where one is asked for and known.

        Raises:
            Unobservable: It was not answered with a success, or the session cannot be carried.
        """
        visit = self.visit()
        visit.device = device
        reply = (await self.try_sign_in(visit, remember=remember)).succeed()
        if "challenge" in reply.values:
            reply = await self._answer(visit, str(reply.need("challenge")))
        visit.held |= reply.values
        if not visit.shown():
            raise Unobservable("signing in gave nothing that shows who asks (session, sign_in.answer)", reply.exchange)
        self.id = self.id or str(reply.get("id") or "")
        self.visits.append(visit)
        return visit

    async def try_sign_in(self, visit: Visit | None = None, *, password: str = "", remember: bool = False) -> Reply:
        """Ask for a sign-in and return the answer, whatever it is; `password` replaces the right one."""
        return await (visit or self.visit()).ask(
            "sign_in", email=self.email, password=password or self.password, remember=remember
        )

    async def letter(self, kind: str, *, since: datetime, within: timedelta | None = None) -> "Letter | None":
        """The latest mail of a kind to this person since then; None where none came within the declared patience.

        Raises:
            Unobservable: No mailbox is declared or it cannot be read, or nothing tells this kind of mail.
        """
        if isinstance(self.mailbox, str):
            raise Unobservable(self.mailbox)
        letter = await self.mailbox.wait(self.email, kind, since, within)
        if letter:
            self.visit().client.hide(*letter.found.values())
        return letter

    async def need_letter(self, kind: str, *, since: datetime) -> "Letter":
        """Like `letter`, for a mail that has to be there for anything that follows.

        Raises:
            Unobservable: As `letter`, or none came in time.
        """
        letter = await self.letter(kind, since=since)
        if letter is None:
            raise Unobservable(f"no mail of the kind {kind} arrived")
        return letter

    def code(self, steps: int = 0) -> str:
        """The code of the second factor, `steps` of 30 s from now (RFC 6238)."""
        return pyotp.TOTP(self.totp).at(self.now(), counter_offset=steps)

    async def _answer(self, visit: Visit, challenge: str) -> Reply:
        if not self.totp:
            raise Unobservable("a second factor is asked for that this account never enrolled")
        reply = await visit.ask("totp_challenge", challenge=challenge, code=self.code())
        if not reply.ok:  # the code of this step may have been used: the next one is within the window
            reply = await visit.ask("totp_challenge", challenge=challenge, code=self.code(1))
        return reply.succeed()
