"""Criteria: a threshold on one fact, per stage."""

import math
from collections.abc import Mapping
from datetime import date
from typing import Any, TypeAlias

from pydantic import Field, model_validator

from readiness.document import Record
from readiness.duration import Duration
from readiness.evidence import FactType
from readiness.stage import STAGES, Stage, up_to

Threshold: TypeAlias = bool | float | str | list[str]

OPERATORS: dict[str, tuple[FactType, ...]] = {
    "is": ("boolean", "text"),
    "at_least": ("number",),
    "at_most": ("number",),
    "above": ("number",),
    "below": ("number",),
    "one_of": ("text",),
}
"""Operators and the types of fact they judge."""

WORDS = {
    "is": "",
    "at_least": "at least ",
    "at_most": "at most ",
    "above": "above ",
    "below": "below ",
    "one_of": "one of ",
}

_FIGURE = "{:,.10g}"


def figure(number: float) -> str:
    """A number as criteria and findings write it, to ten digits."""
    return _FIGURE.format(number)


def wanted(operator: str, threshold: Any) -> str:
    """What a criterion asks of its fact, such as `at least 30`; the text itself where it awaits evidence."""
    if isinstance(threshold, bool):
        shown = "true" if threshold else "false"
    elif isinstance(threshold, list):
        shown = ", ".join(threshold)
    else:
        shown = threshold if isinstance(threshold, str) else figure(threshold)
    return f"{WORDS.get(operator, '')}{shown}"


class Criterion(Record):
    """One entry under `criteria`: a fact with one operator, or `awaits` for what nothing observes yet.

    One with `from` is announced: it is judged and shown, and counts from that day on (UTC).
    """

    fact: str | None = None
    is_: Any = Field(None, alias="is")
    at_least: Any = None
    at_most: Any = None
    above: Any = None
    below: Any = None
    one_of: Any = None
    minor: bool = False
    max_age: Duration | None = None
    from_: date | None = Field(None, alias="from")
    awaits: Any = None

    @model_validator(mode="after")
    def _one_operator_of_the_right_type(self) -> "Criterion":
        given = [name for name in OPERATORS if self._raw(name) is not None]
        if self.awaits is not None:
            if given or self.fact:
                raise ValueError("expected either awaits or a fact with an operator, got both")
            _per_stage(self.awaits, "awaits", _is_text, "a text")
        elif not self.fact:
            raise ValueError("expected a fact, or awaits with a text")
        elif len(given) != 1:
            raise ValueError(f"expected exactly one of {', '.join(OPERATORS)}, got {', '.join(given) or 'none'}")
        else:
            name = given[0]
            expected = {"is": (_is_flag_or_text, "true, false or a text"), "one_of": (_is_texts, "a list of texts")}
            check, words = expected.get(name, (_is_number, "a number"))
            _per_stage(self._raw(name), name, check, words)
        return self

    def _raw(self, operator: str) -> Any:
        return getattr(self, "is_" if operator == "is" else operator)

    @property
    def operator(self) -> str:
        """Name of the operator; `awaits` for a criterion that nothing observes yet."""
        return next((name for name in OPERATORS if self._raw(name) is not None), "awaits")

    def threshold(self, stage: Stage) -> Threshold | None:
        """The threshold at `stage`: its own, else the nearest earlier stage's; None where it does not apply yet."""
        value = self.awaits if self.operator == "awaits" else self._raw(self.operator)
        if not isinstance(value, Mapping):
            return value  # type: ignore[no-any-return]
        return next((value[s] for s in reversed(up_to(stage)) if s in value), None)


def _per_stage(value: Any, key: str, check: Any, words: str) -> None:
    values = value if isinstance(value, Mapping) else {"": value}
    for stage, threshold in values.items():
        if stage and stage not in STAGES:
            raise ValueError(f"{key}: expected stages {', '.join(STAGES)}, got {stage!r}")
        if not check(threshold):
            raise ValueError(f"{key}: expected {words}, got {threshold!r}")
    if not values:
        raise ValueError(f"{key}: expected {words}, got nothing")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(map(_is_text, value))


def _is_flag_or_text(value: Any) -> bool:
    return isinstance(value, bool) or _is_text(value)
