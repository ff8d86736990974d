"""The catalogue: every requirement of every dimension, with its criteria."""

import json
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

import pandas as pd
from pydantic import Field, PrivateAttr

from readiness.criterion import OPERATORS, Criterion
from readiness.document import Location, Record, line_of
from readiness.duration import Duration
from readiness.errors import BadInput
from readiness.evidence import Fact, digest_of
from readiness.stage import Stage, since

DIMENSIONS = (
    "infrastructure",
    "security",
    "data",
    "performance",
    "monitoring",
    "experience",
    "api",
    "testing",
    "operations",
    "documentation",
)
"""The ten dimensions in the order they are shown; each has one file in `params/catalog/`."""

NO_SOURCE = "no source of evidence yet"

Kind = Literal["probe", "service", "vendor", "repository", "load", "attestation"]
Sentence = Annotated[str, Field(min_length=10)]


class Requirement(Record):
    """One row of the catalogue.

    Attributes:
        pass_, fail: One sentence on the platform when the requirement is met, and when it is not.
        stage: The first stage that demands it.
        weight: Share within its dimension, relative to the others'; 0 for a duplicate that is counted elsewhere.
        effort: Person-days to meet it from nothing.
        evidence: Kinds of source that prove it.
        max_age: How old its evidence may be, unless a criterion says otherwise; a fact's own limit applies as well, the
            shorter wins.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: str = Field(min_length=2)
    pass_: Sentence = Field(alias="pass")
    fail: Sentence
    stage: Stage
    weight: Annotated[int, Field(ge=0, le=10)] = 1
    effort: Annotated[float, Field(gt=0, le=250)]
    evidence: Annotated[list[Kind], Field(min_length=1)]
    max_age: Duration
    criteria: list[Criterion] = Field([])
    rationale: Sentence
    remedy: Sentence
    reference: str = Field(min_length=3)
    _dimension: str = PrivateAttr("")

    @property
    def id(self) -> str:
        """`dimension.name`."""
        return f"{self._dimension}.{self.name}"

    @property
    def dimension(self) -> str:
        """The dimension it belongs to."""
        return self._dimension

    @property
    def facts(self) -> tuple[str, ...]:
        """Names of the facts its criteria judge, each once."""
        return tuple(dict.fromkeys(item.fact for item in self.criteria if item.fact))

    @property
    def sourceless(self) -> bool:
        """Nothing observes any of what it demands yet."""
        return not self.facts


class Chapter(Record):
    """One file of the catalogue."""

    dimension: Literal[DIMENSIONS]  # type: ignore[valid-type]
    title: str
    requirements: Annotated[list[Requirement], Field(min_length=1)]

    def model_post_init(self, context: Any) -> None:
        """Tell each requirement its dimension."""
        for requirement in self.requirements:
            requirement._dimension = self.dimension


class Catalogue:
    """All requirements, in the order of `DIMENSIONS` and of the files.

    Args:
        chapters: The files' contents.
    """

    def __init__(self, chapters: list[Chapter]) -> None:
        self.titles: dict[str, str] = {chapter.dimension: chapter.title for chapter in chapters}
        self.requirements: dict[str, Requirement] = {item.id: item for c in chapters for item in c.requirements}

    @classmethod
    def load(cls, folder: Path, facts: Mapping[str, Fact]) -> "Catalogue":
        """Read `params/catalog/`.

        Args:
            folder: Holds one file for each of `DIMENSIONS`.
            facts: Every fact that something observes, by name.

        Raises:
            BadInput: A file that is missing or not as expected, a name used twice, a criterion on a fact that nobody
                observes or whose type its operator does not judge.
        """
        chapters: list[Chapter] = []
        problems: list[str] = []
        for dimension in DIMENSIONS:
            path = folder / f"{dimension}.yaml"
            try:
                chapter = Chapter.read(path)
            except BadInput as error:
                problems += error.problems
                continue
            problems += check(path, chapter, facts)
            chapters.append(chapter)
        if problems:
            raise BadInput(*problems)
        return cls(chapters)

    def __iter__(self) -> Iterator[Requirement]:
        return iter(self.requirements.values())

    def __len__(self) -> int:
        return len(self.requirements)

    @cached_property
    def digest(self) -> str:
        """Digest of everything that bears on a judgement, to tell catalogues apart."""
        content = {item.id: item.model_dump(mode="json", by_alias=True) for item in self}
        for told in content.values():
            for criterion in told["criteria"]:
                if criterion["from"] is None:
                    del criterion["from"]  # as it was before a criterion could be announced
        return digest_of(json.dumps([list(pair) for pair in content.items()], sort_keys=True))

    @cached_property
    def criteria(self) -> pd.DataFrame:
        """Long frame of thresholds: stage, requirement, fact, operator, threshold, minor, max_age, begins.

        A requirement without criteria at a stage has one row there, with operator `awaits`: nothing passes vacuously.
        `begins` is the time from which a criterion counts, UTC; NaT where it always did.
        """
        rows = []
        for item in self:
            for stage in since(item.stage):
                applying = [(c, c.threshold(stage)) for c in item.criteria]
                found = [
                    (c.fact or "", c.operator, value, c.minor, c.max_age or item.max_age, c.from_)
                    for c, value in applying
                    if value is not None
                ] or [("", "awaits", item.title, False, item.max_age, None)]
                rows += [(stage, item.id, *row) for row in found]
        names = ["stage", "requirement", "fact", "operator", "threshold", "minor", "max_age", "begins"]
        frame = pd.DataFrame(rows, columns=names).astype({"max_age": "timedelta64[s]"})
        return frame.assign(begins=pd.to_datetime(frame["begins"], utc=True))

    def facts_of(self, dimensions: set[str]) -> set[str]:
        """Names of the facts that the requirements of these dimensions judge."""
        return {fact for item in self if item.dimension in dimensions for fact in item.facts}


def check(path: Path, chapter: Chapter, facts: Mapping[str, Fact]) -> list[str]:
    """Problems of one file that only show against the others and the probes, one line each."""
    problems = []

    def problem(location: Location, text: str) -> None:
        problems.append(f"{path}:{line_of(path, location)}: {location[-1]}: {text}")

    if chapter.dimension != path.stem:
        problem(("dimension",), f"expected {path.stem!r}, the file's name, got {chapter.dimension!r}")
    names: set[str] = set()
    for index, item in enumerate(chapter.requirements):
        if item.name in names:
            problem(("requirements", index, "name"), f"expected a name used once, got {item.name!r} again")
        names.add(item.name)
        for stage in since(item.stage) if item.criteria else ():
            applying = [one for one in item.criteria if one.threshold(stage) is not None]
            if applying and all(one.from_ for one in applying):
                problem(
                    ("requirements", index, "criteria"),
                    f"expected one that counts already at {stage}, got announced ones",
                )
                break
        for place, criterion in enumerate(item.criteria):
            at: Location = ("requirements", index, "criteria", place)
            if criterion.fact is None:
                continue
            fact = facts.get(criterion.fact)
            if fact is None:
                problem(
                    (*at, "fact"), f"expected a fact that a probe observes, got {criterion.fact!r}, which none does"
                )
            elif fact.type not in OPERATORS[criterion.operator]:
                problem((*at, criterion.operator), f"expected an operator for a {fact.type}, which {criterion.fact} is")
            elif criterion.operator == "is" and any(
                isinstance(criterion.threshold(s), bool) != (fact.type == "boolean")
                for s in since(item.stage)
                if criterion.threshold(s) is not None
            ):
                problem((*at, "is"), f"expected a {fact.type}, which {criterion.fact} is")
    return problems
