"""An API's description: the OpenAPI document, its operations and what each of them documents."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import unquote, urlsplit

import yaml

from readiness.body import FORM, JSON
from readiness.document import shallow

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")
_DEPTH = 12
_YAML_BYTES = 2_000_000  # YAML takes fifty times as long to read as JSON
_BODILESS = re.compile(r"204|205|3..")  # RFC 9110: 204, 205 and 304 have no body; of other redirects none is needed
_BOUNDED = ("uuid", "date", "date-time", "time", "ipv4", "ipv6")  # formats that are of one length, or nearly
_TYPED = ("type", "$ref", "anyOf", "oneOf", "allOf", "enum", "const")


def read(body: bytes) -> "Description | None":
    """The OpenAPI 3 document in a body, JSON or YAML without aliases; None where there is none."""
    document = _load(body)
    if not isinstance(document, dict) or not str(document.get("openapi", "")).startswith("3."):
        return None
    return Description(document)


def _load(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        pass
    if len(body) > _YAML_BYTES or not re.search(rb"^[\"']?openapi[\"']?\s*:", body[:100_000], re.M):
        return None
    try:
        if not shallow(body):
            return None
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(body, Loader=yaml.CSafeLoader)):
            return None  # a few aliases can stand for billions of members
        return yaml.load(body, Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, ValueError, RecursionError):
        return None


@dataclass(frozen=True)
class Operation:
    """One method of one path.

    Attributes:
        path: As the document has it, below the path of its first server.
        method: Lower case.
        spec: The operation object.
        parameters: Parameter objects of the path and the operation.
    """

    path: str
    method: str
    spec: dict[str, Any]
    parameters: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True)
class Description:
    """An OpenAPI 3 document; whatever in it has a wrong type counts as absent."""

    document: dict[str, Any]

    @property
    def title(self) -> str:
        """The API's name."""
        title = _dict(self.document.get("info")).get("title")
        return title.strip() if isinstance(title, str) else ""

    @cached_property
    def prefix(self) -> str:
        """The path of the first server, which every path of the document stands below."""
        servers = self.document.get("servers")
        first = _dict(servers[0]).get("url") if isinstance(servers, list) and servers else ""
        try:
            return urlsplit(first).path.rstrip("/") if isinstance(first, str) else ""
        except ValueError:
            return ""

    @cached_property
    def operations(self) -> tuple[Operation, ...]:
        """Every method of every path."""
        return tuple(
            Operation(self.prefix + str(path), method, spec, tuple(self._parameters(item) + self._parameters(spec)))
            for path, value in _dict(self.document.get("paths")).items()
            for item in [self.resolve(value)]
            for method, spec in item.items()
            if method in METHODS and isinstance(spec, dict)
        )

    def resolve(self, node: Any) -> dict[str, Any]:
        """The object itself, or the one its local `$ref` leads to; empty where it leads nowhere."""
        for _ in range(20):
            if not isinstance(node, dict) or not isinstance(node.get("$ref"), str):
                return _dict(node)
            node = self._at(node["$ref"])
        return {}

    def foreign(self) -> str:
        """A reference to another document, which is never fetched; empty where there is none."""
        return next((ref for ref in _references(self.document) if not ref.startswith("#")), "")

    def has_example(self, operation: Operation) -> bool:
        """A successful answer shows an example, or none of them can have a body."""
        responses = _dict(operation.spec.get("responses"))
        chosen = [code for code in responses if str(code)[:1] == "2"]
        chosen = chosen or [code for code in responses if str(code)[:1] == "3" or code == "default"]
        contents = [_dict(self.resolve(responses[code]).get("content")) for code in chosen]
        media = [_dict(item) for content in contents for item in content.values()]
        if media:
            return any(self._shows(item) for item in media)
        # an answer whose content is merely not described may have a body
        return bool(chosen) and all(operation.method == "head" or _BODILESS.fullmatch(str(code)) for code in chosen)

    def has_summary(self, operation: Operation) -> bool:
        """It says in a line what it does."""
        summary = operation.spec.get("summary")
        return isinstance(summary, str) and bool(summary.strip())

    def has_errors(self, operation: Operation) -> bool:
        """It documents how it refuses: an answer of 4xx, or a default one beside a successful one."""
        codes = [str(code) for code in _dict(operation.spec.get("responses"))]
        return any(code[:1] == "4" for code in codes) or ("default" in codes and any(c[:1] == "2" for c in codes))

    def has_security(self, operation: Operation) -> bool:
        """It says who may ask: by itself or for the whole document; an empty list says that anybody may."""
        return any(isinstance(holder.get("security"), list) for holder in (operation.spec, self.document))

    def is_typed(self, operation: Operation) -> bool | None:
        """Every member of the JSON or form it takes has a type; None where it does not write or takes neither."""
        if operation.method not in ("post", "put", "patch"):
            return None
        _, schemas = self.bodies(operation)
        return all(self._body_typed(schema) for schema in schemas) if schemas else None

    def bodies(self, operation: Operation) -> tuple[str, list[dict[str, Any]]]:
        """Media type and schemas of the bodies it takes: JSON where it takes some, else a form; empty for neither."""
        content = _dict(self.resolve(operation.spec.get("requestBody")).get("content"))
        for media, name in ((JSON, "json"), (FORM, FORM)):
            held = [_dict(value) for kind, value in content.items() if name in str(kind).lower()]
            if held:
                return media, [self.resolve(one.get("schema")) for one in held]
        return "", []

    def body_required(self, operation: Operation) -> bool:
        """It does not go without a body."""
        return self.resolve(operation.spec.get("requestBody")).get("required") is True

    def answer_types(self, operation: Operation) -> list[str]:
        """Media types of its successful answers."""
        responses = _dict(operation.spec.get("responses"))
        chosen = [self.resolve(answer) for code, answer in responses.items() if str(code)[:1] == "2"]
        return sorted({str(kind).lower() for answer in chosen for kind in _dict(answer.get("content"))})

    def example(self, parameter: dict[str, Any]) -> str | int | None:
        """An example of a parameter's value, its own or its schema's."""
        schema = self.resolve(parameter.get("schema"))
        shown = [parameter.get("example"), schema.get("example"), *_list(schema.get("examples"))]
        shown += [self.resolve(one).get("value") for one in _dict(parameter.get("examples")).values()]
        return next((one for one in shown if isinstance(one, str | int)), None)

    def is_text(self, schema: Any) -> bool:
        """A value of the schema may be a text that is none of a few given ones."""
        node = self.resolve(schema)
        kinds = node.get("type")
        if "enum" in node or "const" in node:
            return False
        if "string" in (kinds if isinstance(kinds, list) else [kinds]):
            return True
        return any(self.is_text(one) for key in ("anyOf", "oneOf") for one in _list(node.get(key)))

    def texts(self, schema: Any, depth: int = _DEPTH) -> Iterator[bool]:
        """For every text within a schema whether its length is bounded: by a length, or by being one of a few."""
        node = self.resolve(schema)
        if not depth or not node:
            return
        if self.is_text({**node, "anyOf": [], "oneOf": []}):
            yield "maxLength" in node or node.get("format") in _BOUNDED
        for key in ("allOf", "anyOf", "oneOf", "prefixItems"):
            for one in _list(node.get(key)):
                yield from self.texts(one, depth - 1)
        for one in _dict(node.get("properties")).values():
            yield from self.texts(one, depth - 1)
        for key in ("items", "additionalProperties"):
            yield from self.texts(node.get(key), depth - 1)

    def _parameters(self, item: dict[str, Any]) -> list[dict[str, Any]]:
        found = item.get("parameters")
        return [self.resolve(one) for one in found] if isinstance(found, list) else []

    def _at(self, ref: str) -> Any:
        if not ref.startswith("#/"):
            return {}
        node: Any = self.document
        for part in ref[2:].split("/"):
            key = unquote(part).replace("~1", "/").replace("~0", "~")
            node = node.get(key) if isinstance(node, dict) else None
        return node

    def _shows(self, media: dict[str, Any]) -> bool:
        return "example" in media or bool(media.get("examples")) or self._illustrated(media.get("schema"))

    def _illustrated(self, schema: Any, depth: int = _DEPTH) -> bool:
        """The schema has an example, or all its members have."""
        node = self.resolve(schema)
        if not depth or not node:
            return False
        if "example" in node or bool(node.get("examples")) or "const" in node:
            return True
        members = _dict(node.get("properties"))
        if members and all(self._illustrated(member, depth - 1) for member in members.values()):
            return True
        joined = [item for key in ("allOf", "anyOf", "oneOf") for item in _list(node.get(key))]
        return any(self._illustrated(item, depth - 1) for item in [*joined, node.get("items")])

    def _body_typed(self, schema: Any, depth: int = _DEPTH) -> bool:
        node = self.resolve(schema)
        if not depth or not node:
            return False
        joined = [item for key in ("allOf", "anyOf", "oneOf") for item in _list(node.get(key))]
        members = _dict(node.get("properties"))
        if joined and not members:
            return all(self._body_typed(item, depth - 1) for item in joined)
        if "items" in node:
            return self._has_type(node["items"])
        if members:
            return all(self._has_type(member) for member in members.values())
        # an object that names no member takes anything, unless what it takes is typed
        kinds = node.get("type", "object")
        takes_objects = "object" in (kinds if isinstance(kinds, list) else [kinds])
        return not takes_objects or self._has_type(node.get("additionalProperties"))

    def _has_type(self, member: Any) -> bool:
        node = self.resolve(member)
        return any(key in node for key in _TYPED) or "properties" in node


def _references(node: Any) -> Iterator[str]:
    pending = [node]
    while pending:
        item = pending.pop()
        if isinstance(item, dict):
            yield from (item[key] for key in ("$ref", "$dynamicRef") if isinstance(item.get(key), str))
            pending.extend(item.values())
        elif isinstance(item, list):
            pending.extend(item)


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
