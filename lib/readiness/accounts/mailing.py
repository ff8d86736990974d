"""Mailing: whether a platform stops sending the same person the same mail."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from readiness.accounts.person import Person
from readiness.accounts.visit import Reply
from readiness.errors import Unobservable
from readiness.mailbox import Letter
from readiness.wire.exchange import Recorded

ASKED = 8
"""Requests for the same mail in a row; who has lost one asks two or three times."""
QUIET = 2.0
"""Seconds without a mail that at least have to pass before it is said that no more comes."""
_LOOK = 0.2


@dataclass(frozen=True)
class Mailing:
    """How often a mail was asked for and sent.

    Attributes:
        limited: Whether it was refused, or not sent, from some time on.
        seen: The answers and the mails.
    """

    limited: bool
    seen: tuple[Recorded, ...]


async def limited(
    person: Person, kind: str, ask: Callable[[str], Awaitable[Reply]], *, since: datetime, before: int = 0
) -> Mailing:
    """Ask for a mail again and again, until it is refused or `ASKED` times.

    Args:
        person: Whom it is sent to.
        kind: Of the mail, see `Mailbox.mails`.
        ask: Asks for the mail to be sent to an address.
        since: When the first of these mails was asked for.
        before: How often it has been asked for since then.

    Raises:
        Unobservable: No mail came at all, an answer says nothing, or everybody is refused.
    """
    seen: list[Recorded] = []
    asked: list[datetime] = []
    for _ in range(ASKED):
        asked.append(person.now())
        reply = await ask(person.email)
        seen.append(reply.exchange)
        if reply.status == 429:
            name, _, domain = person.email.partition("@")
            other = await ask(f"{name}-nobody@{domain}")
            other.settle()  # a limit for all of us would refuse a stranger as well
            return Mailing(True, (*seen, other.exchange))
        reply.succeed()
    arrived = await _arrived(person, kind, since, before, asked)
    return Mailing(len(arrived) < before + ASKED, (*seen, *arrived))


async def letters(person: Person, kind: str, since: datetime) -> list[Letter]:
    """The mails of a kind that a person has got since then, oldest first.

    Raises:
        Unobservable: The mailbox cannot be read.
    """
    if isinstance(person.mailbox, str):
        raise Unobservable(person.mailbox)
    found = await person.mailbox.letters(person.email)
    return [letter for letter in found if kind in letter.found and letter.received_at >= since]


async def another(person: Person, kind: str, since: datetime, count: int, within: float | None = None) -> Letter | None:
    """The mail that comes after `count` others of its kind, None where it does not come in time.

    What is told apart by its place needs no clock: some mailboxes tell the time in seconds.

    Args:
        person: Whom it is sent to.
        kind: Of the mail, see `Mailbox.mails`.
        since: When the first of these mails was asked for.
        count: How many others there are.
        within: Seconds that it may take; default the declared patience.
    """
    deadline = _clock() + (_patience(person) if within is None else within)
    while len(found := await letters(person, kind, since)) <= count:
        if _clock() > deadline:
            return None
        await asyncio.sleep(_LOOK)
    return found[-1]


def quiet_s(person: Person, letter: Letter, since: datetime) -> float:
    """Seconds without a mail after which it is said that no more comes.

    Args:
        person: Whom mails are sent to.
        letter: One that did come: the others may take as long as it did, and as long again.
        since: When it was asked for.
    """
    slowest = max(0.0, (letter.received_at - since).total_seconds())
    return min(max(QUIET, 2 * slowest), max(QUIET, _patience(person)))


async def _arrived(
    person: Person, kind: str, since: datetime, before: int, asked: Sequence[datetime]
) -> Sequence[Letter]:
    """The mails that came, once no more of them come: as many as were asked for, or none for a while."""
    await person.need_letter(kind, since=since)
    seen = await letters(person, kind, since)
    last = _clock()
    while len(seen) < before + len(asked):
        # the next may take as long as the slowest took; each came no earlier than it was asked for
        times = [(seen[0], since), *zip(seen[before:], asked, strict=False)]
        if _clock() - last >= max(quiet_s(person, letter, at) for letter, at in times):
            break
        await asyncio.sleep(_LOOK)
        if len(found := await letters(person, kind, since)) > len(seen):
            seen, last = found, _clock()
    return seen


def _clock() -> float:
    return asyncio.get_running_loop().time()


def _patience(person: Person) -> float:
    assert not isinstance(person.mailbox, str)
    return person.mailbox.declaration.patience.total_seconds()
