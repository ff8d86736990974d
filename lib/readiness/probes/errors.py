"""Errors: whether mistakes are answered with the right status, in one shape, and without telling too much."""

import re
from collections import Counter
from collections.abc import AsyncIterator, Awaitable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from readiness.accounts.carrier import carrier, carrying
from readiness.answers.obstacle import away
from readiness.body import JSON, Body
from readiness.errors import Unobservable
from readiness.evidence import Fact
from readiness.operation import OPERATIONS
from readiness.probes import Context, Observation, observed, probe, settled, unavailable
from readiness.stranger import mark, misfits, post, sign_in
from readiness.wire.exchange import Exchange

_CODE = ("code", "error_code", "errorCode", "error", "type")
_TEXT = ("detail", "message", "error_description", "title", "msg", "description", "reason")
_REQUEST = ("request_id", "requestid", "trace_id", "traceid", "correlation_id", "correlationid")
_REQUEST_HEADERS = ("x-request-id", "request-id", "x-correlation-id", "x-trace-id", "traceparent")

KINDS = 8
"""Mistakes that can be made without an account."""

_READ = 20_000
"""Characters of an answer that are searched for leaks; every repetition below is bounded as well."""

_LEAKS = re.compile(
    r"Traceback \(most recent call last\)"
    r"|File \"[^\"\n]{1,300}\", line \d"
    r"|\bat [\w.$<> ]{1,200}\([^()\n]{1,200}:\d{1,6}(?::\d{1,6})?\)"
    r"|(?:/[\w.@-]{1,60}){1,15}\.(?:py|pyc|js|ts|rb|php|java|go|cs|so)\b"
    r"|\b[A-Z]:\\{1,2}[\w. -]{1,60}\\"
    r"|/(?:usr|home|root|var)/(?:lib|local|www|src|bin|share|[a-z][\w-]{0,30}/)"
    r"|site-packages|node_modules|dist-packages"
    r"|\bSELECT\b.{1,300}?\bFROM\b|\bINSERT INTO\b|\bDELETE FROM\b|\bUPDATE\b.{1,100}?\bSET\b"
    r"|SQLSTATE|syntax error at or near|ORA-\d{5}|duplicate key value violates"
    r"|\b(?:sqlalchemy|psycopg\d?|asyncpg|starlette|uvicorn|werkzeug|org\.springframework)\."
    r"|\b(?:[a-z_]\w{0,40}\.){2,8}[A-Z]\w{2,60}\b"
    r"|\b[A-Z]\w{2,60}Exception\b"
    r"|\b(?:Key|Value|Type|Attribute|Operational|Integrity|Programming|Runtime|Index|Assertion|Reference)Error\b"
    r"|NoneType|<class '"
)

_LINKS = re.compile(
    r"\b(?:src|href|action)=\\?[\"'](?:https?:/)?/(?!(?:usr|root|var|srv|opt)/)[^\"'<>\s\\]{0,300}\\?[\"']",
    re.IGNORECASE,
)
"""Attributes that hold the path of a URL: `/static/app.js` is a file's path anywhere else."""


@dataclass(frozen=True)
class Mistake:
    """One provoked error: what was done, the answer, and the statuses that are right for it."""

    name: str
    answer: Exchange
    right: frozenset[int]


@probe(
    Fact("errors.kinds", "number", "Kinds of mistakes that were made and answered.", "kinds"),
    Fact("errors.wrong_status", "number", "Mistakes answered with a status that says something else.", "answers"),
    Fact("errors.off_shape", "number", "Errors without the one shape: code, text and request id, in JSON.", "answers"),
    Fact("errors.leaks", "number", "Errors that tell of the platform's inside: code, queries, paths.", "answers"),
    Fact("errors.forbidden", "boolean", "What a user may not do is refused with 403, in the one shape."),
    Fact("errors.conflict", "boolean", "What the state of things forbids is refused with 409, in the one shape."),
    Fact("errors.failure", "boolean", "A failure is answered in the one shape, and tells nothing of the inside."),
    deadline=90,  # most of it for the mail that verifies an account
)
async def errors(context: Context) -> AsyncIterator[Observation]:
    """Make the mistakes that need no account, two that need one, and ask for a failure where the target offers one."""
    made = await _mistakes(context)
    seen = [one for one in made if not away(one.answer)]
    usual = common_shape([one.answer for one in seen])
    for name, provoked in (("forbidden", _forbidden), ("conflict", _conflict), ("failure", _failure)):
        yield await settled(f"errors.{name}", _shaped(f"errors.{name}", provoked(context), usual))
    if not seen:
        reason = away(made[0].answer)
        for name in ("kinds", "wrong_status", "off_shape", "leaks"):
            yield unavailable(f"errors.{name}", reason, made[0].answer)
        return
    answers = [one.answer for one in seen]
    # one that was not made, or not answered, may be as right as the others
    yield observed("errors.kinds", len(seen), *answers, low=len(seen), high=KINDS)
    wrong = [one.answer for one in seen if one.answer.status not in one.right]
    yield observed("errors.wrong_status", len(wrong), *(wrong or answers))
    told = [answer for answer in answers if (answer.status or 0) >= 400]
    if told:
        off = off_shape(told)
        yield observed("errors.off_shape", len(off), *(off or told))
    else:
        yield unavailable("errors.off_shape", "no mistake was answered with an error", *answers)
    leaking = [answer for answer in answers if leaks(answer)]
    yield observed("errors.leaks", len(leaking), *(leaking or answers))


