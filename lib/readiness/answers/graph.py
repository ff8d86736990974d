"""Graph: what a GraphQL schema lets one ask, as its own introspection describes it."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLNamedType,
    GraphQLSchema,
    build_client_schema,
    get_introspection_query,
    get_named_type,
    is_abstract_type,
    is_composite_type,
    is_interface_type,
    is_object_type,
    is_required_argument,
    is_scalar_type,
)

INTROSPECTION = get_introspection_query(descriptions=False)
"""Ask for a schema."""

_MOST_TYPES = 500  # of a schema that are looked at
_NEAR = 3  # fields on the way from the root to an address


@dataclass(frozen=True)
class Circle:
    """Fields that lead from a type back to itself.

    Attributes:
        way: Fields from the root to that type.
        turn: Fields of one turn.
    """

    way: tuple[str, ...]
    turn: tuple[str, ...]

    def query(self, depth: int) -> str:
        """A query of that many nested fields."""
        turns = -(-max(0, depth - len(self.way)) // len(self.turn))
        fields = (self.way + self.turn * turns)[:depth]
        return "{" + "{".join(fields) + "{__typename}" + "}" * len(fields)

    def turned(self, times: int) -> str:
        """A query of that many turns."""
        return self.query(len(self.way) + times * len(self.turn))


def schema_of(data: Any) -> GraphQLSchema | None:
    """The schema in the data of an answer to `INTROSPECTION`; None where there is none."""
    try:
        return build_client_schema(data)
    except Exception:  # whatever a hostile answer makes of the reader, it holds no schema
        return None


def circle(schema: GraphQLSchema) -> Circle | None:
    """The nearest circle that can be asked for without arguments; None where there is none."""
    if schema.query_type is None:
        return None
    for way, near in _walk(schema, schema.query_type):
        for turn, far in _walk(schema, near):
            if turn and far is near:
                return Circle(way, turn)
    return None


def endless(schema: GraphQLSchema) -> bool:
    """Whether queries of any depth can be written at all, whatever arguments that takes."""
    leads = {
        kind.name: {get_named_type(field.type).name for field in _fields(kind).values()}
        | ({one.name for one in schema.get_possible_types(kind)} if is_abstract_type(kind) else set())  # type: ignore[arg-type]
        for kind in list(schema.type_map.values())[:_MOST_TYPES]
        if is_composite_type(kind) and not kind.name.startswith("__")
    }
    while ends := [name for name, others in leads.items() if not others & leads.keys()]:
        for name in ends:
            del leads[name]
    return bool(leads)


def addresses(schema: GraphQLSchema, id: str) -> list[str]:
    """Queries that show an e-mail address: of the root's fields, those that want nothing, or an id alone."""
    found = []
    for name, field in _fields(schema.query_type).items():
        wanted = [(word, one) for word, one in field.args.items() if is_required_argument(one)]
        if len(wanted) > 1 or (wanted and (get_named_type(wanted[0][1].type).name != "ID" or not id)):
            continue
        argument = f'({wanted[0][0]}: "{id}")' if wanted else ""
        for way, kind in _walk(schema, get_named_type(field.type)):
            mail = next((one for one, leaf in _fields(kind).items() if _is_address(one, leaf)), "")
            if mail and len(way) < _NEAR:
                fields = (f"{name}{argument}", *way, mail)
                found.append("{" + "{".join(fields) + "}" * len(fields))
                break
    return found


def leaves(data: Any) -> Iterator[Any]:
    """Every value in the data of an answer that holds no others."""
    if isinstance(data, dict):
        for value in data.values():
            yield from leaves(value)
    elif isinstance(data, list):
        for value in data:
            yield from leaves(value)
    elif data is not None:
        yield data


def _walk(schema: GraphQLSchema, start: GraphQLNamedType) -> Iterator[tuple[tuple[str, ...], GraphQLNamedType]]:
    """Types with the fields that lead there without arguments, the nearest first; the start comes last as well."""
    waiting: deque[tuple[tuple[str, ...], GraphQLNamedType]] = deque([((), start)])
    seen: set[str] = set()
    while waiting and len(seen) < _MOST_TYPES:
        way, kind = waiting.popleft()
        yield way, kind
        for name, field in _fields(kind).items():
            next_kind = get_named_type(field.type)
            free = not any(is_required_argument(one) for one in field.args.values())
            if free and is_composite_type(next_kind) and next_kind.name not in seen:
                seen.add(next_kind.name)
                waiting.append(((*way, name), next_kind))


def _fields(kind: Any) -> dict[str, GraphQLField]:
    return kind.fields if is_object_type(kind) or is_interface_type(kind) else {}


def _is_address(name: str, field: GraphQLField) -> bool:
    words = name.lower().replace("_", "")
    free = not any(is_required_argument(one) for one in field.args.values())
    return free and is_scalar_type(get_named_type(field.type)) and words.endswith(("email", "mail", "emailaddress"))


__all__ = ["INTROSPECTION", "Circle", "addresses", "circle", "endless", "leaves", "schema_of"]
