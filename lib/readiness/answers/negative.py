"""Negative requests: what an API's own document forbids, made from it by schemathesis, aside.

Only its generation is used, and of that the part that turns every bound and type wrong in a fixed order, so that the
same document gives the same requests. They are sent by whoever asks for them, through the run's client.
"""

import contextlib
import os
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any
from urllib.parse import quote, urlencode

from readiness.answers import aside
from readiness.answers.description import Description, Operation, read
from readiness.body import Body

SECONDS = 25.0
"""Time that a document is given; one of 50 operations takes about four seconds."""

CASES = 8
"""Cases of one operation at most, as different from each other as they come."""

_LOOKED_AT = 80  # cases of one operation that the choice is made from
_LARGEST = 20_000  # characters of one case's body
_PLACES = {"QUERY", "PATH", "BODY"}
_HARMLESS = {"object_unexpected_properties", "malformed_content_type", "unsupported_content_type"}
"""Kinds of a query that servers may overlook, and of headers that are tried by hand."""


@dataclass(frozen=True)
class Case:
    """One request that the document forbids.

    Attributes:
        what: What is wrong with it.
        path: Path and query.
        body: Its body.
    """

    what: str
    path: str
    body: Body = field(default_factory=Body)


@dataclass(frozen=True)
class Described:
    """One operation of a document, with what can be asked of it.

    Attributes:
        method, template: `POST`, `/v1/users/{id}`.
        path, query, body: Values of a request that the document allows; `path` fills the template.
        strings: Where it takes free text: `query q`, `path id`, `body email`.
        media: Media types of its successful answers.
        takes: Media type of its bodies, JSON or a form; empty where it takes neither.
        cases: What the document forbids.
    """

    method: str
    template: str
    path: dict[str, Any] = field(default_factory=dict)
    query: dict[str, Any] = field(default_factory=dict)
    body: Any = None
    strings: tuple[str, ...] = ()
    media: tuple[str, ...] = ()
    takes: str = ""
    cases: tuple[Case, ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        """Method and path, whatever its parameters are called."""
        return self.method, shape(self.template)

    def address(self, path: dict[str, Any] | None = None, query: dict[str, Any] | None = None) -> str:
        """Path and query for these values; default those that the document allows."""
        return _address(self.template, self.path if path is None else path, self.query if query is None else query)


def shape(template: str) -> str:
    """A path without the names of its parameters."""
    return re.sub(r"\{[^{}/]*\}", "{}", template)


async def negatives(document: bytes, seconds: float = SECONDS) -> list[Described]:
    """The operations of an OpenAPI document and their negative requests.

    Args:
        document: As it was answered.
        seconds: Of processor time, after which the making is stopped; what was made until then counts.
    """
    from readiness.accounts.ledger import state_folder  # not in the process that makes them

    made = []
    caches = str(state_folder() / ".hypothesis")  # not in the folder that a run was started in
    for one in await aside.told(__name__, document, caches, seconds=seconds):
        cases = tuple(Case(what, path, Body(*body)) for what, path, body in one.pop("cases"))
        made.append(Described(**{**one, "strings": tuple(one["strings"]), "media": tuple(one["media"])}, cases=cases))
    return made


# --- in the process -------------------------------------------------------------------------------------------------


def told(body: bytes, caches: str) -> Iterator[dict[str, Any]]:
    """The operations of a document, for `aside`; what schemathesis keeps goes to the folder of caches."""
    os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = caches
    description = read(body)
    return _operations(description) if description and not description.foreign() else iter(())


def _operations(description: Description) -> Iterator[dict[str, Any]]:
    import schemathesis  # a second that only this process pays
    from schemathesis.core.result import Ok

    schema = schemathesis.openapi.from_dict(description.document)
    schema.config.phases.coverage.unexpected_methods = set()
    sources = [result.ok() for result in schema.get_all_operations() if isinstance(result, Ok)]
    made = {(source.method.lower(), source.path): source for source in sources}
    for operation in description.operations:
        raw = operation.path.removeprefix(description.prefix)
        if operation.method in ("get", "post", "put", "patch", "delete"):
            yield _described(description, operation, schema, made.get((operation.method, raw)))


def _described(description: Description, operation: Operation, schema: Any, source: Any) -> dict[str, Any]:
    valid: Any = None
    cases: list[tuple[str, str, tuple[str, str]]] = []
    if source is not None:
        with contextlib.suppress(Exception):  # whatever a hostile document makes of the generation, it has no cases
            valid = next(_coverage(schema, source, "POSITIVE"), None)
        with contextlib.suppress(Exception):
            cases = list(_chosen(description, operation, _coverage(schema, source, "NEGATIVE")))
    body = valid.body if valid is not None and isinstance(valid.body, dict | list | str | int | float) else None
    path, query = (_plain(valid.path_parameters), _plain(valid.query)) if valid is not None else ({}, {})
    for parameter in operation.parameters:
        # an example says more of what is looked for than a value that is merely allowed
        if (example := description.example(parameter)) is not None:
            {"path": path, "query": query}.get(str(parameter.get("in")), {})[str(parameter.get("name"))] = example
    return {
        "method": operation.method.upper(),
        "template": operation.path,
        "path": path,
        "query": query,
        "body": body,
        "strings": list(_strings(description, operation)),
        "media": list(description.answer_types(operation)),
        "takes": description.bodies(operation)[0],
        "cases": cases,
    }


def _coverage(schema: Any, source: Any, mode: str) -> Iterator[Any]:
    from schemathesis.generation import GenerationMode

    config = schema.config.generation_for(operation=source)
    cases = schema.iter_coverage_cases(source, generation_modes=[GenerationMode[mode]], generation_config=config)
    return islice(cases, _LOOKED_AT)


def _chosen(
    description: Description, operation: Operation, cases: Iterator[Any]
) -> Iterator[tuple[str, str, tuple[str, str]]]:
    """The first of every kind, then the second of every kind, up to `CASES`: what is wrong, path, content and media."""
    media, _ = description.bodies(operation)
    seen: Counter[str] = Counter()
    ranked: list[tuple[int, int, Any]] = []
    for case in cases:
        wrong = {place.name for place, part in case.meta.components.items() if part.mode.value == "negative"}
        kind = case.meta.phase.data.scenario.value
        if len(wrong) != 1 or not wrong <= _PLACES or (kind in _HARMLESS and wrong != {"BODY"}):
            continue
        if wrong == {"BODY"} and not _forbidden(description, operation, case):
            continue
        ranked.append((seen[kind], len(ranked), case))
        seen[kind] += 1
    for _, _, case in sorted(ranked, key=lambda item: item[:2])[:CASES]:
        body = Body.of(case.body, media) if _has_body(case) else Body()
        if len(body.content) <= _LARGEST:
            path = _address(operation.path, _plain(case.path_parameters), _plain(case.query))
            yield str(case.meta.phase.data.description)[:120], path, (body.content, body.media)


def _forbidden(description: Description, operation: Operation, case: Any) -> bool:
    """The document's own schema refuses the body; a format is a remark (JSON Schema 2020-12, Validation, 7.2.1)."""
    from openapi_schema_validator import OAS30Validator, OAS31Validator

    if not _has_body(case):
        return description.body_required(operation)
    dialect = OAS30Validator if str(description.document["openapi"]).startswith("3.0") else OAS31Validator
    components = description.document.get("components")
    _, schemas = description.bodies(operation)
    return bool(schemas) and not any(dialect({**one, "components": components}).is_valid(case.body) for one in schemas)


def _has_body(case: Any) -> bool:
    return type(case.body).__name__ != "NotSet" and not isinstance(case.body, bytes)


def _strings(description: Description, operation: Operation) -> Iterator[str]:
    for parameter in operation.parameters:
        if parameter.get("in") in ("query", "path") and description.is_text(parameter.get("schema")):
            yield f"{parameter['in']} {parameter.get('name')}"
    for schema in description.bodies(operation)[1]:
        members = schema.get("properties")
        for name, member in members.items() if isinstance(members, dict) else ():
            if description.is_text(member):
                yield f"body {name}"


def _plain(values: Any) -> dict[str, Any]:
    return {str(key): value for key, value in dict(values or {}).items()}


def _address(template: str, path: dict[str, Any], query: dict[str, Any]) -> str:
    filled = re.sub(
        r"\{([^{}/]*)\}",
        lambda match: quote(_unquoted(path.get(match[1], "0")), safe="") or "0",
        template,
    )
    return filled + ("?" + urlencode(query, doseq=True) if query else "")


def _unquoted(value: Any) -> str:
    from urllib.parse import unquote

    return unquote(str(value))
