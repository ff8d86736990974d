"""Vitals: what a health answer says of the whole and of its components, whatever its JSON looks like."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

DATABASE = ("db", "database", "postgres", "pg", "sql", "mysql", "mariadb", "cockroach", "mongo", "datasource")
CACHE = ("redis", "valkey", "memcache", "keydb", "dragonfly", "cache")

# `warn` is up: the health+json draft gives it to a service that works, with concerns
_UP_WORDS = (
    "up ok okay healthy pass passed passing connected true ready alive live online operational available success "
    "successful running good green active reachable serving started warn warning yes"
)
_DOWN_WORDS = (
    "down unhealthy fail failed failing failure error critical fatal degraded disconnected unavailable not offline "
    "false unreachable timeout partial red outage outofservice stopped no refused dead broken"
)
_STATUS_KEYS = (
    "status state health healthy ok up connected available ready alive live reachable success result ishealthy "
    "is_healthy overall overallstatus overall_status"
)
_UP, _DOWN, _STATUS = frozenset(_UP_WORDS.split()), frozenset(_DOWN_WORDS.split()), frozenset(_STATUS_KEYS.split())
_CONTAINERS = ("components", "checks", "dependencies", "services", "entries", "results")
_NAMES = ("name", "component", "componentid", "component_id", "service", "id", "dependency", "check")
_DEPTH = 8
_ITEMS = 200


def verdict(value: Any) -> bool | None:
    """Whether a word says up (True) or down (False); None where it says neither."""
    if isinstance(value, bool):
        return value
    if not isinstance(value, str):
        return None
    words = re.findall(r"[a-z]+", value[:200].lower())
    if "".join(words) in _DOWN or any(word in _DOWN for word in words):  # also `not ready`, `error: no route`
        return False
    return True if words and words[0] in _UP else None


def overall(document: Any) -> bool | None:
    """What the answer says of the whole: its own words, not its components'; text counts as a word."""
    if isinstance(document, dict):
        return _joined(verdict(value) for key, value in _items(document) if _is_status(key))
    return verdict(document)


def component(document: Any, names: tuple[str, ...]) -> bool | None:
    """Whether a component with one of these names is reported up; None where none is reported."""
    return _joined(_says(value) for name, value in _walk(document) if _named(name, names))


def any_down(document: Any) -> bool:
    """Whether the whole or a component is said to be down; what else an answer tells (features, say) does not count."""
    return component(document, DATABASE + CACHE) is False or _down(document)


def _down(value: Any, depth: int = _DEPTH) -> bool:
    """Whether an object or one of its components says that it is down; a list is one of components."""
    if not depth:
        return False
    if isinstance(value, list):
        return any(_says(item) is False or _down(item, depth - 1) for item in value[:_ITEMS])
    if not isinstance(value, dict) or overall(value) is False:
        return overall(value) is False
    for name, item in _items(value):
        if name.lower() in _CONTAINERS:
            parts = [part for _, part in _items(item)] if isinstance(item, dict) else item
            if isinstance(parts, list) and _down(parts, depth - 1):
                return True
        elif isinstance(item, dict) and overall(item) is False:
            return True
    return False


def _says(value: Any, depth: int = _DEPTH) -> bool | None:
    """What a component's value says: a word, an object with a status, or objects below."""
    if not depth:
        return None
    if isinstance(value, list):
        return _joined(_says(item, depth - 1) for item in value[:_ITEMS])
    if not isinstance(value, dict):
        return verdict(value)
    own = overall(value)
    if own is not None:
        return own
    if isinstance(error := value.get("error"), str) and error.strip():
        return False
    return _joined(_says(item, depth - 1) for _, item in _items(value) if isinstance(item, dict | list))


def _walk(value: Any, depth: int = _DEPTH) -> Iterator[tuple[str, Any]]:
    """Every name with its value, at any depth; an object in a list goes by the name it gives itself."""
    if not depth:
        return
    if isinstance(value, dict):
        for key, item in _items(value):
            yield key, item
            yield from _walk(item, depth - 1)
    elif isinstance(value, list):
        for item in value[:_ITEMS]:
            if isinstance(item, dict):
                own = next((text for key, text in _items(item) if key.lower() in _NAMES and isinstance(text, str)), "")
                if own:
                    yield own, {key: text for key, text in _items(item) if text != own}
            yield from _walk(item, depth - 1)


def _items(value: dict[Any, Any]) -> list[tuple[str, Any]]:
    return [(str(key), item) for key, item in list(value.items())[:_ITEMS]]


def _is_status(key: str) -> bool:
    return key.lower() in _STATUS


def _named(key: str, names: tuple[str, ...]) -> bool:
    tokens = re.findall(r"[A-Z]?[a-z]+|[A-Z]+", key[:100])
    return any(token.lower().startswith(names) for token in tokens)


def _joined(verdicts: Iterable[bool | None]) -> bool | None:
    """Down if anything is down, up if something is up, else nothing is known."""
    said = {one for one in verdicts if one is not None}
    return None if not said else False not in said
