"""Documented against live: whether the operations that texts name are there, and answer as the document promises."""

import asyncio
import html
import re
from collections.abc import AsyncIterator, Iterable
from contextlib import suppress
from dataclasses import dataclass

from readiness.accounts import Visit
from readiness.answers.conformance import Answered, differences
from readiness.answers.negative import Described, shape
from readiness.answers.obstacle import away
from readiness.errors import Unobservable
from readiness.evidence import Fact
from readiness.probes import Context, Observation, observed, probe, settled
from readiness.probes.openapi import document, operations
from readiness.stranger import NOTHING, ask, mark
from readiness.target import Reference
from readiness.wire.exchange import Exchange

NAMED = 100
"""Operations of one text that are looked for at most."""

SAMPLED = 30
"""Answers that are compared with the document at most."""

_READ = 1_000_000  # characters of a text that are searched

_VERB = r"(GET|POST|PUT|PATCH|DELETE)"
_PATH = r"(/[\w\-.~:{}$<>*]{1,80}(?:/[\w\-.~:{}$<>*]{1,80}){0,11})"
_IN_TEXT = re.compile(rf"\b{_VERB}\b[\s`'\",:(]{{1,10}}(?:https?://[\w.:-]{{1,200}})?{_PATH}")
_IN_CODE = re.compile(rf"\.(get|post|put|patch|delete)(?:<[^>\n]{{1,80}}>)?\(\s*[frb]?[`'\"]{_PATH}", re.IGNORECASE)
_FETCHED = re.compile(
    rf"fetch\(\s*[`'\"](?:\$\{{[\w.]{{1,60}}\}})?{_PATH}[`'\"](?:,\s*\{{[^{{}}]{{0,200}}?method:\s*['\"]{_VERB})?"
)
_PARAMETER = re.compile(r"\$?\{[^{}/]{1,60}\}|<[^<>/]{1,60}>|(?<=/):\w{1,60}")


@dataclass(frozen=True)
class Found:
    """An operation that a text names, and whether it is there.

    Attributes:
        there: None where the answers do not tell.
        answers: What was asked to find out.
    """

    method: str
    path: str
    there: bool | None
    answers: tuple[Exchange, ...]


@probe(
    Fact("documented.operations", "number", "Operations that the reference documentation names.", "operations"),
    Fact("documented.existing_pct", "number", "Operations that the documentation names and that are there.", "%"),
    Fact("documented.client_operations", "number", "Operations that client libraries and guides name.", "operations"),
    Fact("documented.client_existing_pct", "number", "Operations that those name and that are there.", "%"),
    Fact("documented.answers", "number", "Answers that were compared with the OpenAPI document.", "answers"),
    Fact("documented.answers_differing", "number", "Answers that differ from the OpenAPI document.", "answers"),
    deadline=120,
)
async def documented(context: Context) -> AsyncIterator[Observation]:
    """Look for every operation that a text names, without a body and without credentials; sample what GET answers."""
    pages = asyncio.create_task(_of_the_page(context))
    yield await settled("documented.operations", _counted("documented.operations", pages))
    yield await settled("documented.existing_pct", _counted("documented.existing_pct", pages))
    clients = asyncio.create_task(_of_references(context))
    yield await settled("documented.client_operations", _counted("documented.client_operations", clients))
    yield await settled("documented.client_existing_pct", _counted("documented.client_existing_pct", clients))
    compared = asyncio.create_task(_compared(context))
    for name in ("documented.answers", "documented.answers_differing"):
        yield await settled(name, _compared_as(name, compared))


async def _counted(fact: str, looking: "asyncio.Task[list[Found]]") -> Observation:
    found = await asyncio.shield(looking)
    answers = [answer for one in found for answer in one.answers]
    if fact.endswith("operations"):
        return observed(fact, len(found), *answers)
    there = [one for one in found if one.there]
    maybe = [one for one in found if one.there is None]
    if len(maybe) == len(found):
        raise Unobservable("what is not there is answered like what is, so that it cannot be told", *answers)
    low, high = (round(100 * n / len(found), 1) for n in (len(there), len(there) + len(maybe)))
    missing = [answer for one in found if one.there is False for answer in one.answers]
    return observed(fact, low, *(missing or answers), low=low, high=high)


async def _of_the_page(context: Context) -> list[Found]:
    """What the documentation page names, or the document that it shows."""
    route = context.target.routes.docs
    if not route:
        raise Unobservable("the target file names no routes.docs")
    page = await context.client.get(context.url(route), follow=3)
    if away(page) or not page.ok:
        raise Unobservable(away(page) or f"status {page.status} instead of the documentation page", page)
    named = named_in(page.text)
    if not named and (context.target.routes.openapi or "\0") in page.text:
        read = await document(context)
        named = [(one.method, one.template) for one in await operations(context)]
        return await _looked_for(context, named, (page, *read.answers))
    return await _looked_for(context, named, (page,))


