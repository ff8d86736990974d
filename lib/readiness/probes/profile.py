"""Profile: whether people can read and change their own profile and address, and nothing beyond it."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from readiness.accounts import Person, Reply, Visit
from readiness.accounts.carrier import refused
from readiness.errors import Unobservable
from readiness.evidence import Fact
from readiness.probes import Context, Observation, observed, probe, settled, unavailable
from readiness.wire.exchange import Exchange

READ, CHANGED, ROLE, TENANT = "profile.read", "profile.changed", "profile.role_kept", "profile.tenant_kept"
PENDING, CONFIRMED = "profile.email_pending", "profile.email_confirmed"
_FACTS = (READ, CHANGED, ROLE, TENANT, PENDING, CONFIRMED)

Beyond = Literal["role", "tenant"]
"""What nobody may change of the own profile."""

PRIVILEGED = "admin"
"""The role that is tried where no administrator's profile shows what theirs is called."""

_REFUSALS = (400, 403, 409, 422)
"""How a member of a body is refused; other statuses turn a request away before it is looked at."""


@dataclass
class Owner:
    """Somebody whose profile nobody else uses.

    Attributes:
        visit: The latest one.
        me: The profile as it was read last.
        changed: It could be changed where that is allowed.
    """

    person: Person
    visit: Visit
    me: Reply
    changed: bool = False

    async def read(self) -> Exchange:
        """Read the profile again."""
        self.me = (await self.visit.ask("me")).succeed()
        return self.me.exchange

    def shown(self, member: str) -> Any:
        """A member of the profile as it was read last.

        Raises:
            Unobservable: The profile does not show it, or the target file does not say where.
        """
        if member not in self.visit.target.operations["me"].answer:
            raise Unobservable(f"the target file does not say where me holds {member}")
        return self.me.need(member)

    def has(self, email: str) -> bool:
        """Whether the profile shows this address."""
        return str(self.shown("email")).lower() == email.lower()


@dataclass(frozen=True)
class Move:
    """A new address that was asked for.

    Attributes:
        newcomer: Who signs in with it, once it counts.
        since: When it was asked for.
        pending: It did not count yet.
        exchanges: What showed that, the asking first.
    """

    newcomer: Person
    since: datetime
    pending: bool
    exchanges: tuple[Exchange, ...]


@probe(
    Fact(READ, "boolean", "The own profile can be read, and shows the own address."),
    Fact(CHANGED, "boolean", "A new name is in the profile when it is read again."),
    Fact(ROLE, "boolean", "Another role, sent with a new name, is refused or ignored."),
    Fact(TENANT, "boolean", "Another account's tenant, sent with a new name, is refused or ignored."),
    Fact(PENDING, "boolean", "Until it is confirmed, a new address is not in the profile and does not sign in."),
    Fact(CONFIRMED, "boolean", "With what was mailed to it, a new address signs in and the old one does not any more."),
    deadline=120,
)
async def profile(context: Context) -> AsyncIterator[Observation]:
    """Change the name of an account that nobody else uses, then its role and tenant, then its address."""
    try:
        owner = await _owner(context)
    except Unobservable as obstacle:
        for fact in _FACTS:
            yield unavailable(fact, obstacle.reason, *obstacle.exchanges, permission=obstacle.permission)
        return
    yield await settled(READ, _read(owner))
    yield await settled(CHANGED, _changed(owner))
    yield await settled(ROLE, _kept(context, owner, "role"))
    yield await settled(TENANT, _kept(context, owner, "tenant"))
    moving = asyncio.create_task(_move(context, owner))
    yield await settled(PENDING, _pending(moving))
    yield await settled(CONFIRMED, _confirmed(context, owner, moving))


async def _owner(context: Context) -> Owner:
    if "me" not in context.target.operations:  # before anything is made for it
        raise Unobservable("the target file does not describe the operation me")
    person = await context.accounts.new()
    visit = await person.sign_in()
    me = (await visit.ask("me")).settle()
    person.id = person.id or str(me.get("id") or "")
    return Owner(person, visit, me)


async def _read(owner: Owner) -> Observation:
    return observed(READ, owner.me.ok and owner.has(owner.person.email), owner.me.exchange)


# --- what may be changed, and what may not -------------------------------------------------------------------------


