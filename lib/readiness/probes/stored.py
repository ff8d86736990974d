"""Stored: what the database keeps of a test account's secrets, and what is left of it once it is erased."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import closing
from typing import Any

import pyotp

from readiness.accounts import Person
from readiness.errors import Unobservable
from readiness.evidence import Fact
from readiness.observation import Observation, observed, settled, unavailable
from readiness.probes import Context, probe
from readiness.probes.keys import make
from readiness.rows import Rows
from readiness.sources.postgres import Postgres
from readiness.stored import HEAD, forms, scheme
from readiness.trail import moment
from readiness.wire.postgres import Statement

NAMES = tuple(
    f"stored.{name}" for name in ("password_scheme", "key_hidden", "totp_hidden", "text_columns", "erased_rows")
)
LOOKS, PAUSE_S = 4, 1.0
"""Times that the tables are searched after an erasure, and seconds between them: it may be a job of its own."""


@probe(
    Fact(
        "stored.password_scheme", "text", "How the password of a test account is hashed; `none` where it can be read."
    ),
    Fact("stored.key_hidden", "boolean", "What is stored of an API key does not show it."),
    Fact("stored.totp_hidden", "boolean", "What is stored of the secret of a second factor does not show it."),
    Fact("stored.text_columns", "number", "Columns of text that were searched for an erased address.", "columns"),
    Fact("stored.erased_rows", "number", "Rows that hold the address of an account after it was erased.", "rows"),
    deadline=180,
)
async def stored(context: Context) -> AsyncIterator[Observation]:
    """Make accounts, give them secrets, and look for these in the database."""
    try:
        postgres = await context.supply.connection("postgres", context)
    except Unobservable as obstacle:
        for observation in _none(obstacle, *NAMES):
            yield observation
        return
    source: Postgres = getattr(context.target.sources, "postgres")  # noqa: B009 (a field made at run time)
    rows = Rows(postgres, source.place())
    yield await settled("stored.password_scheme", _password(context, source, rows))
    yield await settled("stored.key_hidden", _hidden("stored.key_hidden", source, "api_key", rows, _key(context)))
    yield await settled("stored.totp_hidden", _hidden("stored.totp_hidden", source, "totp", rows, _totp(context)))
    try:
        columns, left, seen = await _erased(context, source, rows)
    except Unobservable as obstacle:
        for observation in _none(obstacle, "stored.text_columns", "stored.erased_rows"):
            yield observation
    else:
        yield observed("stored.text_columns", columns, *seen)
        yield observed("stored.erased_rows", left, *seen)


def _none(obstacle: Unobservable, *facts: str) -> list[Observation]:
    return [unavailable(one, obstacle.reason, *obstacle.exchanges, permission=obstacle.permission) for one in facts]


async def _password(context: Context, source: Postgres, rows: Rows) -> Observation:
    column, email = source.need("password"), source.need("email")
    person = await context.accounts.new()
    kept = await rows.head(column, email, person.email, HEAD)
    if not kept.rows or not kept.row["head"]:
        raise Unobservable(f"{column} holds nothing for an account that was just made", kept)
    plain = await rows.showing(column, forms(person.password))
    said = "none" if plain.row["shown"] else scheme(kept.row["head"])
    return observed("stored.password_scheme", said, kept, plain)


async def _hidden(fact: str, source: Postgres, key: str, rows: Rows, giving: Coroutine[Any, Any, str]) -> Observation:
    """A column that has one value more once a secret is given, and none that shows it."""
    with closing(giving):
        column = source.need(key)
        before = await rows.showing(column, [])
        secret = await giving
    after = await rows.showing(column, forms(secret))
    if after.row["shown"]:
        return observed(fact, False, before, after)
    if after.row["count"] <= before.row["count"]:
        raise Unobservable(f"{column} has no value more than before one was given", before, after)
    return observed(fact, True, before, after)


async def _key(context: Context) -> str:
    person = await context.accounts.new()
    key = (await make(await person.sign_in())).text
    context.client.hide(key, *forms(key))
    return key


async def _totp(context: Context) -> str:
    person = await context.accounts.new()
    visit = await person.sign_in()
    begun = (await visit.ask("totp_enrol", password=person.password)).succeed()
    given = str(begun.get("secret") or "")
    secret = given or str(getattr(pyotp.parse_uri(str(begun.need("uri"))), "secret"))  # noqa: B009 (of one kind alone)
    context.client.hide(secret, *forms(secret))
    code = pyotp.TOTP(secret).at(person.now())
    (await visit.ask("totp_confirm", code=code)).succeed()
    person.totp = secret
    return secret


async def _erased(context: Context, source: Postgres, rows: Rows) -> tuple[int, int, list[Statement]]:
    """Columns searched and rows found; the search has to find the address while the account is there."""
    if "delete" not in context.target.operations:
        raise Unobservable("the target file does not describe the operation delete")
    person = await context.accounts.new()
    there, columns, seen = await rows.containing(person.email, source.legal_hold)
    if not there:
        raise Unobservable("the address of an account is in no text column even before it is erased", *seen)
    await _delete(person)
    for look in range(LOOKS):
        await asyncio.sleep(PAUSE_S if look else 0)
        left, _, seen = await rows.containing(person.email, source.legal_hold)
        if not left:
            context.accounts.gone(person)
            break
    return columns, left, seen


async def _delete(person: Person) -> None:
    visit = await person.sign_in()
    gone = (await visit.ask("delete", password=person.password)).succeed()
    if (when := moment(gone.get("erased_at"))) and when > person.now():
        raise Unobservable(f"the erasure is scheduled for {when:%Y-%m-%d %H:%M}", gone.exchange)
