"""Export: whether users can take all of their data, and only theirs, after proving once more who they are."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from readiness.accounts import Person, Reply, Visit
from readiness.answers.archive import Part, parts
from readiness.application import REDIRECT
from readiness.errors import Unobservable
from readiness.evidence import Fact
from readiness.operation import OPERATIONS
from readiness.probes import Context, Observation, observed, probe, settled
from readiness.wire.exchange import Exchange

PREPARED_WITHIN = 30.0
"""Seconds in which an export that is prepared has to be there to be fetched."""


@dataclass
class Subject:
    """Somebody whose data is exported.

    Attributes:
        values: What was put in, to be found again.
        key: Id of an API key made for it; empty without one.
        put: Where the values were put in.
        parts: What the export holds.
        exchanges: Where it was given.
    """

    person: Person
    visit: Visit
    values: list[str]
    key: str = ""
    put: list[Exchange] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    exchanges: tuple[Exchange, ...] = ()

    def holds(self, value: str) -> bool:
        """Whether the export holds a value."""
        return any(value in part for part in self.parts)


@probe(
    Fact("export.values", "number", "Values put into a test account that its export should hold.", "values"),
    Fact("export.missing", "number", "Of those, the values that its export does not hold.", "values"),
    Fact("export.foreign_values", "number", "Values of another tenant that were looked for in an export.", "values"),
    Fact("export.foreign", "number", "Of those, the values that were found there.", "values"),
    Fact("export.common_format", "boolean", "An export is JSON or CSV, or an archive of such files."),
    Fact("export.proof_demanded", "boolean", "An export asked for with a wrong password is refused."),
    deadline=90,
)
async def export(context: Context) -> AsyncIterator[Observation]:
    """Put values into two accounts of different tenants, export both, and look for the values of each in both."""
    own = asyncio.create_task(_own(context))
    other = asyncio.create_task(_other(context))
    try:
        yield await settled("export.values", _values(own))
        yield await settled("export.missing", _missing(own))
        yield await settled("export.common_format", _common_format(own))
        yield await settled("export.foreign_values", _foreign_values(own, other))
        yield await settled("export.foreign", _foreign(own, other))
        yield await settled("export.proof_demanded", _proof_demanded(context, own))
    finally:
        for task in (own, other):
            task.cancel()
        await asyncio.gather(own, other, return_exceptions=True)


async def _own(context: Context) -> Subject:
    """An account of its own, with everything in it that the described operations allow."""
    _described(context)
    person = await context.accounts.new()
    subject = await _begun(context, person)
    receiver = context.target.receiver
    await _put(context, subject, "update", name=_word("name"))
    await _put(context, subject, "api_key_create", name=_word("key"), expires_at=None)
    if receiver:
        await _put(context, subject, "webhook_create", url=f"{receiver.address}/{_word('webhook').replace(' ', '-')}")
    await _put(context, subject, "oidc_client_create", name=_word("application"), redirect_uri=REDIRECT)
    await _take(subject)
    return subject


async def _other(context: Context) -> Subject:
    """Somebody of another tenant, shared with other probes: what is put in is taken out again."""
    _described(context)
    subject = await _begun(context, await context.accounts.person("ben"))
    if subject.visit.describes("api_key_revoke"):
        await _put(context, subject, "api_key_create", name=_word("key"), expires_at=None)
    try:
        await _take(subject)
    finally:
        if subject.key:
            with suppress(Unobservable):  # it goes with its account
                await subject.visit.ask("api_key_revoke", id=subject.key)
    return subject


def _described(context: Context) -> None:
    if "export" not in context.target.operations:  # before anything is made for it
        raise Unobservable("the target file does not describe the operation export")


def _word(what: str) -> str:
    return f"Readiness {what} {secrets.token_hex(6)}"


async def _begun(context: Context, person: Person) -> Subject:
    device = _word("device")
    visit = await person.sign_in(device=device)
    listed = context.target.operations.get("sessions")
    shown = listed is not None and "device" in listed.answer
    return Subject(person, visit, [person.email, *([device] if shown else [])])


async def _put(context: Context, subject: Subject, operation: str, **values: Any) -> None:
    """Put a value in where the platform has such a thing; what it refuses is not in the account."""
    described = context.target.operations.get(operation)
    if described is None or (described.by or OPERATIONS[operation].by) != "user":
        return
    put = [value for name, value in values.items() if value and name in described.placeholders]
    try:
        reply = (await subject.visit.ask(operation, **values)).succeed()
    except Unobservable:
        return
    subject.values += put[:1]  # an address to come back to is no value of the test's own
    subject.put.append(reply.exchange)
    if operation == "api_key_create":
        subject.key = str(reply.get("id") or "")


async def _take(subject: Subject) -> None:
    asked = (await subject.visit.ask("export", password=subject.person.password)).succeed()
    given = asked.exchange
    if subject.visit.describes("export_download"):
        given = (await _prepared(subject.visit, asked)).exchange
    if given.truncated:
        raise Unobservable("the export is too large to be read as a whole", given)
    try:
        subject.parts = parts(given.body, given.media_type)
    except ValueError as error:
        raise Unobservable(str(error), given) from None
    subject.exchanges = (given,) if given is asked.exchange else (given, asked.exchange)


async def _prepared(visit: Visit, asked: Reply) -> Reply:
    """The export once it is there: until then platforms answer 202, 404, 409 or 425."""
    until = time.monotonic() + PREPARED_WITHIN
    while True:
        reply = (await visit.ask("export_download", **asked.values)).settle()
        waiting = reply.status in (202, 404, 409, 425)
        if not waiting or time.monotonic() >= until:
            if waiting:
                raise Unobservable(f"the export was not ready within {PREPARED_WITHIN:g} s", reply.exchange)
            return reply.succeed()
        await asyncio.sleep(1)


async def _values(own: asyncio.Task[Subject]) -> Observation:
    subject = await own
    return observed("export.values", len(subject.values), *subject.exchanges, *subject.put)


async def _missing(own: asyncio.Task[Subject]) -> Observation:
    subject = await own
    missing = [value for value in subject.values if not subject.holds(value)]
    return observed("export.missing", len(missing), *subject.exchanges, *subject.put)


async def _common_format(own: asyncio.Task[Subject]) -> Observation:
    subject = await own
    common = any(part.format != "other" for part in subject.parts)
    return observed("export.common_format", common, *subject.exchanges)


async def _foreign_values(own: asyncio.Task[Subject], other: asyncio.Task[Subject]) -> Observation:
    one, two = await own, await other
    return observed("export.foreign_values", len(one.values) + len(two.values), *one.exchanges, *two.exchanges)


async def _foreign(own: asyncio.Task[Subject], other: asyncio.Task[Subject]) -> Observation:
    one, two = await own, await other
    found = [value for value in two.values if one.holds(value)] + [value for value in one.values if two.holds(value)]
    return observed("export.foreign", len(found), *one.exchanges, *two.exchanges)


async def _proof_demanded(context: Context, own: asyncio.Task[Subject]) -> Observation:
    """A wrong password says nothing unless the right one was let through."""
    subject = await own
    if "password" not in context.target.operations["export"].placeholders:
        raise Unobservable("the description of export has no {password}", *subject.exchanges)
    wrong = f"Wr0ng-{secrets.token_urlsafe(12)}"
    reply = (await subject.visit.ask("export", password=wrong, note="with a wrong password")).settle()
    if not reply.ok and reply.status not in (400, 401, 403, 422):
        raise Unobservable(f"export was answered with status {reply.status}", reply.exchange)
    return observed("export.proof_demanded", not reply.ok, reply.exchange, *subject.exchanges)
