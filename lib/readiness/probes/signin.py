"""Signing in: what a failure tells, how long one stays signed in, and whether every sign-in begins a session."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from email.utils import parsedate_to_datetime
from itertools import count, cycle

from readiness.accounts import Person, Reply, Visit
from readiness.accounts.carrier import carrier, works
from readiness.accounts.pairs import Asked, Pairs
from readiness.answers import token as tokens
from readiness.answers.timing import PAIRS
from readiness.errors import Unobservable
from readiness.evidence import Fact
from readiness.probes import Context, Observation, observed, probe, settled
from readiness.wire.exchange import Exchange

NEUTRAL, IN_TIME = "signin.neutral", "signin.neutral_time"
REMEMBERED, FORGOTTEN, RENEWED = "signin.remembered_d", "signin.unremembered_h", "signin.renewed"

TRIES = 3
"""Wrong passwords for one account in a row: platforms lock accounts after five (OWASP ASVS 5.0, 6.3.1 names none)."""


@probe(
    Fact(NEUTRAL, "boolean", "A wrong password is answered like an unknown address."),
    Fact(IN_TIME, "boolean", "A wrong password takes as long to refuse as an unknown address."),
    Fact(REMEMBERED, "number", "How long somebody stays signed in who asks to be remembered.", "d"),
    Fact(FORGOTTEN, "number", "How long somebody stays signed in who does not; 0: until the browser is closed.", "h"),
    Fact(RENEWED, "boolean", "Each sign-in begins a session of its own, whatever was shown before."),
    deadline=180,
)
async def signin(context: Context) -> AsyncIterator[Observation]:
    """Sign in with and without being remembered, and wrongly with accounts that nobody else uses."""
    people = asyncio.create_task(_people(context))
    wrong = _wrong(context, people)
    neutral = asyncio.create_task(_settled_neutral(wrong))
    try:
        yield await settled(REMEMBERED, _remembered(context, people))
        yield await settled(FORGOTTEN, _unremembered(context, people))
        yield await settled(RENEWED, _renewed(people))
        yield await neutral
        yield await settled(IN_TIME, _neutral_time(wrong, people))
    finally:
        for task in (neutral, people):
            task.cancel()
        await asyncio.gather(neutral, people, return_exceptions=True)


async def _people(context: Context) -> list[Person]:
    """As many accounts as it takes for none to be given too many wrong passwords."""
    made = (context.accounts.new() for _ in range(-(-PAIRS // TRIES)))
    return list(await asyncio.gather(*made))


# --- how long it lasts ---------------------------------------------------------------------------------------------


async def _remembered(context: Context, people: Awaitable[list[Person]]) -> Observation:
    if "remember" not in context.target.operations["sign_in"].placeholders:
        raise Unobservable("the target file does not say how being remembered is asked for ({remember} in sign_in)")
    seconds, exchange = await _life((await people)[0], remember=True)
    return observed(REMEMBERED, round(seconds / 86_400, 2), exchange)


async def _unremembered(context: Context, people: Awaitable[list[Person]]) -> Observation:
    seconds, exchange = await _life((await people)[0], remember=False)
    return observed(FORGOTTEN, round(seconds / 3_600, 2), exchange)


async def _life(person: Person, *, remember: bool) -> tuple[float, Exchange]:
    """Seconds until one has to sign in again, as the answer says; 0 for a cookie that ends with the browser.

    Raises:
        Unobservable: The sign-in did not work, or nothing says how long it lasts.
    """
    visit = person.visit()
    reply = (await person.try_sign_in(visit, remember=remember)).succeed()
    visit.held |= reply.values
    told = reply.get("refresh_expires_in")
    if told is None and visit.target.session.cookies:
        return _cookie_life(carrier(visit), reply, visit.client.time()), reply.exchange
    if told is None and not visit.target.session.refresh:
        read = tokens.read(carrier(visit))
        told = read.life_s if read is not None and read.life_s is not None else reply.get("expires_in")
    if isinstance(told, bool) or not isinstance(told, int | float) or not 0 < told < float("inf"):
        raise Unobservable("nothing says how long a sign-in lasts (sign_in.answer: refresh_expires_in)", reply.exchange)
    return float(told), reply.exchange


def _cookie_life(value: str, reply: Reply, now: datetime) -> float:
    """Seconds that the cookie with this value lives; Max-Age goes before Expires (RFC 6265, 5.3)."""
    for header in reply.exchange.all("set-cookie"):
        pair, *attributes = (part.strip() for part in header.split(";"))
        if pair.partition("=")[2].strip('"') != value:
            continue
        named = {name.strip().lower(): text.strip() for name, _, text in (part.partition("=") for part in attributes)}
        if (age := named.get("max-age", "")).isdigit():
            return float(age)
        try:
            return max(0.0, (parsedate_to_datetime(named["expires"]) - now).total_seconds())
        except (KeyError, ValueError, TypeError):
            return 0.0
    raise Unobservable("no answer sets the cookie that carries the session", reply.exchange)


# --- whether it begins anew ----------------------------------------------------------------------------------------


async def _renewed(people: Awaitable[list[Person]]) -> Observation:
    """Two sign-ins are two sessions; and a cookie that was there before, planted by somebody, carries none.

    What is planted is a value that nobody has given out, then a session that lives (session fixation; OWASP ASVS 5.0,
    7.2.4). It is the own account's: should it be continued, nobody else's account is mistaken for it.
    """
    person = (await people)[0]
    first, second = await person.sign_in(), await person.sign_in()
    seen = [(await visit.ask("me")).succeed().exchange for visit in (first, second)]
    renewed = _identity(first) != _identity(second)
    if renewed and first.target.session.cookies:
        for planted in (secrets.token_urlsafe(32), carrier(second)):
            ours, exchanges = await _continues(person, first, planted)
            renewed = renewed and not ours
            seen += exchanges
    return observed(RENEWED, renewed, *seen)


async def _continues(person: Person, known: Visit, planted: str) -> tuple[bool, list[Exchange]]:
    """Whether a session cookie that was there before carries the session that signing in begins."""
    visit = person.visit()
    visit.cookies = {name: planted for name, value in known.cookies.items() if value == carrier(known)}
    visit.client.hide(planted)
    reply = (await person.try_sign_in(visit)).succeed()
    if planted not in visit.cookies.values():
        return False, [reply.exchange]
    # the planted value is still sent; it matters only if it carries the session
    me = await visit.ask("me", note="with a cookie planted before signing in")
    return works(me), [reply.exchange, me.exchange]


def _identity(visit: Visit) -> str:
    """What tells one session from another: a token's session, else the token itself."""
    text = carrier(visit)
    read = tokens.read(text)
    return str((read.claims.get("sid") or read.claims.get("session_id")) if read else "") or text


