"""Words of the report: how values, times and verdicts are written for people."""

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

import pandas as pd

from readiness.forecast import Forecast

_INVISIBLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
"""Control characters and those that reorder or hide text; tab and line feed are harmless."""


def visible(value: Any, limit: int = 400) -> str:
    """A foreign text with nothing hidden in it, control and bidirectional characters written out; cut at `limit`."""
    text = _INVISIBLE.sub(lambda found: f"\\u{ord(found[0]):04x}", str(value))
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text):,} characters)"


def shown(value: Any, unit: str = "") -> str:
    """A value or a threshold, with its unit."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(visible(item) for item in value)
    if isinstance(value, int | float):
        return f"{value:,.10g} {unit}".strip()
    return visible(value)


def value_of(row: Any) -> Any:
    """The observed value of an evidence row, a plain bool, float or str; None where there is none."""
    if pd.notna(row.boolean):
        return bool(row.boolean)
    if pd.notna(row.number):
        return float(row.number)
    return str(row.text) if pd.notna(row.text) else None


def utc(moment: datetime | None) -> str:
    """A time as it is written everywhere in the report."""
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC" if moment is not None and pd.notna(moment) else "never"


def day(moment: date) -> str:
    """A day, `4 Jan 2027`."""
    return f"{moment.day} {moment:%b %Y}"


def moved(points: float) -> str:
    """How far something moved, with its sign; what would round to nothing is `0.0`."""
    return f"{points:+.1f}".replace("-", "−") if abs(points) >= 0.05 else "0.0"


def ahead(told: Forecast, today: date) -> str:
    """When a gate's points will be there and its mandatory requirements met, in a few words."""
    if told.reached:
        return "points and mandatory requirements are there"
    if told.p50 is None:
        return told.why_not
    later = f"; 85 % by {day(told.p85)}" if told.p85 else "; 85 %: beyond five years"
    return f"in {counted((told.p50 - today).days, 'day')}, {day(told.p50)}{later}"


def age(span: timedelta) -> str:
    """How old something is, in one unit."""
    seconds = max(0, int(span.total_seconds()))
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def counted(number: int, one: str, many: str = "") -> str:
    """`1 requirement`, `2 requirements`."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def effort(days: float) -> str:
    """Work, in person-days."""
    return f"{days:g} person-day{'' if days == 1 else 's'}"


def listed(items: list[str]) -> str:
    """`a, b and c`."""
    return " and ".join(filter(None, [", ".join(items[:-1]), *items[-1:]]))


def why(decision: Mapping[str, Any], unknown: int, requirements: int) -> str:
    """What a stage's verdict rests on, in plain sentences.

    Args:
        decision: The stage's decision.
        unknown: How many of its requirements are unknown.
        requirements: How many requirements it has.
    """
    if decision["verdict"] == "go":
        return "Every demand holds on what was observed."
    certain = _demands([item for item in decision["blockers"] if item["certain"]])
    open_ = _demands([item for item in decision["blockers"] if not item["certain"]])
    mandatory = len(decision["mandatory"])
    sentences = []
    if certain:
        sentences.append(f"Ruled out by {listed(_phrases(certain, mandatory))}.")
    else:
        sentences.append("Nothing observed rules it out, but not everything it needs was observed.")
    if open_:
        sentences.append(f"Not settled: {listed(_phrases(open_, mandatory))}.")
    if unknown:
        are = "is" if unknown == 1 else "are"
        sentences.append(f"{unknown} of {counted(requirements, 'requirement')} {are} unknown.")
    return " ".join(sentences)


def _demands(blockers: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    kinds: dict[str, list[dict[str, Any]]] = {}
    for item in blockers:
        kinds.setdefault(item["kind"], []).append(item)
    return kinds


def _phrases(demands: dict[str, list[dict[str, Any]]], mandatory: int) -> list[str]:
    phrases = []
    if of_kind := demands.get("mandatory"):
        phrases.append(f"{len(of_kind)} of {counted(mandatory, 'mandatory requirement')}")
    if of_kind := demands.get("category"):
        phrases.append(counted(len(of_kind), "category", "categories"))
    if "total" in demands:
        phrases.append("the total")
    if "steady" in demands:
        phrases.append("what earlier runs said")
    if of_kind := demands.get("stage"):
        phrases.append(f"the verdict on {listed([item['name'] for item in of_kind])}")
    return phrases
