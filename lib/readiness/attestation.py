"""Attestations: dated, signed-off statements that stand as evidence until they expire."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, model_validator

from readiness.document import Record, line_of
from readiness.errors import BadInput
from readiness.evidence import Fact
from readiness.observation import Observation, observed, unavailable
from readiness.wire.exchange import _Base


class Attestation(Record):
    """One statement.

    Attributes:
        fact: Name of the fact it is of.
        value: What the fact is.
        statement: What was done or is so, in one sentence.
        by: Who says so.
        attested_on: The day (UTC) that it is true of.
        expires_on: The last day (UTC) that it stands.
        scope: What it covers.
        link: Where what it rests on can be read.
    """

    fact: str
    value: bool | float | str = True
    statement: Annotated[str, Field(min_length=10)]
    by: Annotated[str, Field(min_length=2)]
    attested_on: date
    expires_on: date
    scope: str = ""
    link: str = ""

    @model_validator(mode="after")
    def _ends(self) -> "Attestation":
        if self.expires_on < self.attested_on:
            raise ValueError("expires_on: expected a day after attested_on")
        return self

    @property
    def starts(self) -> datetime:
        """The first moment that it stands, UTC."""
        return datetime.combine(self.attested_on, time(), UTC)

    @property
    def ends(self) -> datetime:
        """The first moment that it does not stand any more, UTC."""
        return datetime.combine(self.expires_on + timedelta(days=1), time(), UTC)

    def observation(self, fact: Fact, now: datetime) -> Observation:
        """What it says of its fact at `now`: nothing once it has expired, or before its day."""
        stated = Stated(attestation=self, observed_at=self.starts)
        if now >= self.ends:
            words = f"the attestation of {self.attested_on} expired on {self.expires_on}"
            return unavailable(fact.name, words, permission=f"an attestation of {fact.name}")
        if now < self.starts:
            return unavailable(fact.name, f"the attestation is dated {self.attested_on}, which is yet to come")
        return replace(observed(fact.name, self.value, stated), max_age=self.ends - self.starts)


@dataclass(frozen=True, kw_only=True)
class Stated(_Base):
    """The record of an attestation."""

    attestation: Attestation

    @property
    def source(self) -> str:
        """See `Recorded.source`."""
        return f"attested by {self.attestation.by} on {self.attestation.attested_on}: {self.attestation.statement}"

    @property
    def repeat(self) -> str:
        """Where it can be read."""
        return f"read {self.attestation.link}" if self.attestation.link else f"ask {self.attestation.by}"

    def _record(self) -> dict[str, Any]:
        return {
            "kind": "attestation",
            "observed_at": self.observed_at.isoformat(),
            **self.attestation.model_dump(mode="json"),
            "repeat": self.repeat,
        }


class Attestations(Record):
    """The attestations of one target, `params/attestations/<target>.yaml`."""

    attestations: list[Attestation]


def load(path: Path, facts: Mapping[str, Fact]) -> list[Attestation]:
    """The attestations of a target; none where it has no file.

    Raises:
        BadInput: The file is not as expected, or states what no statement can stand for.
    """
    if not path.is_file():
        return []
    found = Attestations.read(path).attestations
    problems = []
    for index, item in enumerate(found):
        fact = facts.get(item.fact)
        at = f"{path}:{line_of(path, ('attestations', index, 'fact'))}: fact"
        kinds = {"boolean": bool, "text": str, "number": (int, float)}
        if fact is None or not fact.attestable:
            what = "a fact that" if fact is None else "a fact that a statement can stand for, not one that"
            problems.append(
                f"{at}: expected {what} {'exists' if fact is None else 'has to be observed'}: {item.fact!r}"
            )
        elif not isinstance(item.value, kinds[fact.type]) or (fact.type == "number" and isinstance(item.value, bool)):  # type: ignore[arg-type]
            problems.append(f"{at}: {item.fact} is a {fact.type}, got {item.value!r}")
    if problems:
        raise BadInput(*problems)
    return found
