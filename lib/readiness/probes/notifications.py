"""Notifications: whether people are told what happens to their account, and of nothing else once they say so."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from readiness.accounts import Person, Reply, Visit
from readiness.accounts.mailing import another, letters, quiet_s
from readiness.errors import Unobservable
from readiness.evidence import Fact
from readiness.operation import OPERATIONS
from readiness.probes import Context, Observation, observed, probe, settled, unavailable
from readiness.probes.sessions import LAPTOP, PHONE
from readiness.wire.exchange import Exchange

PASSWORD_MAIL, PASSWORD_NOTICE = "notifications.password_mail", "notifications.password_notice"
DEVICE_MAIL, DEVICE_NOTICE = "notifications.device_mail", "notifications.device_notice"
OPT_OUT, SECURITY = "notifications.opt_out", "notifications.security_mail_kept"
_FACTS = (PASSWORD_MAIL, PASSWORD_NOTICE, DEVICE_MAIL, DEVICE_NOTICE, OPT_OUT, SECURITY)

WITHIN = 60.0
"""Seconds in which a notice has to be there; less where the mailbox has less patience."""
_LOOK = 1.0
_EVER = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass
class Owner:
    """Somebody who is told what happens to the account.

    Attributes:
        visit: The latest one on the laptop.
        opted_out: Mail other than security mail is switched off.
    """

    person: Person
    visit: Visit
    opted_out: bool = False


@dataclass(frozen=True)
class Event:
    """Something that the owner has to be told of.

    Attributes:
        since: When it was asked for.
        before: The unread notices until then, by kind; or why they cannot be read.
        exchanges: What shows that it happened.
    """

    since: datetime
    before: Counter[str] | Unobservable
    exchanges: tuple[Exchange, ...]


Happening = asyncio.Task[Event]


@probe(
    Fact(PASSWORD_MAIL, "boolean", "A mail tells of a changed password in time."),
    Fact(PASSWORD_NOTICE, "boolean", "An unread notice in the app tells of a changed password in time."),
    Fact(DEVICE_MAIL, "boolean", "A mail tells of a sign-in on a new device in time."),
    Fact(DEVICE_NOTICE, "boolean", "An unread notice in the app tells of a sign-in on a new device in time."),
    Fact(OPT_OUT, "boolean", "Mail other than security mail comes until it is switched off, and not any more then."),
    Fact(SECURITY, "boolean", "With other mail switched off, a mail still tells of a changed password."),
    deadline=270,
)
async def notifications(context: Context) -> AsyncIterator[Observation]:
    """Change a password, sign in on a new device, switch other mail off, and change the password once more."""
    try:
        owner = await _owner(context)
    except Unobservable as obstacle:
        for fact in _FACTS:
            yield unavailable(fact, obstacle.reason, *obstacle.exchanges, permission=obstacle.permission)
        return
    changing = asyncio.create_task(_changed_password(context, owner))
    for one in await asyncio.gather(
        settled(PASSWORD_MAIL, _mail(owner, PASSWORD_MAIL, "password_changed", changing)),
        settled(PASSWORD_NOTICE, _notice(context, owner, PASSWORD_NOTICE, changing)),
    ):
        yield one
    entering = asyncio.create_task(_entered_anew(context, owner))
    for one in await asyncio.gather(
        settled(DEVICE_MAIL, _mail(owner, DEVICE_MAIL, "new_device", entering)),
        settled(DEVICE_NOTICE, _notice(context, owner, DEVICE_NOTICE, entering)),
    ):
        yield one
    yield await settled(OPT_OUT, _opt_out(context, owner))
    yield await settled(SECURITY, _security_mail(context, owner))


async def _owner(context: Context) -> Owner:
    if context.target.mailbox is None and "notices" not in context.target.operations:  # before anything is made for it
        raise Unobservable("the target file names no mailbox and does not describe the operation notices")
    person = await context.accounts.new()
    return Owner(person, await person.sign_in(device=LAPTOP))


# --- what the owner is told ----------------------------------------------------------------------------------------


async def _changed_password(context: Context, owner: Owner) -> Event:
    before, since = await _before(owner), context.client.time()
    return Event(since, before, (await _change_password(context, owner),))


async def _change_password(context: Context, owner: Owner) -> Exchange:
    """The new password tells whether it was changed, whatever that was answered with."""
    person, old = owner.person, owner.person.password
    new = context.accounts.stranger(person.email).password
    changed = await owner.visit.ask("change_password", password=old, new_password=new)
    person.password = new
    try:
        owner.visit = await person.sign_in(device=LAPTOP)  # some platforms end every session with the old password
    except Unobservable:
        person.password = old
        changed.succeed()
        raise
    context.accounts.moved(person, person.email)
    return changed.exchange


async def _entered_anew(context: Context, owner: Owner) -> Event:
    before, since = await _before(owner), context.client.time()
    phone = await owner.person.sign_in(device=PHONE)
    me = (await phone.ask("me", note="on a new device")).succeed()
    owner.person.id = owner.person.id or str(me.get("id") or "")
    return Event(since, before, (me.exchange,))


async def _before(owner: Owner) -> Counter[str] | Unobservable:
    try:
        listed = (await owner.visit.ask("notices")).succeed()
        if "read" not in owner.visit.target.operations["notices"].answer:
            raise Unobservable("the target file does not say where notices holds read")
        return _unread(listed)
    except Unobservable as obstacle:
        return obstacle


async def _mail(owner: Owner, fact: str, kind: str, happening: Happening) -> Observation:
    """In the mailbox's patience, which is 60 s at most."""
    event = await happening
    letter = await owner.person.letter(kind, since=event.since)
    return observed(fact, letter is not None, *event.exchanges, *([letter] if letter else []))


