"""The baseline: statuses and scores that were once declared by hand; shown for comparison, never evidence."""

from datetime import date
from pathlib import Path
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
        target: Name of the target that it was declared of.
        date: Day it was declared.
        source: Where it comes from.
        totals: Declared percentages, by what they were said to be of.
        categories: Declared points in the alpha matrix, by dimension.
        requirements: Declared status by requirement id.
    """

    target: str
    date: date
    source: str
    totals: dict[str, Percent]
    categories: dict[str, Percent]
    requirements: dict[str, Declared]


def of_target(target: str, folder: Path) -> list[Baseline]:
    """What was once declared of a target, oldest first.

    Args:
        target: Its name.
        folder: The `params/` folder.

    Raises:
        BadInput: A file is not as expected.
    """
    found = [Baseline.read(path) for path in sorted((folder / "baseline").glob("*.yaml"))]
    return [baseline for baseline in found if baseline.target == target]
