"""Audit: whether what an account did is in the audit log, at once and in full."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime

from readiness.accounts import Person, Reply, Visit
from readiness.errors import Unobservable
from readiness.evidence import Fact
from readiness.operation import OPERATIONS
from readiness.probes import Context, Observation, observed, probe, settled
from readiness.trail import ACTIONS, Action, Event, events
from readiness.wire.exchange import Exchange

WITHIN = 5.0
"""Seconds in which an action has to be in the log."""
WATCHED = 12.0
"""Seconds that the log is looked at for, so that a late one is told from one without."""

_SIGN_INS: frozenset[Action] = frozenset({"sign_in", "sign_in_failed"})


@dataclass
class Journey:
    """What one account did, and what the log showed of it.

    Attributes:
        done: When each action was done, and where it was asked for.
        seen: Seconds from the last action to when each was first seen in the log.
        found: The event that tells most of each action.
        results: What the log calls the results of sign-ins, those that failed included.
        page: The log as it was seen last.
    """

    done: dict[Action, tuple[datetime, Exchange]] = field(default_factory=dict)
    seen: dict[Action, float] = field(default_factory=dict)
    found: dict[Action, Event] = field(default_factory=dict)
    results: set[str] = field(default_factory=set)
    account: frozenset[str] = frozenset()
    page: Exchange | None = None

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """The log, and every action."""
        page = (self.page,) if self.page else ()
        return *page, *(exchange for _, exchange in self.done.values())


@probe(
    Fact("audit.actions", "number", "Auditable actions that a test account did.", "actions"),
    Fact("audit.missing", "number", "Of those, the actions that were not in the audit log within 5 s.", "actions"),
    Fact(
        "audit.incomplete",
        "number",
        "Of those in the log, the actions without the right actor, a target, an IP address, the right time or a "
        "result, or whose success the log does not tell from a refusal.",
        "actions",
    ),
    Fact("audit.delay_s", "number", "Time from the last action to when it was in the audit log.", "s"),
    deadline=90,
)
async def audit(context: Context) -> AsyncIterator[Observation]:
    """Do eight auditable actions with an account of its own, and look for each in the audit log."""
    journey = asyncio.create_task(_travel(context))
    try:
        yield await settled("audit.actions", _actions(journey))
        yield await settled("audit.missing", _missing(journey))
        yield await settled("audit.incomplete", _incomplete(journey))
        yield await settled("audit.delay_s", _delay(journey))
    finally:
        journey.cancel()
        await asyncio.gather(journey, return_exceptions=True)


async def _travel(context: Context) -> Journey:
    described = context.target.operations.get("audit")
    if described is None:
        raise Unobservable("the target file does not describe the operation audit")
    if unnamed := [action for action in ACTIONS if action not in context.target.audit]:
        raise Unobservable(f"the target file does not say what the audit log calls {', '.join(unnamed)} (audit)")
    journey = Journey()
    person = await _sign_up(context, journey)
    visit = await _act(context, journey, person)
    reader = visit if (described.by or OPERATIONS["audit"].by) == "user" else await context.accounts.admin()
    await _watch(context, journey, reader, person)
    return journey


async def _sign_up(context: Context, journey: Journey) -> Person:
    accounts = context.accounts
    since = context.client.time()
    person, reply = await accounts.register()
    _note(context, journey, "sign_up", reply)
    if "verify" not in context.target.operations:
        raise Unobservable("the target file does not describe the operation verify")
    letter = await person.need_letter("verify", since=since)
    reply = await person.visit().ask("verify", email=person.email, token=letter.found["verify"])
    _note(context, journey, "verify", reply)
    return person


async def _act(context: Context, journey: Journey, person: Person) -> Visit:
    """Do what is left to do, the last thing last, and return a visit that is still signed in."""
    visit = await person.sign_in()
    me = (await visit.ask("me")).succeed()
    journey.done["sign_in"] = context.client.time(), me.exchange
    person.id = person.id or str(me.need("id"))
    journey.account = frozenset({person.id, person.email})
    wrong = (await person.try_sign_in(password=f"Wr0ng-{secrets.token_urlsafe(12)}")).settle()
    if wrong.ok or wrong.status not in (400, 401, 403, 422):
        raise Unobservable(f"a sign-in with a wrong password was answered with status {wrong.status}", wrong.exchange)
    journey.done["sign_in_failed"] = context.client.time(), wrong.exchange
    before = await _sessions(visit)
    await person.sign_in()
    other = [session for session in await _sessions(visit) if session not in before]
    if not other:
        raise Unobservable("a second sign-in is not in the list of sessions")
    _note(context, journey, "session_revoke", await visit.ask("session_revoke", id=other[0]))
    new = f"Rd8-{secrets.token_urlsafe(18)}"
    changed = await visit.ask("change_password", password=person.password, new_password=new)
    _note(context, journey, "change_password", changed)
    person.password = new
    context.accounts.moved(person, person.email)
    visit = await person.sign_in()  # some platforms end every session with the old password
    key = (await visit.ask("api_key_create", name="readiness", expires_at=None)).settle()
    _note(context, journey, "api_key_create", key)
    _note(context, journey, "api_key_revoke", await visit.ask("api_key_revoke", id=key.need("id")))
    return visit


async def _sessions(visit: Visit) -> list[str]:
    return [str(id) for id in (await visit.ask("sessions")).succeed().need("id")]


def _note(context: Context, journey: Journey, action: Action, reply: Reply) -> None:
    journey.done[action] = context.client.time(), reply.succeed().exchange


async def _watch(context: Context, journey: Journey, reader: Visit, person: Person) -> None:
    """Look at the log until everything is there."""
    begun = time.monotonic()
    while True:
        page = (await reader.ask("audit", id=person.id)).succeed()
        seconds = time.monotonic() - begun
        journey.page = page.exchange
        _find(context, journey, events(page, context.target.operations["audit"].answer), seconds)
        # where one word stands for both, a failed sign-in is there once there are two results
        told = len(journey.results) > 1 or seconds >= WITHIN
        if (len(journey.seen) == len(journey.done) and told) or seconds >= WATCHED:
            return
        await asyncio.sleep(0.5)


def _find(context: Context, journey: Journey, listed: list[Event], seconds: float) -> None:
    for action, (at, _) in journey.done.items():
        named = [one for one in listed if one.action == context.target.audit[action] and one.of(journey.account)]
        if action in _SIGN_INS:
            journey.results |= {str(one.result) for one in named}
        if named and action not in journey.seen:
            journey.seen[action] = seconds
            journey.found[action] = min(named, key=lambda one: len(one.lacks(action, journey.account, at)))


async def _actions(travelling: asyncio.Task[Journey]) -> Observation:
    journey = await travelling
    return observed("audit.actions", len(journey.done), *journey.exchanges)


async def _missing(travelling: asyncio.Task[Journey]) -> Observation:
    journey = await travelling
    late = [action for action in journey.done if journey.seen.get(action, WATCHED) > WITHIN]
    return observed("audit.missing", len(late), *journey.exchanges)


async def _incomplete(travelling: asyncio.Task[Journey]) -> Observation:
    journey = await travelling
    if not journey.found:
        raise Unobservable("none of the actions is in the audit log", *journey.exchanges)
    times = {action: at for action, (at, _) in journey.done.items()}
    lacking = {action for action, one in journey.found.items() if one.lacks(action, journey.account, times[action])}
    if len(journey.results) < 2 and journey.found.keys() >= _SIGN_INS:
        lacking.add("sign_in_failed")
    return observed("audit.incomplete", len(lacking), *journey.exchanges)


async def _delay(travelling: asyncio.Task[Journey]) -> Observation:
    """Of the last action, since the log is looked at from then on."""
    journey = await travelling
    last = list(journey.done)[-1]
    if last not in journey.seen:
        raise Unobservable(f"the last action is not in the audit log within {WATCHED:g} s", *journey.exchanges)
    return observed("audit.delay_s", round(journey.seen[last], 2), *journey.exchanges)
