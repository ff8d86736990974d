"""Differences between two OpenAPI documents that break whoever relies on the older one."""

from collections.abc import Iterator
from typing import Any

from readiness.answers.description import Description, Operation

Pairs = set[tuple[int, int]]
"""Schemas that were compared: one that holds itself, or many that hold each other, are compared once."""


def breaking(before: Description, after: Description) -> list[str]:
    """What of the older document does not hold in the newer one, a line each.

    Operations and answers that are gone; parameters, members of bodies and credentials that are demanded now; members
    of answers that are gone; types that changed and values that are not taken, or newly sent, any more. Paths are
    compared whatever their parameters are called.
    """
    later = {_key(one): one for one in after.operations}
    found: list[str] = []
    for one in before.operations:
        name = f"{one.method.upper()} {one.path}"
        other = later.get(_key(one))
        if other is None:
            found.append(f"{name} is gone")
            continue
        found += [f"{name}: {what}" for what in _operation(before, one, after, other)]
    return list(dict.fromkeys(found))


def _operation(before: Description, one: Operation, after: Description, other: Operation) -> Iterator[str]:
    old, new = (_parameters(of) for of in (one, other))
    for key, parameter in new.items():
        if parameter.get("required") is True and old.get(key, {}).get("required") is not True:
            yield f"{key[0]} parameter {key[1]} is demanded now"
        if key in old:
            yield from _taken(
                before, old[key].get("schema"), after, parameter.get("schema"), f"parameter {key[1]}", set()
            )
    if _open(before, one) and not _open(after, other):
        yield "credentials are demanded now"
    if after.body_required(other) and not before.body_required(one):
        yield "a body is demanded now"
    bodies = list(zip(before.bodies(one)[1], after.bodies(other)[1], strict=False))
    for was, becomes in bodies[:1]:
        yield from _taken(before, was, after, becomes, "body", set())
    answers = _answers(after, other)
    for code, was in _answers(before, one).items():
        if code not in answers:
            yield f"answer {code} is gone"
        else:
            yield from _sent(before, was, after, answers[code], f"answer {code}", set())


def _taken(before: Description, old: Any, after: Description, new: Any, at: str, done: Pairs) -> Iterator[str]:
    """What was taken and is refused now."""
    was, becomes = before.resolve(old), after.resolve(new)
    if not was or not becomes or (id(was), id(becomes)) in done:
        return
    done.add((id(was), id(becomes)))
    if kinds := _kinds(was) - _kinds(becomes) if _kinds(was) and _kinds(becomes) else set():
        yield f"{at} takes no {' or '.join(sorted(kinds))} any more"
    if gone := _values(was, becomes):
        yield f"{at} does not take {', '.join(gone)[:100]} any more"
    for name in sorted(_required(becomes) - _required(was)):
        yield f"{at}.{name} is demanded now"
    members = _members(becomes)
    for name, member in _members(was).items():
        if name in members:
            yield from _taken(before, member, after, members[name], f"{at}.{name}", done)
    if "items" in was and "items" in becomes:
        yield from _taken(before, was["items"], after, becomes["items"], f"{at}[]", done)


def _sent(before: Description, old: Any, after: Description, new: Any, at: str, done: Pairs) -> Iterator[str]:
    """What could be relied on in an answer and cannot any more."""
    was, becomes = before.resolve(old), after.resolve(new)
    if not was or not becomes or (id(was), id(becomes)) in done:
        return
    done.add((id(was), id(becomes)))
    if kinds := _kinds(becomes) - _kinds(was) if _kinds(was) and _kinds(becomes) else set():
        yield f"{at} may be {' or '.join(sorted(kinds))} now"
    members = _members(becomes)
    for name, member in _members(was).items():
        if name not in members and becomes.get("properties") is not None:
            yield f"{at}.{name} is gone"
        elif name in members:
            if name in _required(was) and name not in _required(becomes):
                yield f"{at}.{name} may be absent now"
            yield from _sent(before, member, after, members[name], f"{at}.{name}", done)
    if "items" in was and "items" in becomes:
        yield from _sent(before, was["items"], after, becomes["items"], f"{at}[]", done)


def _key(operation: Operation) -> tuple[str, str]:
    parts = ["{}" if part.startswith("{") else part for part in operation.path.rstrip("/").split("/")]
    return operation.method, "/".join(parts)


def _parameters(operation: Operation) -> dict[tuple[str, str], dict[str, Any]]:
    return {
        (str(one.get("in")), str(one.get("name"))): one
        for one in operation.parameters
        if one.get("in") != "path"  # their names may change, and they are always demanded
    }


def _answers(description: Description, operation: Operation) -> dict[str, Any]:
    """Schemas of the JSON of successful answers, by status; None in place of one that has none."""
    found: dict[str, Any] = {}
    responses = operation.spec.get("responses")
    for code, answer in responses.items() if isinstance(responses, dict) else ():
        if str(code)[:1] == "2":
            content = description.resolve(answer).get("content")
            media = content.items() if isinstance(content, dict) else ()
            schemas = [
                one.get("schema") for kind, one in media if "json" in str(kind).lower() and isinstance(one, dict)
            ]
            found[str(code)] = schemas[0] if schemas else None
    return found


def _open(description: Description, operation: Operation) -> bool:
    """Anybody may ask, or the document does not say who may."""
    told = operation.spec.get("security", description.document.get("security"))
    return not isinstance(told, list) or not told or {} in told


def _kinds(schema: dict[str, Any]) -> set[str]:
    told = schema.get("type")
    kinds = {str(one) for one in (told if isinstance(told, list) else [told]) if one}
    kinds |= {"null"} if kinds and schema.get("nullable") is True else set()
    return kinds | ({"integer"} if "number" in kinds else set())


def _values(was: dict[str, Any], becomes: dict[str, Any]) -> list[str]:
    old, new = was.get("enum"), becomes.get("enum")
    if not isinstance(new, list):
        return []
    return [str(one) for one in old if one not in new] if isinstance(old, list) else ["every value"]


def _required(schema: dict[str, Any]) -> set[str]:
    told = schema.get("required")
    return {str(one) for one in told} if isinstance(told, list) else set()


def _members(schema: dict[str, Any]) -> dict[str, Any]:
    told = schema.get("properties")
    return told if isinstance(told, dict) else {}
