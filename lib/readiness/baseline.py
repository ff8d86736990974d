"""The baseline: statuses and scores that were once declared by hand; shown for comparison, never evidence."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from readiness.document import Record

Percent = Annotated[float, Field(ge=0, le=100, strict=False)]


class Declared(Record):
    """What was declared of one requirement."""

    status: Literal["met", "partial", "unmet"]
    note: str = ""


class Baseline(Record):
    """One declared assessment, `params/baseline/<date>.yaml`.

    Attributes:
        date: Day it was declared.
        target: Of which target; None: of any.
        source: Where it comes from.
        totals: Declared percentages, by what they were said to be of.
        categories: Declared points in the alpha matrix, by dimension.
        requirements: Declared status by requirement id.
    """

    date: date
    target: str | None = None
    source: str
    totals: dict[str, Percent]
    categories: dict[str, Percent]
    requirements: dict[str, Declared]
