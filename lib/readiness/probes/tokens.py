"""Tokens: what a session is carried by, whether it can be forged, and whether it ends when it should."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from readiness.accounts import Person, Reply, Visit
from readiness.accounts.carrier import SECRET_LENGTH, carrier, carrying, copied, works
from readiness.answers import token as tokens_of
from readiness.answers.forgery import forgeries
from readiness.answers.obstacle import away
from readiness.answers.token import Token
from readiness.errors import Unobservable
from readiness.evidence import Fact
from readiness.probes import Context, Observation, observed, probe, settled
from readiness.wire.exchange import Exchange

SHORT_S = 60.0
"""The longest life of a token, in seconds, whose end is waited for."""

TRIES = 3
"""Short-lived tokens that are asked for at most, to see one while it lives."""

AGAIN_S = 5.0
"""Seconds between two tries of an expired token, while the clock skew that the platform allows has not passed."""

OPAQUE = "opaque"

Ended: TypeAlias = tuple[str, tuple[Exchange, ...]]
"""What works after signing out, and the exchanges that show it."""


@dataclass(frozen=True)
class Session:
    """A session, and what carries it.

    Attributes:
        text: The access token, or the value of the session's cookie.
        token: What could be read of it; None where it is opaque.
        keys: The platform's public signing keys.
        proof: Exchanges that show it: the keys, and the profile answered to the genuine token.
    """

    visit: Visit
    text: str
    token: Token | None
    keys: list[dict[str, Any]]
    proof: tuple[Exchange, ...]


@probe(
    Fact("tokens.key", "text", "What keeps others from making access tokens: a key or secret, or their randomness."),
    Fact("tokens.claims", "text", "Whether access tokens say who issued them, for whom, about whom and until when."),
    Fact("tokens.life_s", "number", "Life of an access token; 0 for one that ends with its session.", "s"),
    Fact("tokens.forgeries", "number", "Forged and misdirected tokens that were tried.", "tokens"),
    Fact("tokens.forgeries_unrefused", "number", "Forged and misdirected tokens not refused with 401.", "tokens"),
    Fact("tokens.expired", "text", "What happens to an access token past its expiry."),
    Fact("tokens.refresh", "text", "Whether a refresh token is exchanged for an access token that works."),
    Fact("tokens.refresh_repeated", "text", "What happens when a refresh token is used a second time."),
    Fact("tokens.signed_out", "text", "What goes on working after signing out."),
    Fact("tokens.cookies_unprotected", "number", "Session cookies without HttpOnly, Secure or SameSite.", "cookies"),
    Fact("tokens.staging_refused", "boolean", "Production refuses a token that staging issued."),
    deadline=420,
)
async def tokens(context: Context) -> AsyncIterator[Observation]:
    """Sign in with an account of its own; read, forge, refresh, repeat and end its sessions.

    One after another: on some platforms a sign-in ends or continues the session before it, and the session that forged
    tokens are held against must not end meanwhile.
    """
    session = asyncio.create_task(_session(context))
    yield await settled("tokens.key", _key(session))
    yield await settled("tokens.claims", _claims(session))
    forged = asyncio.create_task(_forge(context, session))
    yield await settled("tokens.forgeries", _forgeries(forged))
    yield await settled("tokens.forgeries_unrefused", _unrefused(forged))
    yield await settled("tokens.expired", _expired(context, session))
    yield await settled("tokens.refresh", _refresh(context))
    yield await settled("tokens.refresh_repeated", _repeated(context))
    yield await settled("tokens.cookies_unprotected", _cookies(context))
    ended = asyncio.create_task(_signed_out(context))
    yield await settled("tokens.signed_out", _ended(ended))
    yield await settled("tokens.life_s", _life(session, ended))
    yield await settled("tokens.staging_refused", _staging(context))


async def _person(context: Context, side: str = "") -> Person:
    return await context.accounts.person("tokens", side)


# --- what carries a session ----------------------------------------------------------------------------------------


async def _session(context: Context) -> Session:
    visit = await (await _person(context)).sign_in()
    text = carrier(visit)
    proof = (await visit.ask("me")).succeed().exchange
    route = context.target.routes.jwks
    published = await context.client.get(context.url(route), follow=3) if route else None
    listed = published.json() if published and published.ok else None
    keys = listed.get("keys") if isinstance(listed, dict) else None
    known = [key for key in keys if isinstance(key, dict)] if isinstance(keys, list) else []
    return Session(visit, text, tokens_of.read(text), known, (proof, published) if published else (proof,))


async def _key(session: asyncio.Task[Session]) -> Observation:
    found = await session
    return observed("tokens.key", tokens_of.key(found.token, found.text, found.keys), *found.proof)


async def _claims(session: asyncio.Task[Session]) -> Observation:
    found = await session
    missing = found.token.missing if found.token else ()
    said = f"without {', '.join(missing)}" if missing else "whole" if found.token else OPAQUE
    return observed("tokens.claims", said, *found.proof)


async def _life(session: asyncio.Task[Session], ended: asyncio.Task[Ended]) -> Observation:
    """exp - iat; an opaque token that ends with its session has no life of its own."""
    fact, found = "tokens.life_s", await session
    if found.token:
        if found.token.life_s is None:
            raise Unobservable("an access token does not say both when it was issued and when it expires", *found.proof)
        return observed(fact, found.token.life_s, *found.proof)
    left, exchanges = await ended
    if left in ("nothing", "refresh"):
        return observed(fact, 0, *exchanges)
    said = found.visit.held.get("expires_in")
    if not isinstance(said, int | float) or isinstance(said, bool):
        raise Unobservable("an opaque token outlives its session, and nothing says how long", *exchanges)
    return observed(fact, float(said), *found.proof)


# --- whether it can be forged --------------------------------------------------------------------------------------


async def _forge(context: Context, session: asyncio.Task[Session]) -> list[Reply]:
    """The answers to forged tokens, between two that show the genuine one to work."""
    found = await session
    tried = await asyncio.to_thread(forgeries, found.text, found.token, found.keys)
    if found.token and found.visit.describes("foreign_token"):
        tried.append(("with a token for another audience", await _foreign(found.visit, found.token)))
    replies = await asyncio.gather(
        *(carrying(found.visit, found.text, text).ask("me", note=note) for note, text in tried)
    )
    if not (await found.visit.ask("me", note="with the genuine token, once more")).ok:
        raise Unobservable("the genuine token stopped working while forged ones were tried", *found.proof)
    for reply in replies:
        if reason := away(reply.exchange):
            raise Unobservable(f"a forged token was not judged: {reason}", reply.exchange)
    return replies


async def _foreign(visit: Visit, own: Token) -> str:
    reply = (await visit.ask("foreign_token")).succeed()
    text = str(reply.need("access"))
    token = tokens_of.read(text)
    if token is None or not token.audiences or token.audiences & own.audiences:
        raise Unobservable("foreign_token gives no token for another audience than this API", reply.exchange)
    return text


async def _forgeries(forged: asyncio.Task[list[Reply]]) -> Observation:
    replies = await forged
    return observed("tokens.forgeries", len(replies), *(reply.exchange for reply in replies))


async def _unrefused(forged: asyncio.Task[list[Reply]]) -> Observation:
    replies = await forged
    bad = [reply for reply in replies if reply.status != 401]
    return observed("tokens.forgeries_unrefused", len(bad), *(reply.exchange for reply in bad or replies))


async def _staging(context: Context) -> Observation:
    """Staging's token works on staging, and is then shown to production."""
    if context.target.staging is None:
        raise Unobservable("the target file names no staging")
    visit = await (await _person(context, context.target.staging)).sign_in()
    there = (await visit.ask("me")).succeed()
    here = await replace(copied(visit), side=context.target.production).ask("me", note="with a token of staging")
    return observed("tokens.staging_refused", not works(here), there.exchange, here.exchange)


