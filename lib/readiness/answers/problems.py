"""Problems: the error codes that an API's description documents, each with an answer that carries it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from readiness.answers.description import Description

CODES = ("code", "error_code", "errorCode", "error")
"""Members that hold the machine code of an error."""

WITHIN = ("error", "errors", "detail")
"""Members that hold an object with the code in it."""

MOST = 60
"""Codes looked at."""


@dataclass(frozen=True)
class Problem:
    """One documented error.

    Attributes:
        code: Its machine code.
        status: HTTP status it is documented with.
        media_type: Media type of its body.
        body: A body as documented.
    """

    code: str
    status: int
    media_type: str
    body: dict[str, Any]


def problems(description: Description) -> list[Problem]:
    """Every documented error code once, in the order of their statuses, at most `MOST`."""
    found: dict[str, Problem] = {}
    for problem in _all(description):
        found.setdefault(problem.code, problem)
    return sorted(found.values(), key=lambda one: (one.status, one.code))[:MOST]


def unknown(pattern: Problem) -> Problem:
    """A problem that nobody documents, otherwise like `pattern`.

    What a program shows for it, it shows for anything that it does not know.
    """
    code = f"{pattern.code}-readiness"
    body = {key: code if value == pattern.code else value for key, value in pattern.body.items()}
    texts = {
        key: "Made up to see what is shown" for key, value in body.items() if isinstance(value, str) and " " in value
    }
    return replace(pattern, code=code, body={**body, **texts})


def tells(text: str, problem: Problem, fallback: str) -> bool:
    """Whether a person who is shown `text` is told what is wrong.

    Args:
        text: What was shown for the problem.
        problem: The documented problem.
        fallback: What is shown for a problem that nobody documents.

    Returns:
        True for more than the bare code, and more than is said of any problem. Of a server's own failure (5xx) there
        is no more to say.
    """
    words = re.findall(r"[^\W\d_]{2,}", text.replace(problem.code, " "))
    return len(words) >= 2 and (problem.status >= 500 or text != fallback)


def _all(description: Description) -> Iterator[Problem]:
    for operation in description.operations:
        responses = operation.spec.get("responses")
        for status, answer in responses.items() if isinstance(responses, dict) else ():
            if not (str(status).isdigit() and 400 <= int(status) <= 599):
                continue
            content = description.resolve(answer).get("content")
            for kind, media in content.items() if isinstance(content, dict) else ():
                if "json" in str(kind).lower() and isinstance(media, dict):
                    yield from _of(description, int(status), str(kind), media)


def _of(description: Description, status: int, kind: str, media: dict[str, Any]) -> Iterator[Problem]:
    schema = description.resolve(media.get("schema"))
    named = media.get("examples")
    examples: list[Any] = [media.get("example"), schema.get("example")]
    examples += [description.resolve(one).get("value") for one in named.values()] if isinstance(named, dict) else []
    bodies: list[dict[str, Any]] = [body for body in examples if isinstance(body, dict)]
    for body in bodies:
        if code := _code(body):
            yield Problem(code, status, kind, body)
    members = schema.get("properties")
    for name in CODES:
        member = description.resolve(members.get(name)) if isinstance(members, dict) else {}
        listed = member.get("enum", [member["const"]] if "const" in member else [])
        for code in listed if isinstance(listed, list) else ():
            if isinstance(code, str) and code:
                yield Problem(code, status, kind, {**(bodies[0] if bodies else {}), name: code})


def _code(body: dict[str, Any]) -> str:
    for holder in (body, *(body.get(name) for name in WITHIN)):
        first = holder[0] if isinstance(holder, list) and holder else holder
        if isinstance(first, dict):
            for name in CODES:
                if isinstance(first.get(name), str) and first[name]:
                    return str(first[name])
    return ""
