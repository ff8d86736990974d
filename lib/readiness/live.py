"""Live validation: what a target file says of the platform's operations, held against its OpenAPI document."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from readiness.answers.description import Description, read
from readiness.answers.description import Operation as Documented
from readiness.body import FORM
from readiness.operation import Operation
from readiness.target import Target
from readiness.wire.client import Client


async def contradictions(target: Target, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> list[str]:
    """What the platform's document contradicts, a line each; empty where it contradicts nothing.

    An operation that is marked `undocumented` is left out.

    Raises:
        BadInput: A secret that the target refers to is not there, or its CA file cannot be read.
    """
    if target.routes.openapi is None:
        return ["routes.openapi: expected the route of the OpenAPI document, which this compares with"]
    async with Client(target, now) as client:
        answer = await client.get(target.production + target.routes.openapi, follow=3)
    if not answer.ok:
        return [f"{answer.url}: expected the OpenAPI document, got {answer.failure or f'status {answer.status}'}"]
    description = read(answer.body)
    if description is None:
        return [f"{answer.url}: expected an OpenAPI 3 document, got something else"]
    return [
        f"operations.{name}: {problem}"
        for name, operation in target.operations.items()
        if not operation.undocumented
        for problem in _compare(operation, description)
    ]


def _compare(operation: Operation, description: Description) -> Iterator[str]:
    documented = [one for one in description.operations if _shape(one.path) == _shape(operation.path)]
    if not documented:
        yield f"path: {operation.path} is not in the document"
        return
    methods = {one.method.upper(): one for one in documented}
    found = methods.get(operation.method)
    if found is None:
        yield f"method: expected {' or '.join(sorted(methods))}, got {operation.method}"
        return
    for parameter in found.parameters:
        if (
            parameter.get("in") == "query"
            and parameter.get("required")
            and parameter.get("name") not in operation.query
        ):
            yield f"query: {parameter.get('name')} is required"
    yield from _compare_body(operation, found, description)


def _compare_body(operation: Operation, found: Documented, description: Description) -> Iterator[str]:
    content = description.resolve(found.spec.get("requestBody")).get("content")
    kinds = [str(kind).partition(";")[0].strip().lower() for kind in content] if isinstance(content, dict) else []
    sent = operation.form if operation.form is not None else operation.body
    if sent is None:
        if kinds and description.body_required(found):
            yield f"body: expected {' or '.join(kinds)}, got none"
        return
    fits = FORM in kinds if operation.form is not None else any("json" in kind for kind in kinds)
    if not fits:
        yield f"{'form' if operation.form is not None else 'body'}: expected {' or '.join(kinds) or 'none'}"
        return
    assert isinstance(content, dict)
    media = next(value for kind, value in content.items() if (FORM if operation.form is not None else "json") in kind)
    schema = description.resolve(media.get("schema") if isinstance(media, dict) else None)
    members, required = schema.get("properties"), schema.get("required")
    if not isinstance(sent, dict) or not isinstance(members, dict):
        return
    for name in required if isinstance(required, list) else []:
        if name not in sent:
            yield f"body: {name} is required"
    if schema.get("additionalProperties") is False:
        for name in sorted(sent.keys() - members.keys()):
            yield f"body: {name} is not a member; expected some of {', '.join(members)}"


def _shape(path: str) -> str:
    return re.sub(r"\{[^}]*\}", "{}", path.rstrip("/")) or "/"