async def _of_references(context: Context) -> list[Found]:
    """What the declared client libraries and guides name."""
    if not context.target.references:
        raise Unobservable("the target file names no references")
    named: dict[tuple[str, str], None] = {}
    for reference in context.target.references:
        named |= dict.fromkeys(named_in(await _text(context, reference)))
    return await _looked_for(context, list(named), ())


async def _text(context: Context, reference: Reference) -> str:
    if reference.file:
        try:
            with reference.file.open(encoding="utf-8", errors="replace") as file:
                return file.read(_READ)
        except OSError as error:
            raise Unobservable(f"{reference.name} cannot be read: {error.strerror}") from None
    url = context.url(reference.route) if reference.route else str(reference.url)
    answer = await context.client.get(url, follow=3)
    if not answer.ok:
        raise Unobservable(f"{reference.name}: {away(answer) or f'status {answer.status}'}", answer)
    return answer.text


def named_in(text: str) -> list[tuple[str, str]]:
    """Method and path of the operations that a text names: `POST /v1/a`, `client.get("/v1/a")`, `fetch("/v1/a")`."""
    plain = html.unescape(re.sub(r"</?[a-zA-Z][^<>]{0,2000}>", " ", text[:_READ]))
    found = [(method, path) for method, path in _IN_TEXT.findall(plain)]
    code = html.unescape(text[:_READ])
    found += [(method.upper(), path) for method, path in _IN_CODE.findall(code)]
    found += [(method or "GET", path) for path, method in _FETCHED.findall(code)]
    named = {(method, _PARAMETER.sub("{}", path).rstrip(".:")): None for method, path in found}
    return list(named)[:NAMED]


async def _looked_for(context: Context, named: Iterable[tuple[str, str]], seen: tuple[Exchange, ...]) -> list[Found]:
    unique = list(dict.fromkeys((method, shape(path)) for method, path in named))
    if not unique:
        raise Unobservable("it names no operation as a method and a path", *seen)
    found = await asyncio.gather(*(_found(context, method, path) for method, path in unique))
    return list(found)


async def _found(context: Context, method: str, path: str) -> Found:
    """Whether an operation is there: it is answered otherwise than the same method where nothing is."""
    place, nowhere = (one.replace("{}", NOTHING) for one in (path, _beside(path, mark(context.now))))
    answer, control = await ask(context, method, place), await ask(context, method, nowhere)
    asked = (answer, control)
    if away(answer) or away(control):
        return Found(method, path, None, asked)
    if answer.status not in (404, 405, 501) and answer.status != control.status:
        return Found(method, path, True, asked)
    if control.status not in (404, 405, 501) and answer.status == control.status:
        return Found(method, path, None, asked)  # it does not tell strangers what is there
    # where something is, and not the one that was asked for, OPTIONS still says which methods there are
    options, lost = await ask(context, "OPTIONS", place), await ask(context, "OPTIONS", nowhere)
    allowed = {name.strip().upper() for name in (answer.header("allow") or options.header("allow") or "").split(",")}
    there = options.status != lost.status and method in allowed
    return Found(method, path, there, (*asked, options, lost))


def _beside(path: str, word: str) -> str:
    """The path with another word in place of its last one that is no parameter: an address where nothing is."""
    parts = path.split("/")
    last = max((index for index, part in enumerate(parts) if part and "{}" not in part), default=len(parts) - 1)
    return "/".join([*parts[:last], f"nowhere-{word}", *parts[last + 1 :]])


# --- answers against the document -----------------------------------------------------------------------------------


async def _compared(context: Context) -> list[tuple[Exchange, str]]:
    """Answers to reading operations, asked by nobody and by a user, and how each differs from the document."""
    read = await document(context)
    reading = [one for one in await operations(context) if one.method == "GET" and "{" not in one.template][:SAMPLED]
    visits = [context.accounts.nobody]
    with suppress(Unobservable):
        visits.append(await context.accounts.visit("ana"))
    asked = await asyncio.gather(*(_sampled(visit, one) for visit in visits for one in reading))
    answered = [one for one in asked if one]
    if not answered:
        raise Unobservable("no operation of the document could be asked without knowing something", *read.answers)
    told = await differences(read.answers[0].body, [one for _, one in answered])
    return [(exchange, why) for (exchange, _), why in zip(answered, told, strict=True) if why is not None]


async def _sampled(visit: Visit, one: Described) -> tuple[Exchange, Answered] | None:
    shown = visit.shown()
    answer = await visit.send("GET", one.address(), headers=shown, fresh=bool(shown))  # as nobody others ask it as well
    if away(answer) or answer.status is None or answer.truncated:
        return None
    return answer, Answered(one.method, one.template, answer.status, answer.media_type, answer.text)


async def _compared_as(fact: str, comparing: "asyncio.Task[list[tuple[Exchange, str]]]") -> Observation:
    compared = await asyncio.shield(comparing)
    answers = [exchange for exchange, _ in compared]
    if not compared:
        raise Unobservable("the answers could not be compared with the document in the time that is given")
    if fact == "documented.answers":
        return observed(fact, len(compared), *answers)
    differing = [exchange for exchange, why in compared if why]
    return observed(fact, len(differing), *(differing or answers))
