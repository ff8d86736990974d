"""Factor: whether a second factor (TOTP, RFC 6238) is demanded, used once, limited in tries and hard to remove."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import parsedate_to_datetime

import pyotp

from readiness.accounts import Person, Reply, Visit
from readiness.errors import Unobservable
from readiness.evidence import Fact
from readiness.probes import Context, Observation, observed, probe, settled
from readiness.wire.exchange import Exchange

TRIES = 10
"""Wrong codes in a row that one account may be tried with."""

NEAR, FAR = 1, 3
"""Steps of time from now: RFC 6238 (5.2) recommends to accept one at most."""

SKEW_S = 15.0
"""Seconds that this machine's clock and the platform's may be apart for codes to be judged."""


@dataclass
class Owner:
    """A test account with a second factor.

    Attributes:
        visit: The session it was enrolled in.
        totp: Makes its codes.
        by_address: It was enrolled by an otpauth address.
        confirmed: The right code, and no wrong one, confirmed it.
        recovery: Recovery codes, none of them used.
        used: Steps since 1970 whose codes were accepted, the latest last.
        signed_in: Answers to the codes that signed in.
        drift: Steps between now and the farthest code that was accepted.
        exchanges: Where enrolling showed.
    """

    person: Person
    visit: Visit
    totp: pyotp.TOTP
    by_address: bool
    confirmed: bool = False
    recovery: list[str] = field(default_factory=list)
    used: list[int] = field(default_factory=list)
    signed_in: list[Reply] = field(default_factory=list)
    drift: int = 0
    exchanges: list[Exchange] = field(default_factory=list)

    @property
    def step(self) -> int:
        """The step of time that it is now."""
        return int(self.totp.timecode(self.person.now()))

    def code(self, step: int) -> str:
        """The code of a step."""
        return str(self.totp.generate_otp(step))

    def wrong(self) -> str:
        """A code that is right at no time near now."""
        near = {self.code(self.step + offset) for offset in range(-20, 21)}
        return next(code for number in range(100) if (code := f"{number:0{self.totp.digits}}") not in near)

    async def challenged(self) -> tuple[Visit, str]:
        """A visit that has proven the password, and the challenge that it got.

        Raises:
            Unobservable: There is none.
        """
        visit = self.person.visit()
        return visit, str((await self.person.try_sign_in(visit)).settle().need("challenge"))


@probe(
    Fact("factor.enrols", "boolean", "A second factor is enrolled by an otpauth address, and by the right code alone."),
    Fact("factor.demanded", "boolean", "The password alone opens no operation of signed-in users."),
    Fact("factor.wrong_refused", "boolean", "A wrong code does not sign in, and the right one does."),
    Fact("factor.used_once", "boolean", "A code that has signed in is refused when it is used again."),
    Fact(
        "factor.drift",
        "number",
        f"Steps of time between now and the farthest code that was accepted; {NEAR} and {FAR} were tried both ways.",
        "steps",
    ),
    Fact("factor.recovery_once", "boolean", "A recovery code signs in, and is refused when it is used again."),
    Fact("factor.removal_proven", "boolean", "Asked for without a right password or code, the removal is refused."),
    Fact(
        "factor.tries_limited",
        "boolean",
        f"After at most {TRIES} wrong codes in a row the account is refused, with the right code as well.",
    ),
    deadline=150,
)
async def factor(context: Context) -> AsyncIterator[Observation]:
    """Enrol, sign in with wrong, right, used, early and late codes, try to remove it; guess on another account."""
    enrolling = asyncio.create_task(_enrol(context))
    yield await settled("factor.enrols", _enrols(enrolling))
    yield await settled("factor.demanded", _demanded(enrolling))
    yield await settled("factor.wrong_refused", _wrong_refused(enrolling))
    yield await settled("factor.used_once", _used_once(enrolling))
    yield await settled("factor.drift", _drift(enrolling))
    yield await settled("factor.recovery_once", _recovery_once(enrolling))
    yield await settled("factor.removal_proven", _removal_proven(enrolling))
    yield await settled("factor.tries_limited", _tries_limited(context))


async def _enrol(context: Context) -> Owner:
    """A new account with a second factor.

    Raises:
        Unobservable: An operation is not described, or the second factor could not be enrolled.
    """
    person = await context.accounts.new()
    visit = await person.sign_in()
    begun = (await visit.ask("totp_enrol", password=person.password)).succeed()
    owner = Owner(person, visit, _totp(begun), "uri" in begun.values, exchanges=[begun.exchange])
    context.client.hide(owner.totp.secret)
    person.totp = owner.totp.secret
    reply = await visit.ask("totp_confirm", code=owner.wrong(), note="with a wrong code")
    if refused(reply):
        # the step before first, so that those of now and after are left to sign in with
        for offset in (-NEAR, 0):
            step = owner.step + offset
            reply = await visit.ask("totp_confirm", code=owner.code(step), note=_note(offset))
            if not refused(reply):
                _accepted(owner, step)
                owner.confirmed = True
                break
        else:
            raise _apart(reply, owner) or Unobservable("the right code was refused", reply.exchange)
    codes = reply.get("recovery")
    owner.recovery = [str(code) for code in codes] if isinstance(codes, list) else []
    owner.exchanges.append(reply.exchange)
    return owner


async def _enrols(enrolling: Awaitable[Owner]) -> Observation:
    owner = await enrolling
    if not owner.by_address:
        raise Unobservable("no otpauth address is where totp_enrol.answer says", *owner.exchanges)
    return observed("factor.enrols", owner.confirmed, *owner.exchanges)


async def _demanded(enrolling: Awaitable[Owner]) -> Observation:
    """Sign in by the password alone, and read the own profile with whatever that gave."""
    owner = await enrolling
    visit = owner.person.visit()
    reply = (await owner.person.try_sign_in(visit)).settle()
    if "access" in reply.values:
        return observed("factor.demanded", False, reply.exchange)
    if "challenge" not in reply.values and not visit.cookies:
        raise Unobservable("signing in gave neither tokens nor a challenge", reply.exchange)
    visit.held |= reply.values
    if "challenge" in reply.values:
        visit.held["access"] = reply.values["challenge"]  # where it is taken for a token, it is one
    opened = await visit.ask("me", note="after the password, before the second factor")
    return observed("factor.demanded", refused(opened), reply.exchange, opened.exchange)


async def _wrong_refused(enrolling: Awaitable[Owner]) -> Observation:
    """Answer a challenge with a wrong code, then with the right one: of now, of the next step, or waited for."""
    owner = await enrolling
    visit, challenge = await owner.challenged()
    reply = wrong = await visit.ask("totp_challenge", challenge=challenge, code=owner.wrong(), note="with a wrong code")
    if not refused(wrong):
        return observed("factor.wrong_refused", False, wrong.exchange)
    for offset in (0, NEAR, 0):
        step = owner.step + offset
        if step in owner.used:
            continue
        reply = await _answer(owner, visit, challenge, step)
        if not refused(reply):
            return observed("factor.wrong_refused", True, wrong.exchange, reply.exchange)
        if offset:  # the code of now is used and the next one is too early: wait for its time
            period = owner.totp.interval
            await asyncio.sleep(period - owner.person.now().timestamp() % period + 0.5)
    raise _apart(reply, owner) or Unobservable("the right code did not sign in", reply.exchange)


async def _used_once(enrolling: Awaitable[Owner]) -> Observation:
    owner = await enrolling
    if not owner.signed_in:
        raise Unobservable("no code has signed in")
    visit, challenge = await owner.challenged()
    again = await _answer(owner, visit, challenge, owner.used[-1], "with a code that was used")
    return observed("factor.used_once", refused(again), owner.signed_in[-1].exchange, again.exchange)


async def _drift(enrolling: Awaitable[Owner]) -> Observation:
    """The next step's code first, while a right one can still be told from those that are far off."""
    owner = await enrolling
    if not owner.signed_in:
        raise Unobservable("no code has signed in")
    answers = []
    for offset in (NEAR, -FAR, FAR):
        if owner.step + offset not in owner.used:
            visit, challenge = await owner.challenged()
            reply = await _answer(owner, visit, challenge, owner.step + offset)
            refused(reply)
            answers.append(reply.exchange)
    return observed("factor.drift", owner.drift, *owner.exchanges, *answers)


