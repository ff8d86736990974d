"""Routing: where an Alertmanager's configuration sends an alert, and whether anybody is told there."""

import re
from collections.abc import Mapping
from typing import Any

import yaml

from readiness.document import shallow

_MATCHER = re.compile(r"""([a-zA-Z_]\w*)\s*(=~|!~|!=|=)\s*("(?:[^"\\]|\\.)*"|[^,{}"]*)""")
MOST = 2_000
"""Routes looked at: aliases make a few lines stand for any number."""


def receivers(text: str, labels: Mapping[str, str]) -> list[dict[str, Any]]:
    """The receivers that get an alert with these labels, as the configuration describes each.

    Args:
        text: The configuration (Alertmanager documentation, Configuration: `route` and `receivers`).
        labels: Every label that the alert carries.

    Raises:
        ValueError: It is no such configuration.
    """
    try:
        document: Any = yaml.load(text, yaml.CSafeLoader) if shallow(text) else None
        known = {one["name"]: one for one in document["receivers"]}
        names = _Routes(labels).of(document["route"], "")
        return [known[name] for name in dict.fromkeys(names)]
    except (yaml.YAMLError, KeyError, TypeError, AttributeError, re.error) as error:
        raise ValueError(f"not a configuration of routes and receivers: {type(error).__name__}") from None


def tells(receiver: Mapping[str, Any]) -> bool:
    """Whether a receiver has any integration; one without is where alerts are dropped on purpose."""
    return any(name.endswith("_configs") and value for name, value in receiver.items())


class _Routes:
    """A walk down the tree of routes for one alert."""

    def __init__(self, labels: Mapping[str, str]) -> None:
        self._labels, self._left = labels, MOST

    def of(self, route: Mapping[str, Any], inherited: str) -> list[str]:
        """Receivers below a route that matches: the first child that does, more where one says `continue`."""
        self._left -= 1
        if self._left < 0:
            raise ValueError("more routes than can be followed")
        receiver = route.get("receiver") or inherited
        found: list[str] = []
        for child in route.get("routes") or ():
            if self._matches(child):
                found += self.of(child, receiver)
                if not child.get("continue"):
                    break
        return found or [receiver]

    def _matches(self, route: Mapping[str, Any]) -> bool:
        wanted = [(name, "=", str(value)) for name, value in (route.get("match") or {}).items()]
        wanted += [(name, "=~", str(value)) for name, value in (route.get("match_re") or {}).items()]
        for text in route.get("matchers") or ():
            wanted += [(name, sign, _unquoted(value)) for name, sign, value in _MATCHER.findall(str(text))]
        return all(self._holds(*one) for one in wanted)

    def _holds(self, name: str, sign: str, value: str) -> bool:
        own = self._labels.get(name, "")
        same = own == value if sign in ("=", "!=") else re.fullmatch(value, own) is not None
        return same == (sign in ("=", "=~"))


def _unquoted(text: str) -> str:
    text = text.strip()
    return re.sub(r"\\(.)", r"\1", text[1:-1]) if text.startswith('"') else text
