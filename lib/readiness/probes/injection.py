"""Injection: whether a parameter changes the meaning or the time of a database query.

Payloads only ever narrow a query or concatenate a text: none of them can make a statement that writes do more than it
was asked for. Of the operations that write, those alone are tried that change nothing when they refuse.
"""

import asyncio
import html
import json
import re
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from typing import Any
from urllib.parse import quote

from readiness.accounts import Visit
from readiness.answers.negative import Described, shape
from readiness.answers.obstacle import away
from readiness.body import Body
from readiness.errors import Unobservable
from readiness.evidence import Fact
from readiness.operation import OPERATIONS
from readiness.probes import Context, Observation, observed, probe, settled
from readiness.probes.openapi import operations
from readiness.stranger import HARMLESS
from readiness.wire.exchange import Exchange

SLEEP_S = 0.7
"""Seconds that a query is told to sleep: far above the jitter of an answer, and short enough to be waited for."""

REPEATS = 5
"""Times that a suspicion is tried again, each beside a harmless request."""

PARAMETERS = 30
"""Parameters that are tried at most; those of queries first."""

_HARMLESS = ("sign_in", "forgot", "reset", "verify", "refresh", "resend_verification")
"""Operations with a body that change nothing of anybody's for a made-up address or token."""

_SLEEPS = (
    "{v}'||(select 1 from pg_sleep({s}))||'",
    "(select 1 from pg_sleep({s}))",
    "{v}' AND (SELECT 1 FROM (SELECT SLEEP({s}))x) AND '1'='1",
    "(SELECT SLEEP({s}))",
)
"""PostgreSQL within quotes and outside of them, then MySQL the same; a subquery of nothing outside runs once."""

_MEANINGS = (
    ("{a}'||'{b}", "{a}'||'x{b}"),
    ("{a}' '{b}", "{a}' 'x{b}"),
    ("{v}' AND '1'='1", "{v}' AND '1'='2"),
)
"""Pairs: a query with the first means what the parameter's plain value means, one with the second does not."""

_ERRORS = re.compile(
    r"syntax error (?:at or near|at end of input|in tsquery)|unterminated quoted string|invalid input syntax for"
    r"|SQLSTATE|psycopg\d?\.|asyncpg\.|sqlalche\.me|PG::\w+Error|pq: |SqlException|ORA-\d{5}"
    r"|You have an error in your SQL syntax|mysql_fetch|MySqlException|SQLite3?::|sqlite3\.OperationalError"
    r"|no such column|unrecognized token|(?:column|relation) \"[^\"]{1,80}\" does not exist",
    re.IGNORECASE,
)
_READ = 50_000  # characters of an answer that are searched


_numbers = count(1)


def made_up() -> str:
    """An address that nobody has, another one each time."""
    return f"readiness-nobody-{next(_numbers)}@{HARMLESS}"


@dataclass(frozen=True)
class Parameter:
    """One place that takes a text.

    Attributes:
        described: The operation.
        place, name: `query`, `path` or `body`, and the parameter's name.
        value: A value that it allows.
        operation: The operation's name in the target file; empty where that does not describe it.
    """

    described: Described
    place: str
    name: str
    value: str
    operation: str = ""

    def asked(self, value: str) -> tuple[str, Body]:
        """Path and body of a request with this value."""
        one = self.described
        path = one.address({**one.path, self.name: value} if self.place == "path" else None)
        if self.place == "query":
            path = one.address(query={**one.query, self.name: value})
        if self.place == "body":
            body = one.body if isinstance(one.body, dict) else {}
            # another address each time: platforms lock one that is tried too often
            fresh = {key: made_up() for key, given in body.items() if isinstance(given, str) and "@" in given}
            return path, Body.of({**body, **fresh, self.name: value}, one.takes)
        return path, Body()


@dataclass(frozen=True)
class Tried:
    """One parameter after its payloads.

    Attributes:
        answers: Every answer, the plain one first.
        delayed, changed: Answers that show that a payload was carried out; none where none was.
        uncertain: Whether a query slept could not be told from how late the answers are anyway.
        reason: Why it could not be tried; empty when it was.
    """

    parameter: Parameter
    answers: tuple[Exchange, ...]
    delayed: tuple[Exchange, ...] = ()
    changed: tuple[Exchange, ...] = ()
    uncertain: bool = False
    reason: str = ""

    @property
    def reached(self) -> bool:
        """The plain request was looked at beyond its form, so that a query may have been asked."""
        return not self.reason and self.answers[0].status not in (400, 422)

    @property
    def telling(self) -> tuple[Exchange, ...]:
        """Answers with the text of a database's error that the plain answer does not have."""
        if not self.answers or shows_database_error(self.answers[0]):
            return ()
        return tuple(answer for answer in self.answers if shows_database_error(answer))


