"""Imports: whether a bulk import takes good rows, names bad ones, can be repeated and is for administrators only."""

import asyncio
import csv
import io
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from readiness.accounts import Reply, Visit
from readiness.completion import completed
from readiness.errors import Unobservable
from readiness.evidence import Fact
from readiness.probes import Context, Observation, observed, probe, settled

ROWS = 1_000
"""Rows of a whole import."""
ONE_BAD_IN = 100
"""One row of so many cannot be imported."""

_BAD = (
    "",
    "{name}",
    "{name}@",
    "@{domain}",
    "{name} x@{domain}",
    "{name}@@{domain}",
    "{name}@{domain}@{domain}",
    "{name}@.{domain}",
    "{name}@two..{domain}",
    "<{name}@{domain}",
)
"""Addresses that are none (RFC 5321, 4.1.2), whatever else a platform asks of them."""


@dataclass(frozen=True)
class Rows:
    """What is imported.

    Attributes:
        rows: Members `email` and `name` each.
        bad: Indices of the rows that cannot be imported, ascending from 0.
    """

    rows: list[dict[str, str]]
    bad: list[int]

    @property
    def good(self) -> list[str]:
        """The addresses that accounts are to be made for."""
        return [row["email"] for index, row in enumerate(self.rows) if index not in set(self.bad)]

    def named(self, errors: Any) -> int:
        """How many bad rows a list of errors names: by their numbers, from whichever they count, or by their addresses.

        A platform may count from 0, from 1, or the line of a file with a heading.
        """
        told = {str(error) for error in (errors if isinstance(errors, list) else [errors])}
        by_address = {index for index in self.bad if self.rows[index]["email"] in told - {""}}
        return max(len({i for i in self.bad if str(i + first) in told} | by_address) for first in (0, 1, 2))


@dataclass
class Imports:
    """What came of importing.

    Attributes:
        by_user: The answer to an ordinary user's import of one row.
        first, second: The answers to the administrator's import and to its repetition.
        listed: Good addresses that were looked for afterwards in the list of users, and whether each was there.
    """

    sent: Rows
    by_user: Reply
    first: Reply
    second: Reply | None = None
    listed: dict[str, tuple[bool, Reply]] = field(default_factory=dict)


@probe(
    Fact("imports.rows", "number", "Rows of an import that was tried, one of a hundred of them bad.", "rows"),
    Fact("imports.created_pct", "number", "Accounts made by an import, of its good rows.", "%"),
    Fact("imports.reported_pct", "number", "Bad rows that an import names one by one.", "%"),
    Fact("imports.listed", "boolean", "The first, middle and last good row of an import are listed as users."),
    Fact("imports.repeatable", "boolean", "The same import once more makes no account."),
    Fact("imports.admin_only", "boolean", "An ordinary user's import is refused."),
    deadline=120,
)
async def imports(context: Context) -> AsyncIterator[Observation]:
    """Import a thousand tagged addresses with ten bad ones, twice, and remove them again."""
    importing = asyncio.create_task(_import(context))
    try:
        yield await settled("imports.rows", _rows(importing))
        yield await settled("imports.created_pct", _created(importing))
        yield await settled("imports.reported_pct", _reported(context, importing))
        yield await settled("imports.listed", _listed(importing))
        yield await settled("imports.repeatable", _repeatable(importing))
        yield await settled("imports.admin_only", _admin_only(importing))
    finally:
        if not importing.done():
            importing.cancel()
        await asyncio.gather(importing, return_exceptions=True)


