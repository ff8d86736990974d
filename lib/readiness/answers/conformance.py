"""Conformance: whether answers are those that an OpenAPI document promises, which is told aside."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from readiness.answers import aside
from readiness.answers.description import Description, read
from readiness.answers.negative import shape

SECONDS = 15.0
"""Time that all answers of a run are given."""

_LONGEST = 200_000  # characters of an answer that are checked


@dataclass(frozen=True)
class Answered:
    """One answer to one operation of the document.

    Attributes:
        method, template: The operation.
        status, media_type, text: The answer.
    """

    method: str
    template: str
    status: int
    media_type: str
    text: str


async def differences(document: bytes, answers: Sequence[Answered], seconds: float = SECONDS) -> list[str | None]:
    """How each answer differs from the document.

    Args:
        document: As it was answered.
        answers: To operations of it.
        seconds: Of processor time, after which the checking is stopped.

    Returns:
        For each answer what is different, empty where nothing is; None where that could not be told.
    """
    body = json.dumps([document.decode("utf-8", "replace"), *map(asdict, answers)]).encode()
    found: list[str | None] = await aside.told(__name__, body, seconds=seconds)
    return found + [None] * (len(answers) - len(found))


def told(body: bytes) -> Iterator[str | None]:
    """What is different, for `aside`; `body` is JSON of a document and of answers."""
    document, *answers = json.loads(body)
    description = read(document.encode())
    for one in answers:
        yield difference(description, Answered(**one)) if description and len(one["text"]) <= _LONGEST else None


def difference(description: Description, answered: Answered) -> str | None:
    """How one answer differs from the document; None where the document cannot be used to tell."""
    operation = next(
        (
            one
            for one in description.operations
            if (one.method.upper(), shape(one.path)) == (answered.method, shape(answered.template))
        ),
        None,
    )
    responses = operation.spec.get("responses") if operation else None
    if not isinstance(responses, dict):
        return None
    codes = {str(code).upper(): value for code, value in responses.items()}
    wanted = next(
        (codes[c] for c in (str(answered.status), f"{answered.status // 100}XX", "DEFAULT") if c in codes), None
    )
    if wanted is None:
        return f"status {answered.status} is not documented"
    content = description.resolve(wanted).get("content")
    media = {str(kind).partition(";")[0].strip().lower(): value for kind, value in content.items()} if content else {}
    if not media:
        return ""  # a body that is merely not described is no difference
    family = answered.media_type.partition("/")[0] + "/*"
    held = next((media[kind] for kind in (answered.media_type, family, "*/*") if kind in media), None)
    if held is None:
        return f"{answered.media_type or 'no media type'} is not documented for status {answered.status}"
    if "json" not in answered.media_type or not isinstance(held, dict) or not isinstance(held.get("schema"), dict):
        return ""
    return _misfit(description, held["schema"], answered.text)


def _misfit(description: Description, schema: dict[str, Any], text: str) -> str | None:
    from openapi_schema_validator import OAS30ReadValidator, OAS31Validator

    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return "the body is not JSON"
    older = str(description.document["openapi"]).startswith("3.0")
    dialect = OAS30ReadValidator if older else OAS31Validator
    try:
        found = next(dialect({**schema, "components": description.document.get("components")}).iter_errors(value), None)
    except Exception:  # a schema that cannot be used tells nothing
        return None
    return f"{found.json_path}: {found.validator} does not hold" if found else ""
