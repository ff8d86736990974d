"""Sessions: whether people see where they are signed in, and can end it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from readiness.accounts import Reply, Visit
from readiness.accounts.carrier import carrier, copied, works
from readiness.answers import token
from readiness.errors import Unobservable
from readiness.evidence import Fact
from readiness.probes import Context, Observation, observed, probe, unavailable
from readiness.wire.exchange import Exchange

LAPTOP = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Version/18.5 Safari/604.1"
"""Two devices, as browsers on them call themselves."""

TOLD = ("device", "address", "last_used")
LISTED, UNTOLD, MARKED = "sessions.listed", "sessions.undescribed", "sessions.current_marked"
ENDED, OTHER = "sessions.revoked_refused", "sessions.other_lives"
_FACTS = (LISTED, UNTOLD, MARKED, ENDED, OTHER)


@dataclass(frozen=True)
class Pair:
    """Two sign-ins of one account, and the list of sessions as each is shown it.

    Attributes:
        laptop, phone: The visits, in this order.
        lists: The answers to them.
    """

    laptop: Visit
    phone: Visit
    lists: tuple[Reply, Reply]

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """Of both lists."""
        return tuple(reply.exchange for reply in self.lists)


@probe(
    Fact(LISTED, "number", "Of two sign-ins, those that the person's list of sessions shows.", "sessions"),
    Fact(
        UNTOLD, "number", "Listed sessions without device, address or last use, or with another's device.", "sessions"
    ),
    Fact(MARKED, "boolean", "The list marks the one session that asks for it."),
    Fact(ENDED, "boolean", "An ended session is refused, or cannot be refreshed and ends with its access token."),
    Fact(OTHER, "boolean", "The session that ended the other one goes on working."),
    deadline=60,
)
async def sessions(context: Context) -> AsyncIterator[Observation]:
    """Sign in twice with an account that nobody else uses, list the sessions, and end the second one from the first."""
    try:
        pair = await _pair(context)
    except Unobservable as obstacle:
        for fact in _FACTS:
            yield unavailable(fact, obstacle.reason, *obstacle.exchanges, permission=obstacle.permission)
        return
    ids = pair.lists[0].need("id")
    yield observed(LISTED, min(len(ids), 2), *pair.exchanges)
    yield _described(context, pair)
    yield _marked(context, pair)
    for observation in await _revoke(pair):
        yield observation


async def _pair(context: Context) -> Pair:
    person = await context.accounts.person("sessions")
    laptop = await person.sign_in(device=LAPTOP)
    phone = await person.sign_in(device=PHONE)
    lists = (await laptop.ask("sessions")).succeed(), (await phone.ask("sessions")).succeed()
    lists[0].need("id")
    return Pair(laptop, phone, lists)


def _places(context: Context) -> dict[str, str]:
    return context.target.operations["sessions"].answer


def _column(reply: Reply, name: str, length: int) -> list[Any]:
    found = reply.get(name)
    values = found if isinstance(found, list) else []
    return [*values, *[None] * (length - len(values))][:length]


def _described(context: Context, pair: Pair) -> Observation:
    """Sessions whose device, address or last use is not told; a device that both share tells nothing."""
    if missing := [name for name in TOLD if name not in _places(context)]:
        return unavailable(UNTOLD, f"the target file does not say where sessions holds {', '.join(missing)}")
    listed = pair.lists[0]
    length = len(listed.need("id"))
    columns = {name: _column(listed, name, length) for name in TOLD}
    devices = columns["device"]
    bare = [
        index
        for index in range(length)
        if any(columns[name][index] in (None, "") for name in TOLD) or devices.count(devices[index]) > 1
    ]
    return observed(UNTOLD, len(bare), listed.exchange)


def _marked(context: Context, pair: Pair) -> Observation:
    if "current" not in _places(context):
        return unavailable(MARKED, "the target file does not say where sessions holds current")
    marked = [_current(reply) for reply in pair.lists]
    right = all(len(one) == 1 for one in marked) and marked[0] != marked[1]
    return observed(MARKED, right, *pair.exchanges)


def _current(reply: Reply) -> list[Any]:
    ids = reply.get("id") or []
    return [id for id, current in zip(ids, _column(reply, "current", len(ids)), strict=True) if current is True]


async def _revoke(pair: Pair) -> list[Observation]:
    """End the phone's session from the laptop."""
    try:
        before = (await pair.phone.ask("me")).succeed()
        ended = (await pair.laptop.ask("session_revoke", id=_phones(pair))).succeed()
        after = await pair.phone.ask("me", note="with the ended session")
        exchanges = [before.exchange, ended.exchange, after.exchange]
        refused = not works(after)
        if not refused:
            refused = await _dies(pair.phone, exchanges)
        other = await pair.laptop.ask("me", note="with the other session")
        return [observed(ENDED, refused, *exchanges), observed(OTHER, works(other), ended.exchange, other.exchange)]
    except Unobservable as obstacle:
        return [unavailable(fact, obstacle.reason, *obstacle.exchanges) for fact in (ENDED, OTHER)]


def _phones(pair: Pair) -> str:
    """The id of the phone's session: the one it is shown as its own, else the one that tells its device."""
    own = _current(pair.lists[1])
    if len(own) == 1:
        return str(own[0])
    ids = pair.lists[1].need("id")
    devices = _column(pair.lists[1], "device", len(ids))
    hers = [id for id, device in zip(ids, devices, strict=True) if device and ("iPhone" in device or device == PHONE)]
    if len(hers) != 1:
        raise Unobservable("the list does not tell which session is which", *pair.exchanges)
    return str(hers[0])


async def _dies(phone: Visit, exchanges: list[Exchange]) -> bool:
    """Whether a session that is still accepted dies by itself: its token expires and cannot be refreshed."""
    read = token.read(carrier(phone))
    if read is None or read.life_s is None:
        return False
    if not phone.target.session.refresh:
        return True
    reply = await copied(phone).ask("refresh", note="of the ended session")
    exchanges.append(reply.exchange)
    return not works(reply)
