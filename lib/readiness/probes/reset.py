"""Reset: whether a forgotten password can be reset by mail, once, soon, and by its owner alone."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime

from readiness.accounts import Person, Reply, Visit
from readiness.accounts.carrier import carrier, copied, works
from readiness.accounts.life import life_s
from readiness.accounts.mailing import another, letters, limited
from readiness.accounts.pairs import Asked, Pairs
from readiness.answers import token
from readiness.errors import Unobservable
from readiness.evidence import Fact
from readiness.mailbox import Letter
from readiness.probes import Context, Observation, observed, probe, settled
from readiness.wire.exchange import Recorded

WORKS, ONCE, LIFE = "reset.works", "reset.once", "reset.life_min"
ENDS, INJECTED, LIMITED = "reset.ends_sessions", "reset.host_injection", "reset.limited_per_account"
NEUTRAL, IN_TIME = "reset.neutral", "reset.neutral_time"
FORGED = "reset.invalid"
"""A host that nobody can have (RFC 6761, 6.4)."""
HEADERS = ("Host", "X-Forwarded-Host")


@probe(
    Fact(WORKS, "boolean", "With what was mailed a new password can be set, which signs in; the old one does not."),
    Fact(ONCE, "boolean", "What was mailed is refused when it is used a second time."),
    Fact(LIFE, "number", "How long what was mailed is good for, as far as it or the answer says so.", "min"),
    Fact(ENDS, "boolean", "Sessions from before the reset are ended by it."),
    Fact(INJECTED, "boolean", "A forged Host or X-Forwarded-Host header appears in the link that is mailed."),
    Fact(LIMITED, "boolean", "Asked for the same account again and again, the platform stops sending the mail."),
    Fact(NEUTRAL, "boolean", "Asking for a reset is answered alike for known and unknown addresses."),
    Fact(IN_TIME, "boolean", "Asking for a reset takes as long for a known address as for an unknown one."),
    deadline=120,
)
async def reset(context: Context) -> AsyncIterator[Observation]:
    """Forget the password of an account that nobody else uses, and reset it; then do so more often than people do.

    Meanwhile another one and an address of nobody are asked about in turn.
    """
    journey, asking = _Journey(context), asyncio.create_task(_in_turn(context))
    try:
        yield await settled(LIFE, journey.life())
        yield await settled(WORKS, journey.works())
        yield await settled(ENDS, journey.ends_sessions())
        yield await settled(ONCE, journey.once())
        yield await settled(INJECTED, journey.injected())
        yield await settled(LIMITED, journey.limited())
        for observation in await asking:
            yield observation
    finally:
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)


class _Journey:
    """One account whose password is forgotten."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.asked = 0
        self.done: Reply | None = None
        self._start: tuple[Person, Visit, Reply, Letter, datetime] | Unobservable | None = None

    async def start(self) -> tuple[Person, Visit, Reply, Letter, datetime]:
        """The person, a session from before, the answer to having forgotten, the mail, and when it was asked for."""
        if self._start is None:
            try:
                self._start = await self._forget()
            except Unobservable as obstacle:
                self._start = obstacle
        if isinstance(self._start, Unobservable):
            raise self._start
        return self._start

    async def _forget(self) -> tuple[Person, Visit, Reply, Letter, datetime]:
        if "forgot" not in self.context.target.operations:
            raise Unobservable("the target file does not describe the operation forgot")
        person = await self.context.accounts.new()
        visit = await person.sign_in()
        (await visit.ask("me")).succeed()
        since = self.context.client.time()
        reply = (await self.forgot(person.email)).succeed()
        letter = await person.need_letter("reset", since=since)
        self.context.client.hide(letter.found["reset"])
        return person, visit, reply, letter, since

    async def forgot(self, email: str, note: str = "", **headers: str) -> Reply:
        self.asked += 1
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.context.accounts.nobody.ask("forgot", email=email, note=note, headers=sent)

    async def life(self) -> Observation:
        _, _, reply, letter, _ = await self.start()
        return observed(LIFE, round(life_s(letter.found["reset"], reply) / 60, 1), reply.exchange, letter)

    async def reset(self, note: str = "") -> tuple[Reply, str]:
        person, _, _, letter, _ = await self.start()
        password = self.context.accounts.stranger(person.email).password
        reply = await person.visit().ask(
            "reset", email=person.email, token=letter.found["reset"], password=password, note=note
        )
        return reply.settle(), password

    async def works(self) -> Observation:
        person, _, _, letter, _ = await self.start()
        old = person.password
        self.done, new = await self.reset()
        with_new = await person.try_sign_in(password=new)
        if works(with_new):  # whatever the reset was answered with
            person.password = new
            self.context.accounts.moved(person, person.email)
        with_old = await person.try_sign_in(password=old)
        right = self.done.ok and works(with_new) and not works(with_old)
        return observed(WORKS, right, letter, self.done.exchange, with_new.exchange, with_old.exchange)

    def _worked(self) -> Reply:
        if self.done is None or not self.done.ok:
            raise Unobservable("no password could be reset", *([self.done.exchange] if self.done else []))
        return self.done

    async def ends_sessions(self) -> Observation:
        """Refused at once, or not to be refreshed and over with its access token."""
        done = self._worked()
        _, visit, _, _, _ = await self.start()
        me = await visit.ask("me", note="with the session from before the reset")
        seen, ended = [done.exchange, me.exchange], not works(me)
        if not ended and visit.target.session.refresh:
            read = token.read(carrier(visit))
            if read is not None and read.life_s is not None:
                refreshed = await copied(visit).ask("refresh", note="of the session from before the reset")
                seen.append(refreshed.exchange)
                ended = not works(refreshed)
        return observed(ENDS, ended, *seen)

    async def once(self) -> Observation:
        done = self._worked()
        person, _, _, _, _ = await self.start()
        again, new = await self.reset("a second time")
        if again.ok:
            person.password = new
            self.context.accounts.moved(person, person.email)
        return observed(ONCE, not again.ok, done.exchange, again.exchange)

    async def injected(self) -> Observation:
        """A host in the link that the platform was merely told: whoever opens it hands over the token."""
        person, _, _, _, since = await self.start()
        seen: list[Recorded] = []
        for header in HEADERS:
            before = len(await letters(person, "reset", since))
            reply = await self.forgot(person.email, f"forged {header}", **{header.replace("-", "_"): FORGED})
            seen.append(reply.settle().exchange)
            if not reply.ok:
                continue  # refused, so nothing was sent
            letter = await another(person, "reset", since, before)
            if letter is None:
                raise Unobservable(f"no mail arrived that was asked for with a forged {header}", *seen)
            seen.append(letter)
            if any(FORGED in host for host in letter.hosts):
                return observed(INJECTED, True, *seen)
        return observed(INJECTED, False, *seen)

    async def limited(self) -> Observation:
        person, _, _, _, since = await self.start()
        mailing = await limited(person, "reset", self.forgot, since=since, before=self.asked)
        return observed(LIMITED, mailing.limited, *mailing.seen)


async def _in_turn(context: Context) -> list[Observation]:
    """What answers about a known and an unknown address tell."""
    ask = context.accounts.nobody.ask

    async def address() -> str:
        if "forgot" not in context.target.operations:  # nobody is made for nothing
            raise Unobservable("the target file does not describe the operation forgot")
        return (await context.accounts.person("forgetful")).email

    async def known() -> Asked:
        email = await address()
        return email, await ask("forgot", email=email)

    async def unknown() -> Asked:
        name, _, domain = (await address()).partition("@")
        email = f"{name}-nobody@{domain}"
        return email, await ask("forgot", email=email)

    pairs = Pairs(known, unknown)
    return [await settled(NEUTRAL, _neutral(pairs)), await settled(IN_TIME, _neutral_time(pairs))]


async def _neutral(pairs: Pairs) -> Observation:
    await pairs.take()
    return observed(NEUTRAL, not pairs.difference(), *pairs.exchanges)


async def _neutral_time(pairs: Pairs) -> Observation:
    return observed(IN_TIME, not await pairs.differ_in_time(), *pairs.exchanges)
