"""Logbooks: whether the lines of a log are records, and what must not be in them."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from readiness.answers.leak import leaks

Fields = Mapping[str, Sequence[str]]
"""What a record has to say → names under which it may; a name with dots may be a path."""

TRACE = "trace_id"
"""The one that is asked for later than the others, and so is counted apart."""


@dataclass(frozen=True)
class Logbook:
    """What was found in some lines.

    Attributes:
        lines: Lines that were looked at.
        structured: Lines that are a JSON object with every field but the trace id.
        traced: Lines that have the trace id.
        leaking: Lines with a secret or personal data.
        kinds: How many lines have each kind of them.
    """

    lines: int
    structured: int
    traced: int
    leaking: int
    kinds: Mapping[str, int]


def examine(lines: Iterable[str], fields: Fields) -> Logbook:
    """Look at lines of a log; nothing of their text is kept."""
    needed = [names for field, names in fields.items() if field != TRACE]
    count = structured = traced = leaking = 0
    kinds: Counter[str] = Counter()
    for line in lines:
        record = _record(line)
        count += 1
        structured += bool(record) and all(_there(record, names) for names in needed)
        traced += _there(record, fields[TRACE])
        found = leaks(line).union(*(leaks(text) for text in _texts(record)))
        kinds.update(found)
        leaking += bool(found)
    return Logbook(count, structured, traced, leaking, dict(kinds))


def _record(line: str) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return record if isinstance(record, dict) else {}


def _there(record: Mapping[str, Any], names: Iterable[str]) -> bool:
    return any(_value(record, name) not in (None, "", [], {}) for name in names)


def _value(record: Any, name: str) -> Any:
    if isinstance(record, Mapping) and name in record:
        return record[name]
    head, dot, rest = name.partition(".")
    return _value(record.get(head), rest) if dot and isinstance(record, Mapping) else None


def _texts(value: Any) -> Iterator[str]:
    """Every text within: escaped in its line, a secret may not look like one there."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _texts(one)