async def _recovery_once(enrolling: Awaitable[Owner]) -> Observation:
    owner = await enrolling
    if not owner.recovery:
        raise Unobservable("no recovery codes are where totp_confirm.answer says", *owner.exchanges)
    seen = []
    for note in ("with a recovery code", "with a recovery code that was used"):
        visit, challenge = await owner.challenged()
        seen.append(await visit.ask("totp_recover", challenge=challenge, code=owner.recovery[0], note=note))
    first, second = (not refused(reply) for reply in seen)
    return observed("factor.recovery_once", first and not second, *(reply.exchange for reply in seen))


async def _removal_proven(enrolling: Awaitable[Owner]) -> Observation:
    """Ask a live session to remove the second factor, with wrong proof and with none; then look for it."""
    owner = await enrolling
    await owner.challenged()  # what is not demanded cannot be seen to stay
    (await owner.visit.ask("me")).succeed()  # a session that has ended would refuse whatever is asked
    seen = []
    for note, password, code in (("wrong", f"{owner.person.password}x", owner.wrong()), ("no", "", "")):
        note = f"with {note} password and code"
        seen.append(await owner.visit.ask("totp_disable", password=password, code=code, note=note))
        if not refused(seen[-1]):
            break
    left = (await owner.person.try_sign_in()).settle()
    exchanges = [reply.exchange for reply in (*seen, left)]
    if "challenge" not in left.values and not left.ok:
        raise Unobservable(f"signing in afterwards was answered with {left.status}", *exchanges)
    return observed("factor.removal_proven", "challenge" in left.values, *exchanges)