@probe(
    Fact("injection.parameters", "number", "Parameters that were tried with pieces of SQL.", "parameters"),
    Fact(
        "injection.database_errors", "number", "Parameters that bring up the text of a database's error.", "parameters"
    ),
    Fact("injection.delays", "number", "Parameters by which a query can be told to sleep.", "parameters"),
    Fact("injection.changed_meaning", "number", "Parameters by which the meaning of a query changes.", "parameters"),
    deadline=180,
)
async def injection(context: Context) -> AsyncIterator[Observation]:
    """Send pieces of SQL in every parameter that takes a text, and compare with the same request without them."""
    trying = asyncio.create_task(_tried(context))
    for name in ("parameters", "database_errors", "delays", "changed_meaning"):
        yield await settled(f"injection.{name}", _counted(f"injection.{name}", trying))


async def _counted(fact: str, trying: "asyncio.Task[list[Tried]]") -> Observation:
    everything = await asyncio.shield(trying)
    seen = [one for one in everything if not one.reason]
    if not seen:
        answers = [answer for one in everything for answer in one.answers]
        why = everything[0].reason if everything else "the document describes no parameter that takes a text"
        raise Unobservable(why, *answers)
    answers = [answer for one in seen for answer in one.answers]
    if fact == "injection.parameters":
        return observed(fact, sum(one.reached for one in seen), *answers)
    kinds = {"database_errors": "telling", "delays": "delayed", "changed_meaning": "changed"}
    found = [rows for one in seen if (rows := getattr(one, kinds[fact.partition(".")[2]]))]
    maybe = sum(one.uncertain for one in seen) if fact == "injection.delays" else 0
    shown = [answer for rows in found for answer in rows] or answers
    return observed(fact, len(found), *shown, low=len(found), high=len(found) + maybe)


async def _tried(context: Context) -> list[Tried]:
    """Every parameter, a few at a time.

    Raises:
        Unobservable: There is no document to find them in.
    """
    parameters = parameters_of(context, await operations(context))
    visit = context.accounts.nobody
    if any(one.operation not in _HARMLESS for one in parameters):
        with suppress(Unobservable):  # what needs nobody is tried all the same; the rest is turned away, and says so
            visit = await context.accounts.visit("ana")
    gate = asyncio.Semaphore(4)  # more at a time would make each other's answers late

    async def one(parameter: Parameter) -> Tried:
        async with gate:
            return await _try(parameter, visit)

    return list(await asyncio.gather(*map(one, parameters)))


def parameters_of(context: Context, found: list[Described]) -> list[Parameter]:
    """The places that are tried: of reading operations all, of the others those that change nothing."""
    named: dict[tuple[str, str], str] = {
        (one.method, shape(one.path.partition("?")[0])): name for name, one in context.target.operations.items()
    }
    parameters = []
    for one in found:
        name = named.get(one.key, "")
        if (one.method != "GET" and name not in _HARMLESS) or (name and OPERATIONS[name].by == "admin"):
            continue
        for text in one.strings:
            place, _, key = text.partition(" ")
            given = {"query": one.query, "path": one.path, "body": one.body}[place]
            value = given.get(key) if isinstance(given, dict) else None
            plain = value if isinstance(value, str) and len(value) > 1 else "account"
            if "@" in plain:
                plain = made_up()
            parameters.append(Parameter(one, place, key, plain, name))
    order = ("query", "body", "path")
    return sorted(parameters, key=lambda item: order.index(item.place))[:PARAMETERS]