# --- what a failure tells ------------------------------------------------------------------------------------------


def _wrong(context: Context, people: Awaitable[list[Person]]) -> Pairs:
    turns: dict[str, Callable[[], Person]] = {}
    numbers = count(1)

    async def known() -> Asked:
        if not turns:
            turns["next"] = cycle(await people).__next__
        person = turns["next"]()
        return person.email, await person.try_sign_in(password=_guess(context))

    async def unknown() -> Asked:
        name, _, domain = (await people)[0].email.partition("@")
        email = f"{name}-nobody{next(numbers)}@{domain}"
        visit = context.accounts.nobody
        return email, await visit.ask("sign_in", email=email, password=_guess(context), remember=False)

    return Pairs(known, unknown)


def _guess(context: Context) -> str:
    guess = f"Wrong-{secrets.token_urlsafe(12)}"
    context.client.hide(guess)
    return guess


async def _settled_neutral(wrong: Pairs) -> Observation:
    return await settled(NEUTRAL, _neutral(wrong))


async def _neutral(wrong: Pairs) -> Observation:
    await wrong.take()
    for _, reply in (*wrong.answers["known"], *wrong.answers["unknown"]):
        if reply.ok:
            raise Unobservable("a wrong password was accepted", reply.exchange)
    return observed(NEUTRAL, not wrong.difference(), *wrong.exchanges)


async def _neutral_time(wrong: Pairs, people: Awaitable[list[Person]]) -> Observation:
    made = await people

    async def forgiven() -> None:
        for person in made:
            await person.sign_in()  # which begins the count of wrong passwords anew, on most platforms

    return observed(IN_TIME, not await wrong.differ_in_time(forgiven), *wrong.exchanges)