async def _notice(context: Context, owner: Owner, fact: str, happening: Happening) -> Observation:
    """A notice that was not there before, and that nobody has read."""
    event = await happening
    if isinstance(event.before, Unobservable):
        raise event.before
    mailbox, clock = context.target.mailbox, asyncio.get_running_loop().time
    until = clock() + (mailbox.patience.total_seconds() if mailbox else WITHIN)
    while True:
        listed = (await owner.visit.ask("notices")).succeed()
        new = _unread(listed) - event.before
        if new or clock() >= until:
            return observed(fact, bool(new), *event.exchanges, listed.exchange)
        await asyncio.sleep(_LOOK)


def _unread(listed: Reply) -> Counter[str]:
    """Unread notices by kind; a notice is read that has a mark or a time of having been."""
    read, kinds = ([*(listed.get(name) or [])] for name in ("read", "kind"))
    kinds += [""] * len(read)
    return Counter(str(kind) for kind, seen in zip(kinds, read, strict=False) if not seen)


# --- what the owner does not want to be told -----------------------------------------------------------------------


async def _opt_out(context: Context, owner: Owner) -> Observation:
    """Have the same mail sent before and after switching it off: without the first, the silence would say nothing."""
    person, ask = owner.person, await _product_mail(context, owner)
    since = context.client.time()
    sent = (await ask()).succeed()
    first = await person.letter("product", since=since)
    if first is None:
        raise Unobservable("no mail of the kind product came before it was switched off either", sent.exchange)
    opted = (await owner.visit.ask("opt_out")).succeed()
    owner.opted_out = True
    count = len(await letters(person, "product", _EVER))
    again = (await ask()).settle()  # it may be refused as well
    if (again.status or 0) >= 500:
        again.succeed()
    more = await another(person, "product", _EVER, count, within=quiet_s(person, first, since))
    exchanges = sent.exchange, first, opted.exchange, again.exchange
    return observed(OPT_OUT, more is None, *exchanges, *([more] if more else []))


async def _product_mail(context: Context, owner: Owner) -> Callable[[], Awaitable[Reply]]:
    """Has a mail sent to the owner that is no security mail."""
    described = context.target.operations.get("product_mail")
    if described is None:
        raise Unobservable("the target file does not describe the operation product_mail")
    person, visit = owner.person, owner.visit
    if "id" in described.placeholders and not person.id:
        person.id = str((await visit.ask("me")).succeed().need("id"))
    if (described.by or OPERATIONS["product_mail"].by) == "admin":
        visit = await context.accounts.admin()
    return partial(visit.ask, "product_mail", email=person.email, id=person.id)


async def _security_mail(context: Context, owner: Owner) -> Observation:
    person = owner.person
    count = len(await letters(person, "password_changed", _EVER))
    if not owner.opted_out:
        raise Unobservable("no mail could be switched off")
    if not count:
        raise Unobservable("no mail told of a changed password before others were switched off either")
    changed = await _change_password(context, owner)
    letter = await another(person, "password_changed", _EVER, count)
    return observed(SECURITY, letter is not None, changed, *([letter] if letter else []))
