"""The accounts of one run: made when a probe asks for one, within a bound, and removed at the end, whatever happens."""

import asyncio
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from readiness.accounts.ledger import Entry, Ledger
from readiness.accounts.person import Person
from readiness.accounts.visit import Reply, Visit
from readiness.errors import Unobservable
from readiness.mailbox import OpenMailbox
from readiness.operation import Operation
from readiness.target import Target
from readiness.wire.client import Client

_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
REMOVAL_S = 90.0
"""Seconds that removing everything may take at the end of a run."""


class Accounts:
    """The test accounts of one run.

    Args:
        target: The platform.
        client: The run's client.
        now: Clock, UTC.
        mailbox: Where the platform's mails are read, or why they cannot be.
        ledger: Where what is made is written down first.
    """

    def __init__(
        self, target: Target, client: Client, now: Callable[[], datetime], mailbox: OpenMailbox | str, ledger: Ledger
    ) -> None:
        self._target, self._client, self._now, self._mailbox, self._ledger = target, client, now, mailbox, ledger
        self._shared: dict[tuple[str, str], asyncio.Task[Person]] = {}
        self._people: dict[str, Person] = {}
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
        entry = Entry(person.email, person.password, side)
        known = person.email in self._people
        if not known:
            self._ledger.add(entry)
        given = {"name": "Readiness Test", **values}
        reply = await person.visit().ask("sign_up", email=person.email, password=person.password, **given)
        if not known and reply.status is not None and 400 <= reply.status < 500:
            self._ledger.strike(entry)  # refused: it was never made
        elif not known:
            person.id = str(reply.get("id") or "")
            self._people[person.email] = person
            if reply.ok:
                self._ledger.add(replace(entry, id=person.id, made=True))
        return person, reply

    def stranger(self, email: str = "", password: str = "", side: str = "") -> Person:
        """Somebody who is not on the platform yet; counted against the bound.

        Raises:
            Unobservable: The target file names no addresses for test accounts, or the bound is reached.
        """
        declared = self._target.accounts
        if declared is None:
            raise Unobservable("the target file names no addresses for test accounts (accounts.email)")
        if not email and self.made >= declared.most:
            raise Unobservable(f"the run's bound of {declared.most} test accounts is reached (accounts.most)")
        if not email:
            self.made += 1
            email = declared.email.replace("{tag}", f"{self._ledger.run}-{self.made}")
        # upper and lower case, a digit and a sign, for platforms that insist
        password = password or f"Rd7-{secrets.token_urlsafe(18)}"
        self._client.hide(password)
        return Person(email, password, lambda: self._visit(side), self._mailbox, self._now)

    def expect(self, person: Person) -> None:
        """Note, before it happens, that somebody is going to be signed up by other means than `register`."""
        self._ledger.add(Entry(person.email, person.password, person.visit().side))
        self._people[person.email] = person

    async def verify(self, person: Person, since: datetime) -> None:
        """Verify the address of a new account by the mail it got; nothing to do where the platform has no such step.

        Raises:
            Unobservable: The mail did not come, or verifying was not answered with a success.
        """
        if "verify" not in self._target.operations:
            return
        letter = await person.need_letter("verify", since=since)
        token = letter.found["verify"]
        self._client.hide(token)
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
        self._people.pop(old, None)
        self._people[email] = person
        self._ledger.add(Entry(email, person.password, person.visit().side, person.id, made=True))
        if old != email:
            self._ledger.strike(Entry(old))

    def gone(self, person: Person) -> None:
        """Note that the platform has been seen not to know an account any more."""
        self._people.pop(person.email, None)
        self._ledger.strike(Entry(person.email))

    def owe(self, operation: str, id: str) -> None:
        """Note what the administrator has to undo at the end, by `operation` with `id`."""
        self._ledger.add(Entry(id=id, operation=operation))

    def settled(self, operation: str, id: str) -> None:
        """Note that it has been undone."""
        self._ledger.strike(Entry(id=id, operation=operation))

    async def permitted(self) -> None:
        """Raise Unobservable unless test accounts are granted."""
        if not await self._client.permits("accounts"):
            raise Unobservable("creating test accounts is not granted", permission="accounts")

    async def remove(self) -> list[str]:
        """Remove everything the ledger holds.

        Returns:
            What could not be removed, an address or an operation and its id each; it stays in the ledger.
        """
        for task in self._shared.values():
            task.cancel()
        await asyncio.gather(*self._shared.values(), return_exceptions=True)
        with suppress(TimeoutError):
            async with asyncio.timeout(REMOVAL_S), asyncio.TaskGroup() as group:
                for entry in self._ledger:
                    group.create_task(self._remove(entry))
        if self._admin and self._admin.done() and not self._admin.cancelled() and not self._admin.exception():
            await self._sign_out(self._admin.result())
        return [entry.name for entry in self._ledger]

    async def find_tagged(self) -> int:
        """Add to the ledger what the platform lists under this run's tag and the ledger does not know.

        A run that was killed in the middle of an import, say. Returns how many; 0 where nobody can list users.
        """
        declared = self._target.accounts
        if declared is None or "email" not in self._target.operations.get("users", _NONE).placeholders:
            return 0
        tag = declared.email.partition("{tag}")[0] + self._ledger.run
        try:
            listed = (await (await self.admin()).ask("users", email=tag)).succeed().values
        except Unobservable:
            return 0
        known = {entry.email.lower() for entry in self._ledger}
        pairs = zip(listed.get("email", []), listed.get("id", []), strict=False)
        found = [(e, i) for e, i in pairs if str(e).lower().startswith(tag.lower()) and str(e).lower() not in known]
        for email, id in found:
            self._ledger.add(Entry(email=str(email), id=str(id), made=True))
        return len(found)

    # --- how -------------------------------------------------------------------------------------------------------

    def _visit(self, side: str) -> Visit:
        return Visit(self._target, self._client, side or self._target.production)

    async def _sign_in_admin(self) -> Visit:
        declared = self._target.admin
        if declared is None:
            raise Unobservable("the target file names no administrator (admin)")
        if not await self._client.safe(self._target.production):
            raise Unobservable("the administrator's password is only sent over verified TLS")
        password = declared.password.reveal()
        self._client.hide(password)
        admin = Person(declared.email, password, lambda: self._visit(""), "not read for the administrator", self._now)
        return await admin.sign_in()

    async def _remove(self, entry: Entry) -> None:
        for way in (self._remove_as_admin, self._remove_as_owner):
            try:
                if await way(entry):
                    self._ledger.strike(entry)
                    return
            except Unobservable:
                continue

    async def _remove_as_admin(self, entry: Entry) -> bool:
        if entry.side not in ("", self._target.production):
            return False
        admin = await self.admin()
        if entry.operation:
            return _gone(await admin.ask(entry.operation, id=entry.id))
        person = self._people.get(entry.email)
        id = entry.id or (person.id if person else "")
        operations = self._target.operations
        if not id and "users" in operations and "user_delete" in operations:
            listed = (await admin.ask("users", email=entry.email)).succeed().values
            ids = dict(zip(map(str.lower, listed.get("email", [])), listed.get("id", []), strict=False))
            if entry.email.lower() not in ids:
                # only where the platform was asked for this address does its absence say anything
                return "email" in operations["users"].placeholders
            id = str(ids[entry.email.lower()])
        return _gone(await admin.ask("user_delete", id=id, email=entry.email))

    async def _remove_as_owner(self, entry: Entry) -> bool:
        if entry.operation:
            return False
        person = self._people.get(entry.email) or self.stranger(entry.email, entry.password, entry.side)
        for visit in reversed(person.visits):
            if _gone(await visit.ask("delete", password=person.password)):
                return True
        refused = (await person.try_sign_in()).settle().status in (400, 401, 403, 404)
        if refused and not entry.made:
            return True
        if refused and not await self._verify_late(person):
            return False  # its password is another by now, and it is still there
        visit = await person.sign_in()
        return _gone(await visit.ask("delete", password=person.password))

    async def _verify_late(self, person: Person) -> bool:
        """Use a mail that no probe used: some platforms let nobody in, and so delete nobody, before that."""
        letter = await person.letter("verify", since=_LONG_AGO, within=timedelta())
        if letter is None:
            return False
        token = letter.found["verify"]
        self._client.hide(token)
        return (await person.visit().ask("verify", email=person.email, token=token)).ok

    @staticmethod
    async def _sign_out(visit: Visit) -> None:
        with suppress(Unobservable):  # a platform without signing out
            await visit.ask("sign_out")


_NONE = Operation(path="/")


def _gone(reply: Reply) -> bool:
    reply.settle()
    return reply.ok or reply.status in (404, 410)
