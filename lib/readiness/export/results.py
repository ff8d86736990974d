"""Results: what every export tells, read once from a run's folder and the catalogue."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from readiness import __version__
from readiness.catalog import DIMENSIONS, Catalogue
from readiness.document import located
from readiness.errors import BadInput
from readiness.run import RunFolder
from readiness.stage import Stage


@dataclass(frozen=True)
class Place:
    """Where the catalogue demands something.

    Attributes:
        file: Path from the folder that holds `params/`, with slashes.
        line: Line, from 1.
    """

    file: str
    line: int


@dataclass(frozen=True)
class Finding:
    """One requirement judged at one stage.

    Attributes:
        stage, requirement, dimension, status, reason, waived, weight: As in the findings frame.
        title, remedy, sentence: The catalogue's words; the sentence is the one on failing. Of a requirement that the
            catalogue no longer has, the title is its id and the others are empty.
        place: Where it is demanded; None of one that the catalogue no longer has.
    """

    stage: Stage
    requirement: str
    dimension: str
    status: str
    reason: str
    waived: bool
    weight: float
    title: str
    remedy: str
    sentence: str
    place: Place | None


@dataclass(frozen=True)
class Results:
    """What a run came to.

    Attributes:
        target: The platform's short name.
        stage: The stage that is put first.
        observed_until: Time of the latest observation, UTC.
        findings: The findings frame.
        decision: Stage → verdict and what it rests on, see `decision.decide`.
        catalogue: For titles and remedies.
        places: Requirement → where it is demanded.
        manifest: The run's manifest; empty where the folder holds none.
    """

    target: str
    stage: Stage
    observed_until: datetime
    findings: pd.DataFrame
    decision: Mapping[str, Any]
    catalogue: Catalogue
    places: Mapping[str, Place] = field(default_factory=dict)
    manifest: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, run: RunFolder, catalogue: Catalogue, params: Path, stage: Stage | None = None) -> "Results":
        """The results in a run's folder.

        Args:
            run: The folder.
            catalogue: That of `params`.
            params: The `params/` folder, for the lines of requirements.
            stage: The stage to put first; None: the one that the run put first.

        Raises:
            BadInput: The folder does not hold a whole run.
        """
        told = run.json("decision.json")
        if told is None:
            raise BadInput(f"{run.path}: expected decision.json there; is it the folder of a run?")
        manifest = run.json("manifest.json") or {}
        first: Stage = stage or manifest.get("stage", "alpha")
        return cls(
            told["target"],
            first,
            run.observed_until,
            run.frame("findings"),
            told["stages"],
            catalogue,
            places_of(params),
            manifest,
        )

    @property
    def made_with(self) -> str:
        """The version that made the run; this one where the run does not tell."""
        return str(self.manifest.get("readiness", __version__))

    def of_stage(self, stage: Stage | None = None) -> Iterator[Finding]:
        """Findings of a stage (default: the one put first), in the catalogue's order."""
        rows: Any = self.findings[self.findings["stage"] == (stage or self.stage)].itertuples()
        for row in rows:
            item = self.catalogue.requirements.get(row.requirement)
            yield Finding(
                row.stage,
                row.requirement,
                row.dimension,
                str(row.status),
                str(row.reason),
                bool(row.waived),
                float(row.weight),
                item.title if item else row.requirement,
                item.remedy if item else "",
                item.fail if item else "",
                self.places.get(row.requirement),
            )


def places_of(params: Path) -> dict[str, Place]:
    """Where each requirement stands in `<params>/catalog/`.

    Raises:
        BadInput: A file that cannot be read.
    """
    found = {}
    for dimension in DIMENSIONS:
        path = params / "catalog" / f"{dimension}.yaml"
        content, lines = located(path)
        for index, item in enumerate(content["requirements"]):
            line = lines["requirements", index, "name"]
            found[f"{dimension}.{item['name']}"] = Place(f"{params.name or 'params'}/catalog/{path.name}", line)
    return found
