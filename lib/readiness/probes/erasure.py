"""Erasure: whether deleting an account ends what it could do and leaves nothing of it."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta

from readiness.accounts import Person, Reply, Visit
from readiness.accounts.carrier import refused
from readiness.errors import Unobservable
from readiness.evidence import Fact
from readiness.probes import Context, Observation, observed, probe, settled
from readiness.probes.keys import make
from readiness.trail import moment

SCHEDULED_WITHIN = timedelta(days=30)
"""How far off an erasure may be scheduled; the law allows a month (Regulation (EU) 2016/679, article 12(3))."""


@dataclass(frozen=True)
class Gone:
    """An account that its owner deleted.

    Attributes:
        visit: What it was signed in with, as it was before.
        key: Text of an API key of its own; empty where there are none.
        deleted: The answer to the deleting.
        listed: The administrator's list with it, from before; None where users cannot be listed by their address.
    """

    person: Person
    visit: Visit
    key: str
    deleted: Reply
    listed: Reply | None


@probe(
    Fact("erasure.accepted", "boolean", "A user can delete the own account."),
    Fact("erasure.sign_in_refused", "boolean", "Nobody can sign in to an account that was deleted."),
    Fact("erasure.credentials_refused", "boolean", "The tokens and keys of an account are refused once it is deleted."),
    Fact(
        "erasure.erased",
        "boolean",
        "A deleted account is not listed any more, or its address is free again, or its erasure is scheduled within "
        "30 days.",
    ),
    deadline=90,
)
async def erasure(context: Context) -> AsyncIterator[Observation]:
    """Delete an account of its own, and look for what is left of it."""
    going = asyncio.create_task(_go(context))
    try:
        yield await settled("erasure.accepted", _accepted(going))
        yield await settled("erasure.sign_in_refused", _sign_in_refused(going))
        yield await settled("erasure.credentials_refused", _credentials_refused(going))
        yield await settled("erasure.erased", _erased(context, going))
    finally:
        going.cancel()
        await asyncio.gather(going, return_exceptions=True)


async def _go(context: Context) -> Gone:
    if "delete" not in context.target.operations:  # before anything is made for it
        raise Unobservable("the target file does not describe the operation delete")
    person = await context.accounts.new()
    visit = await person.sign_in()
    (await visit.ask("me")).succeed()
    key = ""
    with suppress(Unobservable):  # a platform without keys
        key = (await make(visit)).text
    listed = await _listed(context, person)
    before = replace(visit, held=dict(visit.held), cookies=dict(visit.cookies))  # the answer may take cookies away
    deleted = (await visit.ask("delete", password=person.password)).settle()
    return Gone(person, before, key, deleted, listed)


async def _listed(context: Context, person: Person) -> Reply | None:
    """The administrator's list of users with this address; None where there is no such list."""
    described = context.target.operations.get("users")
    if described is None or "email" not in described.placeholders or context.target.admin is None:
        return None
    return (await (await context.accounts.admin()).ask("users", email=person.email)).succeed()


async def _accepted(going: asyncio.Task[Gone]) -> Observation:
    gone = await going
    return observed("erasure.accepted", gone.deleted.ok, gone.deleted.exchange)


async def _deleted(going: asyncio.Task[Gone]) -> Gone:
    """The account, unless deleting it was refused; after a server error it may be gone all the same."""
    gone = await going
    if not gone.deleted.ok and (gone.deleted.status or 0) < 500:
        raise Unobservable(f"delete was answered with status {gone.deleted.status}", gone.deleted.exchange)
    return gone


async def _sign_in_refused(going: asyncio.Task[Gone]) -> Observation:
    gone = await _deleted(going)
    reply = await gone.person.try_sign_in()
    return observed("erasure.sign_in_refused", refused(reply), gone.deleted.exchange, reply.exchange)


async def _credentials_refused(going: asyncio.Task[Gone]) -> Observation:
    gone = await _deleted(going)
    replies = [await gone.visit.ask("me", note="with the access of a deleted account")]
    if "refresh" in gone.visit.held and gone.visit.describes("refresh"):
        replies.append(await gone.visit.ask("refresh", note="with the refresh token of a deleted account"))
    if gone.key and gone.visit.describes("keyed"):
        replies.append(await gone.visit.ask("keyed", key=gone.key, note="with the API key of a deleted account"))
    ended = all(refused(reply) for reply in replies)
    return observed("erasure.credentials_refused", ended, gone.deleted.exchange, *(one.exchange for one in replies))


async def _erased(context: Context, going: asyncio.Task[Gone]) -> Observation:
    gone = await _deleted(going)
    if when := moment(gone.deleted.get("erased_at")):
        soon = when - context.client.time() <= SCHEDULED_WITHIN
        return observed("erasure.erased", soon, gone.deleted.exchange)
    if gone.listed is None:
        return await _free_again(context, gone)
    if not _names(gone.listed, gone.person):
        raise Unobservable("the list of users did not show the account before it was deleted", gone.listed.exchange)
    after = await _listed(context, gone.person)
    assert after is not None
    erased = not _names(after, gone.person)
    if erased:
        context.accounts.gone(gone.person)
    return observed("erasure.erased", erased, gone.listed.exchange, gone.deleted.exchange, after.exchange)


async def _free_again(context: Context, gone: Gone) -> Observation:
    """Whether somebody can sign up with the address and is let in with another password."""
    accounts = context.accounts
    accounts.gone(gone.person)
    since = context.client.time()
    person, reply = await accounts.register(email=gone.person.email, password=f"Rd9-{secrets.token_urlsafe(18)}")
    exchanges = gone.deleted.exchange, reply.settle().exchange
    if reply.ok and "verify" in context.target.operations:
        letter = await person.letter("verify", since=since)
        return observed("erasure.erased", letter is not None, *exchanges, *([letter] if letter else []))
    signed_in = await person.try_sign_in()
    free = reply.ok and not refused(signed_in)
    return observed("erasure.erased", free, *exchanges, signed_in.exchange)


def _names(listed: Reply, person: Person) -> bool:
    emails = listed.get("email") or []
    return person.email.lower() in [str(email).lower() for email in (emails if isinstance(emails, list) else [emails])]
