"""The accounts of one run: made when a probe asks for one, within a bound, and removed at the end, whatever happens."""

import asyncio
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any

from readiness.accounts.carrier import copied
from readiness.accounts.ledger import Entry, Ledger
from readiness.accounts.person import Person
from readiness.accounts.removal import REQUESTS, REQUESTS_ONCE, Removal, Removed
from readiness.accounts.visit import Reply, Visit
from readiness.errors import Unobservable
from readiness.mailbox import OpenMailbox
from readiness.target import Target
from readiness.wire.client import Client

SHARED_S = 60.0
"""Seconds that a session is shared for."""


class Accounts:
    """The test accounts of one run.

    Args:
        target: The platform.
        client: The run's client.
        now: Clock, UTC.
        mailbox: Where the platform's mails are read, or why they cannot be.
        ledger: Where what is made is written down first.

    Attributes:
        people: Those who were signed up, by address.
        made: Addresses that were made up for test accounts.
    """

    def __init__(
        self, target: Target, client: Client, now: Callable[[], datetime], mailbox: OpenMailbox | str, ledger: Ledger
    ) -> None:
        self.target, self.client, self.ledger = target, client, ledger
        self._now, self._mailbox = now, mailbox
        self._shared: dict[tuple[str, str], asyncio.Task[Person]] = {}
        self._visits: dict[str, tuple[float, asyncio.Task[Visit]]] = {}
        self.people: dict[str, Person] = {}
        self._admin: asyncio.Task[Visit] | None = None
        self.made = 0

    @property
    def nobody(self) -> Visit:
        """A visit that holds nothing."""
        return self._visit("")

    async def person(self, name: str, side: str = "") -> Person:
        """The verified account that all who ask for `name` share.

        Raises:
            Unobservable: As `new`.
        """
        key = (name, side)
        if key not in self._shared:
            self._shared[key] = asyncio.create_task(self.new(side))
        return await asyncio.shield(self._shared[key])

    async def visit(self, name: str) -> Visit:
        """A session of the person that all who ask for `name` share, as a copy: for those who leave it as it is.

        Sign-ins are scarce: their limits are the lowest that platforms have. After `SHARED_S` there is another one, for
        what is shown with it may not live long.

        Raises:
            Unobservable: As `person`, or signing in did not work.
        """
        begun, signing_in = self._visits.get(name, (-SHARED_S, None))
        now = asyncio.get_running_loop().time()
        if signing_in is None or now - begun >= SHARED_S:
            signing_in = asyncio.create_task(self._sign_in(name))
            self._visits[name] = now, signing_in
        return copied(await asyncio.shield(signing_in))

    async def new(self, side: str = "") -> Person:
        """A verified account of one's own.

        Args:
            side: Base address of the side it is made on; default production.

        Raises:
            Unobservable: Accounts are not granted, an operation is not described, the bound is reached, or the
                platform did not let it come about.
        """
        since = self._now()
        person, reply = await self.register(side=side)
        reply.succeed()
        await self.verify(person, since)
        return person

    async def register(
        self, *, email: str = "", password: str = "", side: str = "", **values: Any
    ) -> tuple[Person, Reply]:
        """Ask for a sign-up and return the answer, whatever it is; nothing is verified.

        Args:
            email: The address; default a fresh tagged one. Any other has to be tagged as well.
            password: The password; default a strong one.
            side: Base address of the side it is made on; default production.
            values: Further values for placeholders.

        Raises:
            Unobservable: As `new`, but not for the platform's refusal.
        """
        await self.permitted()
        person = self.stranger(email, password, side)
        entry = Entry(person.email, person.password, side, asked=time.time())
        known = person.email in self.people
        if not known:
            self.note(entry)
        given = {"name": "Readiness Test", **values}
        try:
            reply = await person.visit().ask("sign_up", email=person.email, password=person.password, **given)
        except Unobservable:
            if not known:
                self.strike(entry)  # nothing was sent
            raise
        if not known and reply.status is not None and 400 <= reply.status < 500:
            self.strike(entry)  # refused: it was never made
        elif not known:
            person.id = str(reply.get("id") or "")
            self.people[person.email] = person
            # a server error may have made it all the same
            self.note(replace(entry, id=person.id, made=reply.ok, asked=0.0))
        return person, reply

    def stranger(self, email: str = "", password: str = "", side: str = "") -> Person:
        """Somebody who is not on the platform yet; counted against the bound.

        Raises:
            Unobservable: The target file names no addresses for test accounts, or the bound is reached.
        """
        declared = self.target.accounts
        if declared is None:
            raise Unobservable("the target file names no addresses for test accounts (accounts.email)")
        if not email and self.made >= declared.most:
            raise Unobservable(f"the run's bound of {declared.most} test accounts is reached (accounts.most)")
        if not email:
            self.made += 1
            email = declared.email.replace("{tag}", f"{self.ledger.run}-{self.made}")
        # upper and lower case, a digit and a sign, for platforms that insist
        password = password or f"Rd7-{secrets.token_urlsafe(18)}"
        self.client.hide(password)
        return Person(email, password, lambda: self._visit(side), self._mailbox, self._now)

    def expect(self, person: Person) -> None:
        """Note, before it happens, that somebody is going to be made by other means than `register`.

        It stands for all whose addresses begin like this one.
        """
        self.note(Entry(person.email, person.password, person.visit().side, asked=time.time()))
        self.people[person.email] = person

    def answered(self, person: Person) -> None:
        """Note that what `expect` announced has been answered, whatever the answer was: it is not waited for again."""
        self.note(Entry(person.email, person.password, person.visit().side))

    async def verify(self, person: Person, since: datetime) -> None:
        """Verify the address of a new account by the mail it got; nothing to do where the platform has no such step.

        Raises:
            Unobservable: The mail did not come, or verifying was not answered with a success.
        """
        if "verify" not in self.target.operations:
            return
        letter = await person.need_letter("verify", since=since)
        token = letter.found["verify"]
        self.client.hide(token)
        (await person.visit().ask("verify", email=person.email, token=token)).succeed()

    async def admin(self) -> Visit:
        """The administrator, signed in once a run.

        Raises:
            Unobservable: None is declared, its password cannot be sent safely, or it cannot sign in.
        """
        await self.permitted()
        if self._admin is None:
            self._admin = asyncio.create_task(self._sign_in_admin())
        return await asyncio.shield(self._admin)

    def moved(self, person: Person, email: str) -> None:
        """Note that an account has another address, or the password that `person` holds, from now on."""
        old, person.email = person.email, email
        self.people.pop(old, None)
        self.people[email] = person
        self.note(Entry(email, person.password, person.visit().side, person.id, made=True))
        if old != email:
            self.strike(Entry(old))

    def gone(self, person: Person) -> None:
        """Note that the platform has been seen not to know an account any more."""
        self.people.pop(person.email, None)
        self.strike(Entry(person.email))

    def owe(self, operation: str, id: str) -> None:
        """Note what the administrator has to undo at the end, by `operation` with `id`."""
        self.note(Entry(id=id, operation=operation))

    def settled(self, operation: str, id: str) -> None:
        """Note that it has been undone."""
        self.strike(Entry(id=id, operation=operation))

    async def permitted(self) -> None:
        """Raise Unobservable unless test accounts are granted."""
        if not await self.client.permits("accounts"):
            raise Unobservable("creating test accounts is not granted", permission="accounts")

    async def remove(self) -> Removed:
        """Remove everything the ledger holds, and what the platform lists under this run's tag besides."""
        going = [*self._shared.values(), *(task for _, task in self._visits.values())]
        for task in going:
            task.cancel()
        await asyncio.gather(*going, return_exceptions=True)
        removed = await Removal(self).run()
        if self._admin and self._admin.done() and not self._admin.cancelled() and not self._admin.exception():
            with suppress(Unobservable):  # a platform without signing out
                await self._admin.result().ask("sign_out")
        return removed

    # --- how -------------------------------------------------------------------------------------------------------

    def note(self, entry: Entry) -> None:
        """Write down what is about to be made or has become known of it, and keep requests for removing it."""
        self.ledger.add(entry)
        self._keep()

    def strike(self, entry: Entry) -> None:
        """It is gone, or was never made."""
        self.ledger.strike(entry)
        self._keep()

    def _keep(self) -> None:
        self.client.kept = REQUESTS * len(list(self.ledger)) + REQUESTS_ONCE

    def _visit(self, side: str) -> Visit:
        return Visit(self.target, self.client, side or self.target.production)

    async def _sign_in(self, name: str) -> Visit:
        return await (await self.person(name)).sign_in()

    async def _sign_in_admin(self) -> Visit:
        declared = self.target.admin
        if declared is None:
            raise Unobservable("the target file names no administrator (admin)")
        if not await self.client.safe(self.target.production):
            raise Unobservable("the administrator's password is only sent over verified TLS")
        password = declared.password.reveal()
        self.client.hide(password)
        admin = Person(declared.email, password, lambda: self._visit(""), "not read for the administrator", self._now)
        return await admin.sign_in()
