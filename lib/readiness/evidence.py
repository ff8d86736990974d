"""Evidence: one observed fact a row, and how the observing went."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

import pandas as pd

Value: TypeAlias = bool | float | str
Status = Literal["observed", "unavailable", "error", "skipped"]
FactType = Literal["number", "boolean", "text"]

COLUMNS: dict[str, str] = {
    "target": "str",
    "fact": "str",
    "number": "Float64",
    "boolean": "boolean",
    "text": "str",
    "unit": "str",
    "status": "str",
    "low": "Float64",
    "high": "Float64",
    "source": "str",
    "observed_at": "datetime64[us, UTC]",
    "max_age": "timedelta64[s]",
    "reason": "str",
    "permission": "str",
    "digest": "str",
}
"""Columns of the evidence frame and their pandas types; `low` and `high` bound a measured value (same unit)."""


@dataclass(frozen=True, slots=True)
class Fact:
    """Something a probe can observe.

    Attributes:
        name: `probe.fact`, such as `tls.days_left`.
        type: Which of the three value columns it fills.
        unit: Unit of a number (`days`, `ms`, `answers`), empty for the rest.
        meaning: One sentence that a reader of the report understands.
        max_age: How long an observation stands as evidence.
        attestable: A dated statement can stand for it where nothing observes it.
    """

    name: str
    type: FactType
    meaning: str
    unit: str = ""
    max_age: timedelta = timedelta(hours=24)
    attestable: bool = False


@dataclass(frozen=True, slots=True)
class Evidence:
    """One row: a fact, its value or the reason there is none.

    Attributes:
        value: The observed value; None unless the status is `observed`.
        source: What was asked, such as `GET https://api.example.com/health`.
        observed_at: UTC time of the observation (of the attempt, where there is no value).
        reason: Why there is no value; empty when observed.
        permission: The exact permission that is missing, where that is the reason.
        digest: Digests of the recorded exchanges the value rests on, separated by a space.
        low, high: Bounds of a measured value where it is an estimate.
    """

    target: str
    fact: Fact
    status: Status
    observed_at: datetime
    value: Value | None = None
    source: str = ""
    reason: str = ""
    permission: str = ""
    digest: str = ""
    low: float | None = None
    high: float | None = None
    max_age: timedelta | None = field(default=None)


def frame(rows: Iterable[Evidence]) -> pd.DataFrame:
    """The evidence frame, with the columns and types of `COLUMNS`, sorted by target and fact."""
    records = [
        {
            "target": row.target,
            "fact": row.fact.name,
            "number": float(row.value) if row.fact.type == "number" and row.value is not None else None,
            "boolean": row.value if row.fact.type == "boolean" else None,
            "text": row.value if row.fact.type == "text" else None,
            "unit": row.fact.unit,
            "status": row.status,
            "low": row.low,
            "high": row.high,
            "source": row.source,
            "observed_at": row.observed_at,
            "max_age": row.max_age or row.fact.max_age,
            "reason": row.reason,
            "permission": row.permission,
            "digest": row.digest,
        }
        for row in rows
    ]
    return (
        pd.DataFrame(records, columns=list(COLUMNS)).astype(COLUMNS).sort_values(["target", "fact"], ignore_index=True)
    )


def digest_of(text: str) -> str:
    """A short SHA-256 of a text: 16 hexadecimal digits, enough to tell a run's few hundred records apart."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]