async def _mistakes(context: Context) -> list[Mistake]:
    target, client, login = context.target, context.client, context.target.login
    route = login.route if login else None
    prefix = (route or target.routes.protected or "/").rpartition("/")[0]
    missing = await client.get(context.url(f"{prefix}/nowhere-{mark(context.now)}"))
    # an API that denies by default does not tell strangers which paths exist
    made = [Mistake("unknown path", missing, frozenset({401, 403, 404}))]
    if target.routes.protected:
        url, refused = context.url(target.routes.protected), frozenset({401, 403})
        carried = {"authorization", "cookie", "x-api-key", *map(str.lower, target.session.headers)}
        if not carried & {name.lower() for name in target.headers}:
            made.append(Mistake("no token", await client.get(url), refused))
            with suppress(Unobservable):  # without an account nobody knows what the cookie is called
                made.append(Mistake("bad token", await client.get(url, headers=await _made_up(context)), refused))
    if login is None or route is None:
        return made
    made.append(Mistake("wrong method", await client.request("DELETE", context.url(route)), frozenset({405, 501})))
    malformed = frozenset({400, 422})
    answer = await sign_in(context)
    if answer is None or answer.status in (404, 405):
        return made  # nothing signs in there, so nothing refuses a body there
    empty, other = misfits(login)
    broken = Body('{"email": ', JSON)  # to a form, it is of another media type as well
    return [
        *made,
        Mistake("bad credentials", answer, frozenset({400, 401, 403, 422})),
        Mistake(
            "broken JSON", await post(context, route, broken), malformed if login.form is None else malformed | {415}
        ),
        Mistake("missing members", await post(context, route, empty), malformed),
        Mistake("wrong media type", await post(context, route, other), malformed | {415}),
    ]


async def _made_up(context: Context) -> dict[str, str]:
    """What shows who asks, as a user of this platform would, in the name of nobody.

    Raises:
        Unobservable: It is a cookie, and no account could be signed in to see which.
    """
    if not context.target.session.cookies:
        nobody = context.accounts.nobody
        nobody.held |= dict.fromkeys(OPERATIONS["sign_in"].gives, mark(context.now))
        return nobody.shown()
    visit = await context.accounts.visit("ana")
    genuine = carrier(visit)
    return carrying(visit, genuine, genuine[::-1]).shown()


async def _shaped(
    fact: str, provoked: Awaitable[tuple[Exchange, bool]], usual: tuple[str, str, str] | None
) -> Observation:
    answer, right = await provoked
    return observed(fact, right and usual is not None and shape(answer) == usual and not leaks(answer), answer)


async def _forbidden(context: Context) -> tuple[Exchange, bool]:
    """A user asks for the list of users, which is an administrator's."""
    visit = await context.accounts.visit("ana")
    answer = (await visit.ask("users", email="", note="as a user who is no administrator")).settle().exchange
    if answer.status in (401, 404):
        raise Unobservable(f"status {answer.status}: what is not allowed is hidden, so no 403 is shown", answer)
    return answer, answer.status == 403


async def _conflict(context: Context) -> tuple[Exchange, bool]:
    """A user asks for what the target file says conflicts with the state of things."""
    ana, visit = await context.accounts.person("ana"), await context.accounts.visit("ana")
    reply = await visit.ask("conflict", email=ana.email, password=ana.password, id=ana.id, name="Readiness Test")
    answer = reply.settle().exchange
    return answer, answer.status == 409


async def _failure(context: Context) -> tuple[Exchange, bool]:
    """The operation that fails on purpose."""
    route = context.target.routes.failing
    if route is None:
        raise Unobservable("the target file names no routes.failing")
    answer = await context.client.get(context.url(route))
    if away(answer) or (answer.status or 0) < 500:
        raise Unobservable(away(answer) or f"status {answer.status}: it did not fail", answer)
    return answer, True


def common_shape(answers: list[Exchange]) -> tuple[str, str, str] | None:
    """The shape that most errors have; None where none has one."""
    shapes = Counter(one for answer in answers if (answer.status or 0) >= 400 and (one := shape(answer)))
    return shapes.most_common(1)[0][0] if shapes else None


def off_shape(answers: list[Exchange]) -> list[Exchange]:
    """The errors that lack JSON, a code, a text or a request id, or differ from the shape most of them have."""
    usual = common_shape(answers)
    return [answer for answer in answers if usual is None or shape(answer) != usual]


def shape(answer: Exchange) -> tuple[str, str, str] | None:
    """Where an error has its code and its text: the enclosing member and their names; None where one is missing.

    RFC 9457's `type` of `about:blank` says no more than the status, so it is no code.
    """
    if answer.media_type != "application/json" and not answer.media_type.endswith("+json"):
        return None
    document = answer.json()
    if not isinstance(document, dict):
        return None
    where, body = _enclosed(document)
    code = next((name for name in _CODE if _is_code(body.get(name))), "")
    text = next((name for name in _TEXT if isinstance(body.get(name), str) and body[name].strip()), "")
    members = {str(key).lower() for key in (*document, *body) if document.get(key) or body.get(key)}
    traced = members & set(_REQUEST) or any(answer.header(name) for name in _REQUEST_HEADERS)
    return (where, code, text) if code and text and traced else None


def _enclosed(document: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    for name in ("error", "errors", "detail"):
        inner = document.get(name)
        inner = inner[0] if name == "errors" and isinstance(inner, list) and inner else inner
        if isinstance(inner, dict) and not any(_is_code(document.get(one)) for one in _CODE):
            return name, inner
    return "", document


def _is_code(value: Any) -> bool:
    if isinstance(value, bool):
        return False
    return isinstance(value, int) or (isinstance(value, str) and bool(value.strip()) and value != "about:blank")


def leaks(answer: Exchange) -> bool:
    """The body tells of the inside: a stack trace, SQL, a file's path, the name of a class or module."""
    return bool(_LEAKS.search(_LINKS.sub("", answer.text[:_READ])))