# --- whether it ends when it should --------------------------------------------------------------------------------


async def _expired(context: Context, session: asyncio.Task[Session]) -> Observation:
    """A token that works, shown again when its life is over and for as long as the platform's clock may be off."""
    fact, found = "tokens.expired", await session
    if found.token is None:
        return observed(fact, OPAQUE, *found.proof)
    visit, ends, alive = await _alive(found)
    leeway = context.target.session.leeway.total_seconds()
    await asyncio.sleep(max(0.0, ends + 1 - time.monotonic()))
    while works(reply := await visit.ask("me", note="with the same token after its expiry")):
        if time.monotonic() > ends + leeway + 1:
            return observed(fact, "accepted", alive.exchange, reply.exchange)
        await asyncio.sleep(min(AGAIN_S, max(0.1, leeway)))
    return observed(fact, "refused", alive.exchange, reply.exchange)


async def _alive(found: Session) -> tuple[Visit, float, Reply]:
    """A visit with a token whose end can be waited for, when that is (monotonic), and the answer while it lived."""
    for _ in range(TRIES):
        visit, life = await _short(found)
        ends = time.monotonic() + life
        reply = (await visit.ask("me", note="with a short-lived token")).settle()
        if reply.ok:
            return visit, ends, reply
        if time.monotonic() < ends - 1:  # else it had to wait for its turn, and died before it was seen
            break
    raise Unobservable("a short-lived token did not work while it lived", reply.exchange)


