"""Waivers: dated, approved exceptions; shown, never counted as met."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

from pydantic import Field, model_validator

from readiness.catalog import Catalogue
from readiness.document import Record, line_of
from readiness.errors import BadInput


class Waiver(Record):
    """One exception.

    Attributes:
        requirement: Id of the requirement that is waived.
        reason: Why the risk is taken.
        approved_by: Who took it.
        approved_on, expires_on: First and last day (UTC) it is in force.
    """

    requirement: str
    reason: Annotated[str, Field(min_length=10)]
    approved_by: Annotated[str, Field(min_length=2)]
    approved_on: date
    expires_on: date

    @model_validator(mode="after")
    def _ends(self) -> "Waiver":
        if self.expires_on < self.approved_on:
            raise ValueError("expires_on: expected a day after approved_on")
        return self

    def in_force(self, now: datetime) -> bool:
        """Whether it stands at `now` (UTC)."""
        return self.approved_on <= now.astimezone(UTC).date() <= self.expires_on


class Waivers(Record):
    """The waivers of one target, `params/waivers/<target>.yaml`."""

    waivers: list[Waiver]


def load(path: Path, catalogue: Catalogue) -> list[Waiver]:
    """The waivers of a target; none where it has no file.

    Raises:
        BadInput: The file is not as expected or waives what is not in the catalogue.
    """
    if not path.is_file():
        return []
    waivers = Waivers.read(path).waivers
    problems = [
        f"{path}:{line_of(path, ('waivers', index, 'requirement'))}: requirement: "
        f"expected a requirement's id, got {item.requirement!r}"
        for index, item in enumerate(waivers)
        if item.requirement not in catalogue.requirements
    ]
    if problems:
        raise BadInput(*problems)
    return waivers
