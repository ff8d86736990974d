"""Attestations: dated, signed-off statements that stand as evidence until they expire.

One stands for a fact that a statement can stand for at all (`Fact.attestable`), and only where no source observes that
fact. Written for a requirement, it stands for each of its facts of that kind, where the value is of the fact's type.
"""

import hashlib
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Any, Self

import yaml
from pydantic import Field, field_validator, model_validator

from readiness.catalog import Catalogue
from readiness.document import Record, folder_of, line_of
from readiness.errors import BadInput
from readiness.evidence import Fact
from readiness.observation import Observation, observed, unavailable
from readiness.wire.exchange import _Base

KINDS: dict[str, type | tuple[type, ...]] = {"boolean": bool, "text": str, "number": (int, float)}


class Attestation(Record):
    """One statement."""

    fact: str = Field("", description="name of the fact it stands for")
    requirement: str = Field(
        "", description="instead of a fact: each fact of this requirement that a statement of this value can stand for"
    )
    value: bool | float | str = Field(True, description="what the fact is")
    statement: str = Field(min_length=10, description="what was done, or is so, in one sentence")
    by: str = Field(min_length=2, description="who says so")
    attested_on: date = Field(description="the day (UTC) that it is true of")
    expires_on: date = Field(description="the last day (UTC) that it stands")
    scope: str = Field("", description="what it covers")
    link: str = Field("", description="where what it rests on can be read")
    file: Path | None = Field(None, description="the document it rests on, relative to the file of attestations")
    sha256: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")] = Field(
        "", description="SHA-256 of that document; checked where the document is at hand"
    )

    @field_validator("file", mode="before")
    @classmethod
    def _beside_its_file(cls, value: Any, info: Any) -> Any:
        return folder_of(info) / value if isinstance(value, str) else value

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if bool(self.fact) == bool(self.requirement):
            raise ValueError("expected either a fact or a requirement")
        if self.expires_on < self.attested_on:
            raise ValueError("expires_on: expected a day after attested_on")
        if self.file and not self.sha256:
            raise ValueError("sha256: expected the document's digest beside its name")
        return self

    @property
    def starts(self) -> datetime:
        """The first moment that it stands, UTC."""
        return datetime.combine(self.attested_on, time(), UTC)

    @property
    def ends(self) -> datetime:
        """The first moment that it does not stand any more, UTC."""
        return datetime.combine(self.expires_on + timedelta(days=1), time(), UTC)

    def in_force(self, now: datetime) -> bool:
        """Whether it stands at `now` (UTC)."""
        return self.starts <= now < self.ends

    def observation(self, fact: Fact, now: datetime) -> Observation:
        """What it says of its fact at `now`: nothing before its day, once it has expired, or of another document."""
        needs = f"an attestation of {fact.name}"
        if now >= self.ends:
            words = f"the attestation of {self.attested_on} expired on {self.expires_on}"
            return unavailable(fact.name, words, permission=needs)
        if now < self.starts:
            return unavailable(fact.name, f"the attestation is dated {self.attested_on}, which is yet to come")
        if self.file and self.file.is_file() and digest_of_file(self.file) != self.sha256:
            words = f"{self.file.name} is not the document that was attested: its SHA-256 is another"
            return unavailable(fact.name, words, permission=needs)
        stated = Stated(attestation=self, observed_at=self.starts)
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
        place = self.attestation.link or (self.attestation.file.name if self.attestation.file else "")
        return f"read {place}" if place else f"ask {self.attestation.by}"

    def _record(self) -> dict[str, Any]:
        told = self.attestation.model_dump(mode="json", exclude={"file"}, exclude_defaults=True)
        name = {"file": self.attestation.file.name} if self.attestation.file else {}
        return {
            "kind": "attestation",
            "observed_at": self.observed_at.isoformat(),
            **told,
            **name,
            "repeat": self.repeat,
        }


class Attestations(Record):
    """The attestations of one target, `params/attestations/<target>.yaml`."""

    attestations: list[Attestation]


def load(path: Path, facts: Mapping[str, Fact], catalogue: Catalogue) -> list[Attestation]:
    """The attestations of a target, each of one fact; none where it has no file.

    Raises:
        BadInput: The file is not as expected, or states what no statement can stand for.
    """
    if not path.is_file():
        return []
    found: list[Attestation] = []
    problems: list[str] = []
    for index, item in enumerate(Attestations.read(path).attestations):
        key = "fact" if item.fact else "requirement"
        try:
            found += _of_facts(item, facts, catalogue)
        except ValueError as error:
            line = line_of(path, ("attestations", index, key))
            problems.append(f"{path}:{line}: {key}: {error}")
    if problems:
        raise BadInput(*problems)
    return found


def add(path: Path, values: Mapping[str, Any], facts: Mapping[str, Fact], catalogue: Catalogue) -> None:
    """Append one attestation to a target's file, which keeps what it has; it is made where there is none.

    Args:
        path: `params/attestations/<target>.yaml`.
        values: The fields of `Attestation`, as YAML writes them; those that are empty are left out.
        facts, catalogue: As `load`.

    Raises:
        BadInput: The file with this statement in it would not be as expected; it is left as it was.
    """
    given = {name: value for name, value in values.items() if value not in ("", None)}
    entry = yaml.safe_dump([given], sort_keys=False, allow_unicode=True, width=110)
    before = path.read_text(encoding="utf-8") if path.is_file() else "attestations:\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}")
    try:
        draft.write_text(before.rstrip("\n") + "\n" + textwrap.indent(entry, "  "), encoding="utf-8")
        try:
            load(draft, facts, catalogue)
        except BadInput as error:
            raise BadInput(*(problem.replace(str(draft), str(path)) for problem in error.problems)) from None
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _of_facts(item: Attestation, facts: Mapping[str, Fact], catalogue: Catalogue) -> list[Attestation]:
    if item.requirement:
        requirement = catalogue.requirements.get(item.requirement)
        if requirement is None:
            raise ValueError(f"expected a requirement's id, got {item.requirement!r}")
        names = [name for name in requirement.facts if facts[name].attestable and _fits(item.value, facts[name])]
        if not names:
            raise ValueError(f"{item.requirement} rests on no fact that this statement can stand for")
        return [item.model_copy(update={"fact": name, "requirement": ""}) for name in names]
    fact = facts.get(item.fact)
    if fact is None:
        raise ValueError(f"expected the name of a fact, got {item.fact!r}")
    if not fact.attestable:
        raise ValueError(f"{item.fact} has to be observed; no statement can stand for it")
    if not _fits(item.value, fact):
        raise ValueError(f"{item.fact} is a {fact.type}, got the value {item.value!r}")
    return [item]


def _fits(value: Any, fact: Fact) -> bool:
    return isinstance(value, KINDS[fact.type]) and isinstance(value, bool) == (fact.type == "boolean")


def digest_of_file(path: Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