async def _try(parameter: Parameter, visit: Visit) -> Tried:
    """A request as it should be, then each payload once; what looks like an effect is tried again and again."""
    value = parameter.value
    plain = await _ask(parameter, visit, value)
    if reason := away(plain) or _turned_away(plain, parameter):
        return Tried(
            parameter, (plain,), reason=f"{parameter.described.method} {parameter.described.template}: {reason}"
        )
    answers, delayed, refused, uncertain = [plain], list[Exchange](), False, False
    for payload in _SLEEPS:
        if refused and "'" in payload:
            continue  # the first quote was turned away for its form, and so will be the others
        text = payload.format(v=value, s=SLEEP_S)
        answer = await _ask(parameter, visit, text, "told to sleep")
        answers.append(answer)
        refused = refused or ("'" in payload and answer.status in (400, 422))
        if answer.elapsed_ms >= 1000 * SLEEP_S and not delayed:
            delayed, unclear = await _sleeps(parameter, visit, text)
            uncertain |= unclear
    changed = [] if refused else await _means(parameter, visit, plain, answers)
    return Tried(parameter, tuple(answers), tuple(delayed), tuple(changed), not delayed and uncertain)


async def _sleeps(parameter: Parameter, visit: Visit, text: str) -> tuple[list[Exchange], bool]:
    """Repeat a sleep beside harmless requests.

    Returns:
        The late answers where every one is late by all of the sleep; and whether it could not be told: the harmless
        ones are as late now and then, and none of the others is early enough to rule it out.
    """
    plain, late = [], []
    for _ in range(REPEATS):
        plain.append(await _ask(parameter, visit, parameter.value, "beside it"))
        late.append(await _ask(parameter, visit, text, "told to sleep"))
    if any(away(answer) for answer in (*plain, *late)):
        return [], True
    usual = [answer.elapsed_ms for answer in plain]
    slept = min(answer.elapsed_ms for answer in late) >= min(usual) + 1000 * SLEEP_S * 0.9
    # of five and five, one out of place or none is a matter of chance in 1 of 126 cases (Mann-Whitney, exact)
    apart = sum(one.elapsed_ms < other for one in late for other in usual) <= 1
    return (late, False) if slept and apart else ([], slept)


async def _means(parameter: Parameter, visit: Visit, plain: Exchange, answers: list[Exchange]) -> list[Exchange]:
    """The answers to a pair of which, three times over, one means the plain value and the other does not."""
    value = parameter.value
    half = len(value) // 2
    parts = {"v": value, "a": value[:half], "b": value[half:]}
    wanted = gist(plain, value)
    if gist(await _ask(parameter, visit, value, "once more"), value) != wanted:
        return []  # it answers otherwise every time, so that no difference means anything
    for same, other in _MEANINGS:
        texts = (same.format(**parts), other.format(**parts))
        seen: list[Exchange] = []
        for _ in range(3):
            pair = [await _ask(parameter, visit, text, "pieces of SQL") for text in texts]
            seen += pair
            if gist(pair[0], texts[0]) != wanted or gist(pair[1], texts[1]) == wanted or any(map(away, pair)):
                break
        else:
            return seen
        answers += seen
    return []


async def _ask(parameter: Parameter, visit: Visit, value: str, note: str = "") -> Exchange:
    path, body = parameter.asked(value)
    known = parameter.operation in _HARMLESS
    return await visit.send(
        parameter.described.method,
        path,
        headers={**({} if known else visit.shown()), **body.headers},
        content=body.content,
        note=note,
    )


def _turned_away(answer: Exchange, parameter: Parameter) -> str:
    if answer.status in (401, 403) and parameter.operation not in _HARMLESS:
        return f"status {answer.status}: nobody who is known may ask"
    return f"status {answer.status} without any payload" if (answer.status or 0) >= 500 else ""


def shows_database_error(answer: Exchange) -> bool:
    """The body holds the text of a database's error."""
    return bool(_ERRORS.search(answer.text[:_READ]))


def gist(answer: Exchange, value: str) -> str:
    """What an answer says, without what it repeats of the request and what is another each time."""
    document = answer.json()
    if isinstance(document, dict | list):
        return f"{answer.status} {json.dumps(_outline(document))}"
    text = answer.text[:_READ]
    for spelling in (value, quote(value), quote(value, safe=""), html.escape(value)):
        text = text.replace(spelling, "")
    return f"{answer.status} {re.sub(r'[0-9a-fA-F-]{6,}|[0-9]+', '', text)}"


def _outline(value: Any, depth: int = 6) -> Any:
    """Names and lengths without the values."""
    match value:
        case dict() if depth:
            return {key: _outline(inner, depth - 1) for key, inner in sorted(value.items())}
        case list() if depth:
            return [len(value), _outline(value[0], depth - 1) if value else None]
    return type(value).__name__
