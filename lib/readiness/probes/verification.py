"""Verification: whether an address is verified by its owner alone, by a mail that is authentic."""

from collections.abc import AsyncIterator
from datetime import datetime

from readiness.accounts import Person, Reply
from readiness.accounts.carrier import works
from readiness.accounts.life import life_s
from readiness.accounts.mailing import limited
from readiness.errors import Unobservable
from readiness.evidence import Fact
from readiness.mailbox import Letter
from readiness.probes import Context, Observation, observed, probe, settled
from readiness.wire.exchange import Exchange

WORKS, ONCE, LIFE = "verification.works", "verification.once", "verification.life_h"
BOUND, LIMITED = "verification.bound_to_user", "verification.resend_limited"
METHODS = ("dkim", "spf", "dmarc")
ALIGNED = "verification.dmarc_aligned"


@probe(
    Fact(WORKS, "boolean", "What was mailed verifies the address."),
    Fact(ONCE, "boolean", "What was mailed is refused when it is used a second time."),
    Fact(LIFE, "number", "How long what was mailed is good for, as far as it or the answer says so.", "h"),
    Fact(BOUND, "boolean", "What was mailed to one person does not verify the address of another."),
    Fact(LIMITED, "boolean", "Asked for the verification mail again and again, the platform stops sending it."),
    *(Fact(f"verification.{one}", "text", f"Outcome of {one.upper()} in the received mail.") for one in METHODS),
    Fact(ALIGNED, "boolean", "SPF or DKIM passed for the domain in the mail's From header."),
    deadline=90,
)
async def verification(context: Context) -> AsyncIterator[Observation]:
    """Sign three people up: one verifies, the second tries to with the third's mail, and asks for more of them."""
    one, other, third = _Newcomer(context), _Newcomer(context), _Newcomer(context)
    yield await settled(LIFE, one.life())
    for method in METHODS:
        yield await settled(f"verification.{method}", one.outcome(method))
    yield await settled(ALIGNED, one.aligned())
    yield await settled(WORKS, one.works())
    yield await settled(ONCE, one.once())
    yield await settled(BOUND, _bound(third, other))
    yield await settled(LIMITED, _limited(other))


class _Newcomer:
    """Somebody who signed up and got a mail; both happen when first asked for."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self._arrival: tuple[Person, Reply, Letter, datetime] | Unobservable | None = None
        self.verified: Reply | None = None

    async def arrival(self) -> tuple[Person, Reply, Letter, datetime]:
        """The person, the answer to the sign-up, the mail, and when it was asked for."""
        if self._arrival is None:
            try:
                self._arrival = await self._sign_up()
            except Unobservable as obstacle:
                self._arrival = obstacle
        if isinstance(self._arrival, Unobservable):
            raise self._arrival
        return self._arrival

    async def _sign_up(self) -> tuple[Person, Reply, Letter, datetime]:
        if "verify" not in self.context.target.operations:
            raise Unobservable("the target file does not describe the operation verify")
        since = self.context.client.time()
        person, reply = await self.context.accounts.register()
        letter = await person.need_letter("verify", since=since)
        self.context.client.hide(letter.found["verify"])
        return person, reply.succeed(), letter, since

    async def life(self) -> Observation:
        _, reply, letter, _ = await self.arrival()
        return observed(LIFE, round(life_s(letter.found["verify"], reply) / 3600, 2), reply.exchange, letter)

    async def outcome(self, method: str) -> Observation:
        _, _, letter, _ = await self.arrival()
        result = letter.results.get(method)
        if not result:
            raise Unobservable(f"nothing that can be believed says how {method.upper()} came out", letter)
        if result == "temperror":
            raise Unobservable(f"{method.upper()} could not be verified for want of answers", letter)
        return observed(f"verification.{method}", result, letter)

    async def aligned(self) -> Observation:
        _, _, letter, _ = await self.arrival()
        if letter.aligned is None:
            raise Unobservable("nothing that can be believed says whether the mail is aligned", letter)
        return observed(ALIGNED, letter.aligned, letter)

    async def verify(self, note: str = "") -> Reply:
        person, _, letter, _ = await self.arrival()
        ask = person.visit().ask
        return (await ask("verify", email=person.email, token=letter.found["verify"], note=note)).settle()

    async def works(self) -> Observation:
        """It counts as verified when what was refused before is not any more, where it was refused."""
        self.verified = self.verified or await self.verify()
        person, _, letter, _ = await self.arrival()
        in_, shown = await _gets_in(person)
        return observed(WORKS, self.verified.ok and in_, letter, self.verified.exchange, *shown)

    async def once(self) -> Observation:
        if self.verified is None or not self.verified.ok:
            raise Unobservable("the mailed token did not work in the first place")
        again = await self.verify("a second time")
        return observed(ONCE, not again.ok, self.verified.exchange, again.exchange)


async def _bound(third: _Newcomer, other: _Newcomer) -> Observation:
    """Use one person's token as if it were another's: under her address where that is sent, and signed in as her."""
    _, _, letter, _ = await third.arrival()
    person, _, _, _ = await other.arrival()
    visit = person.visit()
    signed_in = await person.try_sign_in(visit)
    visit.held |= signed_in.values if signed_in.ok else {}
    before, shown = await _gets_in(person)
    if before:
        raise Unobservable("an account is let in before its address is verified, so verifying shows nothing", *shown)
    token, headers = letter.found["verify"], dict(visit.shown())
    note = "with another person's token"
    reply = (await visit.ask("verify", email=person.email, token=token, headers=headers, note=note)).settle()
    after, then = await _gets_in(person)
    return observed(BOUND, not after, *shown, reply.exchange, *then)


async def _gets_in(person: Person) -> tuple[bool, list[Exchange]]:
    """Whether the account is let in where a verified address is demanded, and what showed it."""
    visit = person.visit()
    reply = await person.try_sign_in(visit)
    if not works(reply):
        return False, [reply.exchange]
    visit.held |= reply.values
    me = await visit.ask("me")
    return works(me), [reply.exchange, me.exchange]


async def _limited(other: _Newcomer) -> Observation:
    person, _, _, since = await other.arrival()

    async def ask(email: str) -> Reply:
        return await person.visit().ask("resend_verification", email=email)

    mailing = await limited(person, "verify", ask, since=since, before=1)
    return observed(LIMITED, mailing.limited, *mailing.seen)