def rows_of(address: str, count: int) -> Rows:
    """Rows with addresses that begin like a tagged one, of which one in a hundred is bad, and one at least."""
    name, _, domain = address.rpartition("@")
    rows = [{"email": f"{name}-{n}@{domain}", "name": f"Readiness Test {n}"} for n in range(count)]
    bad = list(range(ONE_BAD_IN // 2, count, ONE_BAD_IN)) or [count // 2]
    for turn, index in enumerate(bad):
        rows[index]["email"] = _BAD[turn % len(_BAD)].format(name=f"{name}-{index}", domain=domain)
    return Rows(rows, bad)


async def _import(context: Context) -> Imports:
    accounts, operations = context.accounts, context.target.operations
    for name in ("import", "import_undo"):  # what could not be removed is not made
        if name not in operations:
            raise Unobservable(f"the target file does not describe the operation {name}")
    if not operations["import"].placeholders & {"rows", "csv"}:
        raise Unobservable("the description of import has neither {rows} nor {csv}")
    admin = await accounts.admin()
    user = await accounts.visit("ana")
    made: list[str] = []
    stranger = accounts.stranger()
    accounts.expect(stranger)
    sent = rows_of(stranger.email, context.target.import_rows)
    try:
        alone = stranger.email.replace("@", "-one@")
        by_user = await _ask(context, user, [{"email": alone, "name": "Readiness Test"}], made, "as an ordinary user")
        done = Imports(sent, by_user, await _ask(context, admin, sent.rows, made, ""))
        if done.first.ok:
            done.listed = await _look(context, admin, sent.good)
            done.second = await _ask(context, admin, sent.rows, made, "once more")
    finally:
        await completed(_undo(context, admin, made))
    accounts.gone(stranger)
    return done


async def _ask(context: Context, visit: Visit, rows: list[dict[str, str]], made: list[str], note: str) -> Reply:
    reply = await visit.ask("import", rows=rows, csv=_csv(rows), note=note)
    if id := reply.get("id"):
        context.accounts.owe("import_undo", str(id))
        made.append(str(id))
    return reply


async def _undo(context: Context, admin: Visit, made: list[str]) -> None:
    """Undo every import, the last first; what one left that failed or has no id is found by its tag in the end."""
    for id in reversed(made):
        with suppress(Unobservable):
            if (await admin.ask("import_undo", id=id)).settle().status in (200, 202, 204, 404, 410):
                context.accounts.settled("import_undo", id)


async def _look(context: Context, admin: Visit, good: list[str]) -> dict[str, tuple[bool, Reply]]:
    described = context.target.operations.get("users")
    if described is None or "email" not in described.placeholders:
        return {}
    found = {}
    for email in (good[0], good[len(good) // 2], good[-1]):
        reply = await admin.ask("users", email=email)
        found[email] = email.lower() in [str(one).lower() for one in reply.get("email") or []], reply
    return found


async def _rows(importing: asyncio.Task[Imports]) -> Observation:
    done = await importing
    exchange = done.first.settle().exchange
    if len(done.sent.rows) < ROWS:
        raise Unobservable(f"the target file allows {len(done.sent.rows)} rows only (import_rows)", exchange)
    return observed("imports.rows", len(done.sent.rows), exchange)


async def _created(importing: asyncio.Task[Imports]) -> Observation:
    """Above 100 where bad rows became accounts; 0 where the import was refused as a whole."""
    done = await importing
    reply = done.first.settle()
    created = _count(reply) if reply.ok else 0
    return observed("imports.created_pct", round(100 * created / len(done.sent.good), 1), reply.exchange)


async def _reported(context: Context, importing: asyncio.Task[Imports]) -> Observation:
    done = await importing
    reply = done.first.settle()
    if "errors" not in context.target.operations["import"].answer:
        raise Unobservable("the description of import does not say where its answer names bad rows", reply.exchange)
    named = done.sent.named(reply.get("errors"))
    return observed("imports.reported_pct", round(100 * named / len(done.sent.bad), 1), reply.exchange)


async def _listed(importing: asyncio.Task[Imports]) -> Observation:
    done = await importing
    reply = done.first.succeed()
    if not done.listed:
        raise Unobservable("the target file does not describe how users are listed by their address", reply.exchange)
    pages = [page.succeed().exchange for _, page in done.listed.values()]
    return observed("imports.listed", all(there for there, _ in done.listed.values()), reply.exchange, *pages)


async def _repeatable(importing: asyncio.Task[Imports]) -> Observation:
    """A server error at the second time is a finding, a refusal of what is known already is none."""
    done = await importing
    first = done.first.succeed()
    assert done.second is not None
    second = done.second.settle()
    repeatable = _count(second) == 0 if second.ok else (second.status or 0) < 500
    return observed("imports.repeatable", repeatable, first.exchange, second.exchange)


async def _admin_only(importing: asyncio.Task[Imports]) -> Observation:
    """A refusal says nothing unless the administrator's import was let through."""
    done = await importing
    reply = done.by_user.settle()
    if not reply.ok:
        done.first.succeed()
        if reply.status not in (401, 403, 404):
            raise Unobservable(f"an ordinary user's import was answered with status {reply.status}", reply.exchange)
    return observed("imports.admin_only", not reply.ok, reply.exchange, done.first.exchange)


def _count(reply: Reply) -> int:
    """Accounts that an import says it made: a number, or a list of them."""
    created = reply.need("created")
    if isinstance(created, list):
        return len(created)
    if not str(created).isdecimal():
        raise Unobservable("the answer to import does not say how many accounts it made", reply.exchange)
    return int(created)


def _csv(rows: list[dict[str, str]]) -> str:
    text = io.StringIO()
    table = csv.DictWriter(text, ["email", "name"])
    table.writeheader()
    table.writerows(rows)
    return text.getvalue()
