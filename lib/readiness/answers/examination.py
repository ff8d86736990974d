"""The examination of an OpenAPI document, which is done aside."""

import contextlib
import json
from collections.abc import Callable, Collection, Iterator
from typing import Any

from readiness.answers import aside
from readiness.answers.description import Description, Operation, read
from readiness.answers.version import versioned_pct

SECONDS = 25.0
"""Time that a document is given; one of 200 operations takes about two seconds."""

PATHS = 500
"""Paths that are told of one document; a page that documents the API names one of the first."""

_LONGEST = 200  # characters of a text that is quoted from the document


async def examine(body: bytes, declared: Collection[str] = (), seconds: float = SECONDS) -> dict[str, Any]:
    """Examine a document.

    Args:
        body: The document as it was answered.
        declared: Paths that belong to no version of the API: health, metrics and the like.
        seconds: Of processor time, after which the examination is stopped; what was found until then counts.

    Returns:
        `published` (bool: it is an OpenAPI document; absent where there was no time to tell), `title`, `paths` (at most
        `PATHS`), `foreign` (a reference to another document, or empty), `operations`, `versioned_pct`,
        `with_examples_pct`, `with_summary_pct`, `with_errors_pct`, `with_security_pct`, `write_operations_typed_pct`,
        `body_texts`, `body_texts_unbounded` (texts in JSON bodies), `listed` (at most `PATHS` operations as `[method,
        path]`), `deprecated` (at most `PATHS` operations as `[method, path, needs parameters]`), `valid` (bool),
        `examples_invalid`; a share without operations and what was not reached is absent.
    """
    found: dict[str, Any] = {}
    for one in await aside.told(__name__, body, json.dumps(sorted(declared)), seconds=seconds):
        found |= one
    return found


def told(body: bytes, declared: str) -> Iterator[dict[str, Any]]:
    """The findings of a document, for `aside`; `declared` is JSON."""
    description = read(body)
    return findings(description, json.loads(declared)) if description else iter([{"published": False}])


def findings(description: Description, declared: Collection[str] = ()) -> Iterator[dict[str, Any]]:
    """What is found in a document, the cheap first; see `examine`."""
    operations = description.operations
    paths = dict.fromkeys(operation.path for operation in operations if 3 < len(operation.path) <= _LONGEST)
    foreign = description.foreign()
    yield {
        "published": True,
        "title": _quoted(description.title),
        "paths": [_quoted(path) for path in list(paths)[:PATHS]],
        "foreign": _quoted(foreign),
        "operations": len(operations),
    }
    if (share := versioned_pct(operations, declared)) is not None:
        yield {"versioned_pct": share}
    shares: dict[str, Callable[[Operation], bool | None]] = {
        "with_examples_pct": description.has_example,
        "with_summary_pct": description.has_summary,
        "with_errors_pct": description.has_errors,
        "with_security_pct": description.has_security,
        "write_operations_typed_pct": description.is_typed,
    }
    for name, holds in shares.items():
        verdicts = [verdict for operation in operations if (verdict := holds(operation)) is not None]
        if verdicts:
            yield {name: round(100 * sum(verdicts) / len(verdicts), 1)}
    texts = [
        bounded for one in operations for schema in description.bodies(one)[1] for bounded in description.texts(schema)
    ]
    if texts:
        yield {"body_texts": len(texts), "body_texts_unbounded": texts.count(False)}
    yield {"listed": [[one.method, _quoted(one.path)] for one in operations[:PATHS]]}
    deprecated = [one for one in operations if one.spec.get("deprecated") is True]
    yield {"deprecated": [[one.method, _quoted(one.path), _needs(one)] for one in deprecated[:PATHS]]}
    if foreign:
        return
    yield {"valid": _is_valid(description.document)}
    if checked := list(_fitting(description)):
        yield {"examples_invalid": checked.count(False)}


def _needs(operation: Operation) -> bool:
    """It cannot be asked for without knowing something: a part of its path, or a parameter."""
    return "{" in operation.path or any(one.get("required") is True for one in operation.parameters)


def _quoted(text: str) -> str:
    """Text of the document, bounded and fit for every file: half a character (`\\ud800`) cannot be written to one."""
    return text[:_LONGEST].encode("utf-8", "replace").decode("utf-8")


def _is_valid(document: dict[str, Any]) -> bool:
    from openapi_spec_validator import validate  # half a second that only this process pays

    try:
        validate(document)
    except Exception:  # whatever a hostile document makes of the validator, it is not valid
        return False
    return True


def _fitting(description: Description) -> Iterator[bool]:
    """Whether each example fits its schema; one whose schema cannot be used says nothing and is left out."""
    from openapi_schema_validator import OAS30Validator, OAS31Validator

    dialect = OAS30Validator if str(description.document["openapi"]).startswith("3.0") else OAS31Validator
    components = description.document.get("components")
    for schema, value in _examples(description):
        with contextlib.suppress(Exception):
            # local references lead into the components, so they come along
            yield dialect({**schema, "components": components}).is_valid(value)


def _examples(description: Description) -> Iterator[tuple[dict[str, Any], Any]]:
    """Every example in the document with the schema it is an example of."""
    components = description.document.get("components")
    schemas = components.get("schemas") if isinstance(components, dict) else None
    for schema in schemas.values() if isinstance(schemas, dict) else ():
        yield from _within(schema)
    for operation in description.operations:
        responses = operation.spec.get("responses")
        bodies = [*responses.values()] if isinstance(responses, dict) else []
        holders = list(operation.parameters)
        for body in [*bodies, operation.spec.get("requestBody")]:
            content = description.resolve(body).get("content")
            holders += (
                [media for media in content.values() if isinstance(media, dict)] if isinstance(content, dict) else []
            )
        for holder in holders:
            schema = holder.get("schema")
            if not isinstance(schema, dict):
                continue
            yield from _within(schema)
            if "example" in holder:
                yield schema, holder["example"]
            named = holder.get("examples")
            for item in named.values() if isinstance(named, dict) else ():
                example = description.resolve(item)
                if "value" in example:
                    yield schema, example["value"]


def _within(schema: Any, depth: int = 12) -> Iterator[tuple[dict[str, Any], Any]]:
    """The examples that a schema carries itself, at any depth."""
    if not depth or not isinstance(schema, dict):
        return
    if "example" in schema:
        yield schema, schema["example"]
    own = schema.get("examples")
    yield from ((schema, value) for value in own) if isinstance(own, list) else ()
    for key in ("properties", "patternProperties"):
        members = schema.get(key)
        for member in members.values() if isinstance(members, dict) else ():
            yield from _within(member, depth - 1)
    for key in ("allOf", "anyOf", "oneOf", "prefixItems"):
        items = schema.get(key)
        for item in items if isinstance(items, list) else ():
            yield from _within(item, depth - 1)
    for key in ("items", "additionalProperties", "not"):
        yield from _within(schema.get(key), depth - 1)
