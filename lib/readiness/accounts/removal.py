"""Removal: everything a run made is removed again, by the administrator where there is one, else by its owner."""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from readiness.accounts.ledger import Entry
from readiness.accounts.person import Person
from readiness.accounts.visit import Reply
from readiness.errors import Unobservable
from readiness.operation import Operation

if TYPE_CHECKING:
    from readiness.accounts.accounts import Accounts

LONGEST_S = 90.0
"""Seconds that removing everything may take at the end of a run."""
REQUESTS = 4
"""Requests that removing one thing takes at most: looked for and removed by the administrator, else by its owner."""
REQUESTS_ONCE = 4
"""Requests that it takes besides: the administrator signs in, looks twice for what bears the run's tag, signs out."""

_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
_NONE = Operation(path="/")


@dataclass(frozen=True)
class Removed:
    """What came of it.

    Attributes:
        count: How many things were removed.
        left: What could not be, an address or an operation and its id each; it stays in the ledger.
    """

    count: int
    left: tuple[str, ...]


class Removal:
    """The end of one run's test accounts.

    Args:
        accounts: What it made.
    """

    def __init__(self, accounts: "Accounts") -> None:
        self._accounts, self._ledger, self._target = accounts, accounts.ledger, accounts.target
        self._removed: list[str] = []
        self._ids: dict[str, str] = {}  # of those that the platform lists, by address in lower case

    async def run(self) -> Removed:
        """Remove what the ledger holds, and what the platform lists under the run's tag besides.

        The latter is there when a run was killed in the middle of an import, say. No bound of requests stops this.
        """
        self._accounts.client.bounded = False
        if self._accounts.made or list(self._ledger):
            with suppress(TimeoutError):
                async with asyncio.timeout(LONGEST_S):
                    await self._answers()
                    await self._find_tagged()
                    await self._remove_all()
                    while await self._find_tagged():  # a platform may list a page at a time
                        await self._remove_all()
        return Removed(len(self._removed), tuple(entry.name for entry in self._ledger))

    async def _answers(self) -> None:
        """Wait until the platform must have answered all that it was asked to make.

        Looked for before, an account that a killed run or a closed browser asked for would seem not to be there, and
        be made a moment later.
        """
        last = max((entry.asked for entry in self._ledger), default=0.0)
        await asyncio.sleep(max(0.0, last + self._target.pace.timeout.total_seconds() - time.time()))

    async def _find_tagged(self) -> int:
        """Read the list of users that bear the run's tag, and note those that are not known yet.

        Returns how many these are; 0 where nobody can list users.
        """
        declared = self._target.accounts
        if declared is None or "email" not in self._target.operations.get("users", _NONE).placeholders:
            return 0
        tag = (declared.email.partition("{tag}")[0] + self._ledger.run).lower()
        with suppress(Unobservable, KeyError, TypeError):
            listed = (await (await self._accounts.admin()).ask("users", email=tag)).succeed().values
            pairs = zip(map(str, listed["email"]), map(str, listed["id"]), strict=False)
            self._ids = {email.lower(): id for email, id in pairs if email.lower().startswith(tag)}
        # what was removed and is listed all the same is to be erased later
        known = {entry.email.lower() for entry in self._ledger} | {name.lower() for name in self._removed}
        found = self._ids.keys() - known
        for email in sorted(found):
            self._accounts.note(Entry(email=email, id=self._ids[email], made=True))
        return len(found)

    async def _remove_all(self) -> None:
        async with asyncio.TaskGroup() as group:
            for entry in self._ledger:
                group.create_task(self._remove(entry))

    async def _remove(self, entry: Entry) -> None:
        for way in (self._as_admin, self._as_owner):
            with suppress(Exception):  # a way that is closed, or an answer nobody foresaw, costs no other account
                if await way(entry):
                    self._accounts.strike(entry)
                    self._removed.append(entry.name)
                    return

    async def _as_admin(self, entry: Entry) -> bool:
        if entry.side not in ("", self._target.production):
            return False
        admin = await self._accounts.admin()
        if entry.operation:
            return _gone(await admin.ask(entry.operation, id=entry.id))
        person = self._accounts.people.get(entry.email)
        id = entry.id or (person.id if person else "") or self._ids.get(entry.email.lower(), "")
        operations = self._target.operations
        if not id and "users" in operations and "user_delete" in operations:
            listed = (await admin.ask("users", email=entry.email)).succeed().values
            ids = dict(zip(map(str.lower, listed.get("email", [])), listed.get("id", []), strict=False))
            if entry.email.lower() not in ids:
                # only where the platform was asked for this address does its absence say anything
                return "email" in operations["users"].placeholders
            id = str(ids[entry.email.lower()])
        return _gone(await admin.ask("user_delete", id=id, email=entry.email))

    async def _as_owner(self, entry: Entry) -> bool:
        if entry.operation:
            return False
        accounts = self._accounts
        person = accounts.people.get(entry.email) or accounts.stranger(entry.email, entry.password, entry.side)
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
        self._accounts.client.hide(token)
        return (await person.visit().ask("verify", email=person.email, token=token)).ok


def _gone(reply: Reply) -> bool:
    reply.settle()
    return reply.ok or reply.status in (404, 410)