async def _short(found: Session) -> tuple[Visit, float]:
    """A visit whose token lives a minute at most, and its life in seconds."""
    visit, token = found.visit, found.token
    if visit.describes("short_token"):
        reply = (await visit.ask("short_token")).succeed()
        text = str(reply.need("access"))
        visit, token = carrying(visit, found.text, text), tokens_of.read(text)
    life = token.life_s if token else None
    if life is None or life > SHORT_S:
        said = "do not say how long they live" if life is None else f"live for {life:g} s"
        raise Unobservable(
            f"access tokens {said}, and the target file describes no operation that gives a shorter one (short_token)"
        )
    return visit, life


async def _refresh(context: Context) -> Observation:
    fact = "tokens.refresh"
    visit, exchange = await refreshing(await _person(context))
    if exchange:
        return observed(fact, "none", exchange)
    before = carrier(visit)
    reply = (await visit.ask("refresh")).settle()
    if not reply.ok:
        return observed(fact, "fails", reply.exchange)
    visit.held |= reply.values
    after = await visit.ask("me", note="with what the refresh gave")
    if carrier(visit) == before:
        raise Unobservable("a refresh gave nothing new to show (refresh.answer)", reply.exchange)
    return observed(fact, "works" if works(after) else "fails", reply.exchange, after.exchange)


async def _repeated(context: Context) -> Observation:
    """The same refresh token twice, and then the one that the first use gave."""
    fact = "tokens.refresh_repeated"
    visit, exchange = await refreshing(await _person(context))
    if exchange:
        return observed(fact, "none", exchange)
    used = copied(visit)
    first = (await visit.ask("refresh")).succeed()
    visit.held |= first.values
    second = await used.ask("refresh", note="with the same refresh token again")
    if works(second):
        return observed(fact, "accepted", first.exchange, second.exchange)
    third = await visit.ask("refresh", note="with the refresh token that replaced it")
    return observed(fact, "refused" if works(third) else "revokes", first.exchange, second.exchange, third.exchange)


async def refreshing(person: Person) -> tuple[Visit, Exchange | None]:
    """A new visit to refresh; where the platform is declared to have no such tokens, the exchange that shows it to work
    without.

    Raises:
        Unobservable: Signing in gave one all the same, or refreshing is described.
    """
    visit = await person.sign_in()
    if visit.target.session.refresh:
        return visit, None
    if visit.held.get("refresh") or visit.describes("refresh"):
        raise Unobservable("the target file says that there are no refresh tokens, and describes some")
    return visit, (await visit.ask("me")).succeed().exchange


async def _signed_out(context: Context) -> Ended:
    """What works after signing out: nothing, access, refresh or everything."""
    visit, _ = await refreshing(await _person(context))
    before = (await visit.ask("me")).succeed()
    left = copied(visit)
    out = (await visit.ask("sign_out")).settle()
    if (out.status or 0) >= 400:
        raise Unobservable(f"sign_out was answered with status {out.status}", out.exchange)
    replies = [await copied(left).ask("me", note="after signing out")]
    if context.target.session.refresh:
        replies.append(await left.ask("refresh", note="after signing out"))
    exchanges = (before.exchange, out.exchange, *(reply.exchange for reply in replies))
    alive = [name for name, reply in zip(("access", "refresh"), replies, strict=False) if works(reply)]
    return "everything" if len(alive) == len(replies) else alive[0] if alive else "nothing", exchanges


async def _ended(ended: asyncio.Task[Ended]) -> Observation:
    left, exchanges = await ended
    return observed("tokens.signed_out", left, *exchanges)


async def _cookies(context: Context) -> Observation:
    person = await _person(context)
    visit = person.visit()
    reply = (await person.try_sign_in(visit)).succeed()
    bare = [
        header for header in reply.exchange.all("set-cookie") if not protected(header, str(reply.get("csrf") or ""))
    ]
    return observed("tokens.cookies_unprotected", len(bare), reply.exchange)


def protected(header: str, csrf: str = "") -> bool:
    """Whether a Set-Cookie may carry a session: HttpOnly, Secure, and SameSite other than None (OWASP ASVS 5.0, 3.3).

    One whose value is too short to carry one, or is the token against cross-site requests, needs none of it.
    """
    pair, *attributes = header.split(";")
    value = pair.partition("=")[2].strip().strip('"')
    if len(value) < SECRET_LENGTH or value == csrf:
        return True
    given = {name.strip().lower(): text.strip().lower() for name, _, text in (one.partition("=") for one in attributes)}
    return "httponly" in given and "secure" in given and given.get("samesite") in ("lax", "strict")