async def _changed(owner: Owner) -> Observation:
    """The profile tells, whatever the change was answered with: a server error may come after it was made."""
    name = _name()
    reply = await owner.visit.ask("update", name=name)
    read = await owner.read()
    owner.changed = owner.shown("name") == name
    if not owner.changed:
        reply.settle()
    return observed(CHANGED, owner.changed, reply.exchange, read)


async def _kept(context: Context, owner: Owner, member: Beyond) -> Observation:
    """Send a member of the profile that is not the owner's to change beside one that is, and read both."""
    fact, operation = f"profile.{member}_kept", f"update_{member}"
    own = owner.shown(member)
    described = context.target.operations.get(operation)
    if described is None or member not in described.placeholders:
        raise Unobservable(f"the target file does not describe the operation {operation} with its {{{member}}}")
    if not owner.changed:
        raise Unobservable("nothing of the profile could be changed, so that what stayed says nothing")
    other, name = await _other(context, member), _name()
    if other == own:
        raise Unobservable(f"there is no other {member} to try than the own one", owner.me.exchange)
    reply = await owner.visit.ask(operation, name=name, note=f"with another {member}", **{member: other})
    owner.visit = await owner.person.sign_in()  # some profiles show what the token said when it was issued
    exchanges = reply.exchange, await owner.read()
    if owner.shown(member) != own:
        await owner.visit.ask(operation, name=name, note=f"with the own {member} again", **{member: own})
        return observed(fact, False, *exchanges)
    taken = reply.ok and ("name" not in described.placeholders or owner.shown("name") == name)
    if not taken and reply.settle().status not in _REFUSALS:
        raise Unobservable(f"{operation} was answered with status {reply.status} and changed nothing", *exchanges)
    return observed(fact, True, *exchanges)


async def _other(context: Context, member: Beyond) -> Any:
    """The administrator's role, or the tenant of another test account."""
    if member == "tenant":
        ben = await (await context.accounts.person("ben")).sign_in()
        return (await ben.ask("me")).succeed().need(member)
    with suppress(Unobservable):  # a platform whose administrator is nobody to us
        return (await (await context.accounts.admin()).ask("me")).succeed().need(member)
    return PRIVILEGED


def _name() -> str:
    return f"Readiness {secrets.token_hex(4)}"


# --- another address -----------------------------------------------------------------------------------------------


async def _move(context: Context, owner: Owner) -> Move:
    """Ask for a new address, and look whether it counts at once, whatever the asking was answered with."""
    accounts, person = context.accounts, owner.person
    for operation in ("change_email", "confirm_email"):
        if not owner.visit.describes(operation):
            raise Unobservable(f"the target file does not describe the operation {operation}")
    owner.shown("email")
    newcomer = accounts.stranger(password=person.password)
    accounts.moved(person, person.email)  # noted with its id, by which it is found under either address
    accounts.expect(newcomer)
    since = context.client.time()
    asked = await owner.visit.ask("change_email", email=newcomer.email, password=person.password)
    if asked.status is not None:
        accounts.answered(newcomer)
    read = await owner.read()
    entered = await newcomer.try_sign_in()
    pending = owner.has(person.email) and refused(entered)
    if pending:
        asked.succeed()
    elif not refused(entered):
        accounts.moved(person, newcomer.email)
    return Move(newcomer, since, pending, (asked.exchange, read, entered.exchange))


async def _pending(moving: asyncio.Task[Move]) -> Observation:
    move = await moving
    return observed(PENDING, move.pending, *move.exchanges)


async def _confirmed(context: Context, owner: Owner, moving: asyncio.Task[Move]) -> Observation:
    move = await moving
    if not move.pending:
        raise Unobservable("the new address counted before it was confirmed", *move.exchanges)
    newcomer = move.newcomer
    letter = await newcomer.letter("confirm_email", since=move.since)
    if letter is None:
        return observed(CONFIRMED, False, move.exchanges[0])
    token = letter.found["confirm_email"]
    confirmed = await owner.visit.ask("confirm_email", email=newcomer.email, token=token)
    with_new, with_old = await newcomer.try_sign_in(), await owner.person.try_sign_in()
    if refused(with_new):
        confirmed.settle()
    else:
        context.accounts.moved(owner.person, newcomer.email)
    right = not refused(with_new) and refused(with_old)
    return observed(CONFIRMED, right, letter, confirmed.exchange, with_new.exchange, with_old.exchange)
