"""An opened run: what it was judged by and what followed, read from its folder; nothing is judged again."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from readiness import snapshot
from readiness.assessment import Assessment
from readiness.catalog import Catalogue
from readiness.errors import BadInput, ReadinessError, first_line
from readiness.gate import Gates
from readiness.history import earlier
from readiness.report import Report
from readiness.reports import Reports
from readiness.run import RunFolder
from readiness.stage import STAGES, Stage


@dataclass(frozen=True)
class Opened:
    """A published run, looked at for one stage.

    Attributes:
        folder: The run's.
        assessment: As it was made then, by the parameters of then.
        stage: Which stage is looked at.
    """

    folder: RunFolder
    assessment: Assessment
    stage: Stage

    @classmethod
    def of(cls, path: Path, stage: Stage) -> "Opened":
        """Open the run in a folder.

        Raises:
            BadInput: A part of it is missing or cannot be read any more, be it one that is looked at later.
        """
        try:
            return cls._read(RunFolder(path), stage)
        except ReadinessError:
            raise
        except Exception as error:  # parts that can be read and do not fit one another
            raise BadInput(f"{path}: cannot be read: {first_line(error)}") from None

    @classmethod
    def _read(cls, folder: RunFolder, stage: Stage) -> "Opened":
        path = folder.path
        decision = (folder.json("decision.json") or {}).get("stages", {})
        if missing := [each for each in STAGES if each not in decision]:
            raise BadInput(f"{path / 'decision.json'}: expected a decision for {', '.join(missing)}, found none")
        frames = (folder.evidence(), folder.frame("findings"), folder.frame("scores"))
        parameters = snapshot.parameters_of(folder)
        past = earlier(Reports.of(path.parent.parent), parameters, folder.started_at)
        assessment = Assessment(parameters, folder.judged_at, *frames, decision, past)
        found = cls(folder, assessment, stage)
        found.report.header()  # it, the survey and the exchanges are read here, where what is torn can be told
        return found

    @cached_property
    def report(self) -> Report:
        """What the report says of it."""
        return Report.of(self.assessment, self.folder, self.stage)

    @property
    def exchanges(self) -> Mapping[str, Mapping[str, Any]]:
        """Recorded exchanges by digest."""
        return self.report.exchanges

    @property
    def catalogue(self) -> Catalogue:
        """What was demanded."""
        return self.assessment.parameters.catalogue

    @property
    def gates(self) -> Gates:
        """What each stage demanded."""
        return self.assessment.parameters.gates

    @property
    def name(self) -> str:
        """`<target>/<UTC time>`."""
        return f"{self.assessment.parameters.target.name}/{self.folder.path.name}"
