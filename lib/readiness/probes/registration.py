"""Registration: whether a person can sign up, and nobody learns who has."""

from collections.abc import AsyncIterator

from readiness.accounts import Person
from readiness.accounts.carrier import works
from readiness.accounts.pairs import Asked, Pairs
from readiness.answers.timing import PAIRS
from readiness.errors import Unobservable
from readiness.evidence import Fact
from readiness.mailbox import Letter
from readiness.probes import Context, Observation, observed, probe, settled
from readiness.wire.exchange import Exchange

NEUTRAL, IN_TIME = "registration.neutral", "registration.neutral_time"
MAIL, REFUSED = "registration.mail_arrives", "registration.unverified_refused"


@probe(
    Fact(NEUTRAL, "boolean", "Signing up with a known address is answered like signing up with a new one."),
    Fact(IN_TIME, "boolean", "Signing up with a known address takes as long as signing up with a new one."),
    Fact(MAIL, "boolean", "A mail to verify the address arrives in time."),
    Fact(REFUSED, "boolean", "Until the address is verified, an account is refused on a protected route."),
    deadline=120,
)
async def registration(context: Context) -> AsyncIterator[Observation]:
    """Sign up, look for the mail, try to get in before it is used; then sign up with new and with known addresses."""
    newcomer = _Newcomer(context)
    yield await settled(MAIL, newcomer.mail())
    yield await settled(REFUSED, newcomer.refused())
    pairs = _pairs(context, newcomer)
    yield await settled(NEUTRAL, _neutral(pairs))
    yield await settled(IN_TIME, _neutral_time(pairs))


class _Newcomer:
    """Somebody who signs up for the checks of this probe."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.person: Person | None = None
        self.letter: Letter | None = None

    async def mail(self) -> Observation:
        """A mail arrives within the mailbox's patience, which is 60 s at most."""
        since = self.context.client.time()
        self.person, reply = await self.context.accounts.register()
        reply.succeed()
        self.letter = await self.person.letter("verify", since=since)
        return observed(MAIL, self.letter is not None, reply.exchange, *([self.letter] if self.letter else []))

    async def refused(self) -> Observation:
        """Refused at sign-in or after it, and let in once verified: else the refusal may have another reason."""
        if self.person is None or self.letter is None:
            raise Unobservable("no mail to verify the address with arrived")
        before = await self._try(self.person)
        token = self.letter.found["verify"]
        self.context.client.hide(token)
        await self.person.visit().ask("verify", email=self.person.email, token=token)
        after = await self._try(self.person)
        if not after[0]:
            raise Unobservable("the account was not let in after its address had been verified", *after[1])
        return observed(REFUSED, not before[0], *before[1], *after[1])

    @staticmethod
    async def _try(person: Person) -> tuple[bool, list[Exchange]]:
        """Whether the account gets in, and what showed it."""
        visit = person.visit()
        reply = await person.try_sign_in(visit)
        if not works(reply):
            return False, [reply.exchange]
        visit.held |= reply.values
        if not visit.shown():
            raise Unobservable("signing in gave nothing that shows who asks (session, sign_in.answer)", reply.exchange)
        me = await visit.ask("me")
        return works(me), [reply.exchange, me.exchange]


def _pairs(context: Context, newcomer: _Newcomer) -> Pairs:
    async def known() -> Asked:
        if newcomer.person is None:
            raise Unobservable("no account could be signed up whose address is known")
        email = newcomer.person.email
        _, reply = await context.accounts.register(email=email, note="with a known address")
        return email, reply

    async def unknown() -> Asked:
        person, reply = await context.accounts.register()
        return person.email, reply

    return Pairs(known, unknown)


async def _neutral(pairs: Pairs) -> Observation:
    await pairs.take(PAIRS)
    return observed(NEUTRAL, not pairs.difference(), *pairs.exchanges)


async def _neutral_time(pairs: Pairs) -> Observation:
    return observed(IN_TIME, not await pairs.differ_in_time(), *pairs.exchanges)
