"""Keys: whether API keys are shown once, kept to their scope and life, and refused soon after they are revoked."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from readiness.accounts import Reply, Visit
from readiness.errors import Unobservable
from readiness.evidence import Fact
from readiness.probes import Context, Observation, observed, probe, settled

REVOKED_WITHIN = 61.0
"""Seconds that a revoked key is tried for."""
LIFE = 3.0
"""Seconds that a key is made to live, to see it end."""
LATE = 5.0
"""Seconds that a platform's clock and caches may be behind with an expiry."""
LAST_USE_WITHIN = 5.0
"""Seconds in which the last use of a key has to show."""


@dataclass(frozen=True)
class Key:
    """One API key: its id, its text, and the answer that showed it."""

    id: str
    text: str
    shown: Reply


@probe(
    Fact("keys.accepted", "boolean", "A new API key is accepted within its scope."),
    Fact("keys.unknown_refused", "boolean", "A key that nobody made is refused."),
    Fact("keys.shown_once", "boolean", "The list of keys names a new key without showing more than a part of it."),
    Fact("keys.scope_kept", "boolean", "A key is refused beyond its scope."),
    Fact("keys.expires", "boolean", "A key that was accepted is refused after its expiry."),
    Fact("keys.last_use_shown", "boolean", "The list of keys shows when a key was last used."),
    Fact("keys.rotates", "boolean", "A replaced key and its successor both work for a while."),
    Fact("keys.revocation_s", "number", "Time until a revoked key is refused.", "s"),
    deadline=150,
)
async def keys(context: Context) -> AsyncIterator[Observation]:
    """Make three keys of a test account, use them within and beyond what they are for, and revoke them."""
    visiting = asyncio.create_task(_visit(context))
    one = asyncio.create_task(_first(visiting))
    expires = asyncio.create_task(settled("keys.expires", _expires(context, visiting)))  # it waits most of the time
    try:
        yield await settled("keys.accepted", _accepted(context, one))
        yield await settled("keys.unknown_refused", _unknown_refused(context, one))
        yield await settled("keys.shown_once", _shown_once(visiting, one))
        yield await settled("keys.last_use_shown", _last_use_shown(context, visiting))
        yield await settled("keys.scope_kept", _scope_kept(context, one))
        yield await settled("keys.rotates", _rotates(context, visiting))
        yield await expires
        yield await settled("keys.revocation_s", _revocation(context, visiting, one))
    finally:
        for task in (expires, one, visiting):
            task.cancel()
        await asyncio.gather(expires, one, visiting, return_exceptions=True)


def refused(reply: Reply) -> bool:
    """Whether a call with a key was refused for what the key is.

    Raises:
        Unobservable: It was neither served nor refused for that.
    """
    status = reply.settle().status
    if status not in (401, 403, 404) and not reply.ok:
        raise Unobservable(f"{reply.operation} was answered with status {status}", reply.exchange)
    return not reply.ok


async def make(visit: Visit, expires_at: str | None = None) -> Key:
    """A new key.

    Raises:
        Unobservable: It could not be made.
    """
    shown = (await visit.ask("api_key_create", name="readiness", expires_at=expires_at)).succeed()
    return Key(str(shown.need("id")), str(shown.need("key")), shown)


@asynccontextmanager
async def lent(visit: Visit, **options: Any) -> AsyncIterator[Key]:
    """A new key that is revoked at the end of the block."""
    key = await make(visit, **options)
    try:
        yield key
    finally:
        with suppress(Unobservable):  # a platform without revoking; the key goes with its account
            await visit.ask("api_key_revoke", id=key.id)


async def _visit(context: Context) -> Visit:
    return await context.accounts.visit("ana")


async def _first(visiting: Awaitable[Visit]) -> Key:
    return await make(await visiting)


async def _ask(context: Context, operation: str, key: str, note: str) -> Reply:
    return await context.accounts.nobody.ask(operation, key=key, note=note)


async def _accepted(context: Context, one: Awaitable[Key]) -> Observation:
    reply = await _ask(context, "keyed", (await one).text, "with a new key")
    return observed("keys.accepted", not refused(reply), reply.exchange)


async def _unknown_refused(context: Context, one: Awaitable[Key]) -> Observation:
    """A key of the same form, with its second half turned around: everything else is as it should be."""
    text = (await one).text
    half = len(text) // 2
    made_up = text[:half] + text[half:].swapcase()[::-1]
    context.client.hide(made_up)
    reply = await _ask(context, "keyed", made_up, "with a made-up key")
    return observed("keys.unknown_refused", refused(reply), reply.exchange)