async def _tries_limited(context: Context) -> Observation:
    """Guess on an account that nothing else uses, then give the right code, on a new challenge where the old ended."""
    owner = await _enrol(context)
    visit, challenge = await owner.challenged()
    seen = []
    for _ in range(TRIES):
        # impatient: what is looked for is the refusal itself
        reply = await visit.ask("totp_challenge", challenge=challenge, code=owner.wrong(), patient=False)
        seen.append(reply.exchange)
        if locked(reply):
            break
        if not refused(reply):
            raise Unobservable("a wrong code was accepted", reply.exchange)
    else:
        signing_in = await owner.person.visit().ask(
            "sign_in", email=owner.person.email, password=owner.person.password, remember=False, patient=False
        )
        if locked(signing_in):
            return observed("factor.tries_limited", True, *seen, signing_in.exchange)
        challenge = str(signing_in.settle().need("challenge"))
    step = owner.step + (owner.step in owner.used)
    right = await visit.ask(
        "totp_challenge", challenge=challenge, code=owner.code(step), note="with the right code", patient=False
    )
    exchanges = (*seen, right.exchange)
    if locked(right) or locked(reply):
        return observed("factor.tries_limited", locked(right) or refused(right), *exchanges)
    if refused(right) and owner.drift == 0 and step != owner.step:
        raise Unobservable("neither a lock nor a right code was seen", *exchanges)
    return observed("factor.tries_limited", refused(right), *exchanges)


async def _answer(owner: Owner, visit: Visit, challenge: str, step: int, note: str = "") -> Reply:
    """Answer a challenge with the code of a step, and remember it where it is accepted."""
    reply = await visit.ask(
        "totp_challenge", challenge=challenge, code=owner.code(step), note=note or _note(step - owner.step)
    )
    if reply.ok:
        _accepted(owner, step)
        owner.signed_in.append(reply)
    return reply


def _accepted(owner: Owner, step: int) -> None:
    # time has gone on since the code was made: the nearer of both distances is what was accepted for certain
    owner.drift = max(owner.drift, min(abs(step - owner.step), abs(step - owner.step + 1)))
    owner.used.append(step)


def _note(offset: int) -> str:
    return f"with the code of {offset:+d} steps" if offset else "with the code of now"


def _totp(reply: Reply) -> pyotp.TOTP:
    """What makes the codes, from the otpauth address or, without one, from the secret alone."""
    try:
        if "uri" in reply.values:
            totp = pyotp.parse_uri(str(reply.values["uri"]))
        else:
            totp = pyotp.TOTP(str(reply.need("secret")).replace(" ", ""))
        if isinstance(totp, pyotp.TOTP):
            totp.generate_otp(1)  # raises for a secret that is not base32
            return totp
        reason = "it is for codes that count"
    except ValueError as error:
        reason = str(error)
    raise Unobservable(f"what enrolling gave makes no time-based codes: {reason}", reply.exchange)


def _apart(reply: Reply, owner: Owner) -> Unobservable | None:
    """That the platform's clock and this machine's are too far apart for a right code to be right, where they are."""
    try:
        told = parsedate_to_datetime(reply.exchange.header("date") or "")
        apart = abs((told - owner.person.now().astimezone(UTC)).total_seconds())
    except (TypeError, ValueError):
        return None
    reason = f"the platform's clock and this machine's are {apart:.0f} s apart"
    return Unobservable(reason, reply.exchange) if apart > SKEW_S else None


def locked(reply: Reply) -> bool:
    """Whether the answer says that there were too many tries (RFC 6585) or that the account is locked (RFC 4918)."""
    return reply.status in (423, 429)


def refused(reply: Reply) -> bool:
    """Whether a request was refused as the caller's error, and not carried out.

    Raises:
        Unobservable: Neither can be said.
    """
    status = reply.settle().status or 0
    if reply.ok:
        return False
    if 400 <= status < 500 and status not in (404, 405):
        return True
    raise Unobservable(f"{reply.operation} was answered with status {status}", reply.exchange)
