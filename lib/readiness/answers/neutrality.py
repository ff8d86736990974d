"""Neutrality: whether the answers to two kinds of requests tell the kinds apart.

What varies within a kind (an id, a time, a request id) says nothing; what is the same in all answers of one kind has
to be the same in those of the other.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from readiness.wire.exchange import Exchange

_PASSING = ("age", "date", "retry-after", "server-timing", "x-cache", "content-length")
_ALLOWANCE = "ratelimit"


def difference(known: Mapping[str, Sequence[Exchange]], unknown: Mapping[str, Sequence[Exchange]]) -> str:
    """The first thing that tells two kinds of answers apart, in words; empty where nothing does.

    Args:
        known: Answers of one kind, by the address that was asked about; the address itself tells nothing.
        unknown: Answers of the other kind, likewise.
    """
    one, other = ([_traits(answer, address) for address, answers in kind.items() for answer in answers]
                  for kind in (known, unknown))  # fmt: skip
    for trait in dict.fromkeys(name for traits in (*one, *other) for name in traits):
        left, right = ({traits.get(trait) for traits in side} for side in (one, other))
        # values that vary within a kind are not compared, but being there at all is
        if len(left) == 1 == len(right) and left != right:
            return f"{trait}: {_shown(left)} for a known address, {_shown(right)} for an unknown one"
        if (left == {None}) != (right == {None}):
            return f"{trait}: only in answers for {'an unknown' if left == {None} else 'a known'} address"
    return ""


def _traits(answer: Exchange, address: str) -> dict[str, str]:
    traits = {"status": str(answer.status)}
    for name, _ in answer.headers:
        lower = name.lower()
        if lower not in _PASSING and _ALLOWANCE not in lower.replace("-", ""):
            traits[f"header {lower}"] = "there"
    body = answer.json()
    if body is None:
        return traits | {"body": _without(address, answer.text)}
    return traits | {f"body {place or 'as a whole'}": _without(address, str(leaf)) for place, leaf in _leaves(body)}


def _leaves(value: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    match value:
        case dict() if value:
            for key, inner in value.items():
                yield from _leaves(inner, f"{place}.{key}".lstrip("."))
        case list() if value:
            for inner in value:
                yield from _leaves(inner, f"{place}.*".lstrip("."))
        case _:
            yield place, value


def _without(address: str, text: str) -> str:
    return text.replace(address, "…") if address else text


def _shown(values: set[str | None]) -> str:
    (value,) = values
    return "absent" if value is None else value[:60]