async def _shown_once(visiting: Awaitable[Visit], one: Awaitable[Key]) -> Observation:
    """Half of a key's characters in a row are more than a prefix to know it by."""
    key = await one
    listed = await _listed(await visiting, key)
    if listed.exchange.truncated:
        raise Unobservable("the list of keys is too long to be read as a whole", listed.exchange)
    half = max(1, len(key.text) // 2)
    pieces = {key.text[start : start + half] for start in range(len(key.text) - half + 1)}
    shown = any(piece in listed.exchange.text for piece in pieces)
    return observed("keys.shown_once", not shown, key.shown.exchange, listed.exchange)


async def _last_use_shown(context: Context, visiting: Awaitable[Visit]) -> Observation:
    """What stands there before the first use is no last use."""
    visit = await visiting
    async with lent(visit) as key:
        before = await _listed(visit, key)
        used = await _ask(context, "keyed", key.text, "with a new key")
        _works(used)
        until = time.monotonic() + LAST_USE_WITHIN
        while True:
            after = await _listed(visit, key)
            told = _last_use(after, key)
            shown = told not in (None, "", _last_use(before, key))
            if shown or time.monotonic() >= until:
                return observed("keys.last_use_shown", shown, before.exchange, used.exchange, after.exchange)
            await asyncio.sleep(0.5)


async def _scope_kept(context: Context, one: Awaitable[Key]) -> Observation:
    within = await _ask(context, "keyed", (await one).text, "within the key's scope")
    _works(within)
    beyond = await _ask(context, "keyed_other", (await one).text, "beyond the key's scope")
    return observed("keys.scope_kept", refused(beyond), within.exchange, beyond.exchange)


async def _expires(context: Context, visiting: Awaitable[Visit]) -> Observation:
    visit = await visiting
    described = context.target.operations.get("api_key_create")
    if described and "expires_at" not in described.placeholders:
        raise Unobservable("the description of api_key_create has no {expires_at}")
    for life in (LIFE, 2 * LIFE, 4 * LIFE):
        begun = time.monotonic()
        ends = context.client.time() + timedelta(seconds=life)
        async with lent(visit, expires_at=ends.isoformat().replace("+00:00", "Z")) as key:
            before = await _ask(context, "keyed", key.text, "before the key's expiry")
            if refused(before) and time.monotonic() >= begun + life:
                continue  # it was over before it was seen to work
            _works(before)
            await asyncio.sleep(max(0.0, begun + life + 0.1 - time.monotonic()))
            while True:
                after = await _ask(context, "keyed", key.text, "after the key's expiry")
                if refused(after) or time.monotonic() >= begun + life + LATE:
                    exchanges = key.shown.exchange, before.exchange, after.exchange
                    return observed("keys.expires", refused(after), *exchanges)
                await asyncio.sleep(0.5)
    raise Unobservable(f"a key that lives for {life:g} s was over before it was seen to work", before.exchange)


async def _rotates(context: Context, visiting: Awaitable[Visit]) -> Observation:
    visit = await visiting
    async with lent(visit) as old:
        _works(await _ask(context, "keyed", old.text, "before it is replaced"))
        rotated = (await visit.ask("api_key_rotate", id=old.id)).succeed()
        new = str(rotated.need("key"))
        replies = [
            await _ask(context, "keyed", old.text, "with the replaced key"),
            await _ask(context, "keyed", new, "with its successor"),
        ]
        with suppress(Unobservable):
            await visit.ask("api_key_revoke", id=rotated.need("id"))
        both = not any(refused(reply) for reply in replies) and new != old.text
        return observed("keys.rotates", both, rotated.exchange, *(reply.exchange for reply in replies))


async def _revocation(context: Context, visiting: Awaitable[Visit], one: Awaitable[Key]) -> Observation:
    """From the answer to the revoking to the first refusal; where none comes, as long as was waited."""
    visit, key = await visiting, await one
    before = await _ask(context, "keyed", key.text, "before the key is revoked")
    _works(before)
    revoked = (await visit.ask("api_key_revoke", id=key.id)).succeed()
    begun = time.monotonic()
    pause = 0.25
    while True:
        after = await _ask(context, "keyed", key.text, "with a revoked key")
        seconds = time.monotonic() - begun
        if refused(after) or seconds >= REVOKED_WITHIN:
            exchanges = before.exchange, revoked.exchange, after.exchange
            return observed("keys.revocation_s", round(seconds, 3), *exchanges)
        await asyncio.sleep(pause)
        pause = min(2 * pause, 4.0)


def _works(reply: Reply) -> None:
    if refused(reply):
        raise Unobservable("a new key is refused within its scope", reply.exchange)


async def _listed(visit: Visit, key: Key) -> Reply:
    listed = (await visit.ask("api_keys")).succeed()
    if key.id not in map(str, listed.need("id")):
        raise Unobservable("the list of keys does not hold a key that was just made", listed.exchange)
    return listed


def _last_use(listed: Reply, key: Key) -> Any:
    told = dict(zip(map(str, listed.need("id")), listed.need("last_used"), strict=False))
    return told.get(key.id)
