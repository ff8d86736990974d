"""Past: what earlier runs say beside the one that is being reported."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from readiness import history
from readiness.assessment import Assessment
from readiness.baseline import Baseline
from readiness.change import Change, change
from readiness.errors import BadInput
from readiness.forecast import Forecast, forecast, open_mandatory
from readiness.history import History
from readiness.reports import Reports
from readiness.run import RunFolder
from readiness.snapshot import parameters_of
from readiness.stage import Stage
from readiness.steadiness import steadiness

WEEK = timedelta(days=6, hours=12)
"""What is told of is the change since a run at least that old, where there is one: a weekly report is not the same
second every week."""


@dataclass(frozen=True)
class Past:
    """The runs before one run, and how that one stands to them.

    Attributes:
        reports: Where they are.
        started: When the run started, UTC.
        history: The runs before it and the declared baselines; once judged, the run itself as the newest.
        change: What moved the score since `before`; None where that cannot be told.
        why_not: Why not; empty where it can, or where there is no earlier run.
        forecasts: Stage → when its gate's points will be reached and its mandatory requirements met.
    """

    reports: Reports
    started: datetime
    history: History
    change: Change | None = None
    why_not: str = ""
    forecasts: Mapping[Stage, Forecast] = field(default_factory=dict)

    @classmethod
    def of(cls, reports: Reports, target: str, started: datetime, params: Path) -> "Past":
        """What there was when a run started.

        Args:
            reports: Where runs are published.
            target: Whose.
            started: When the run started, UTC; runs of that second or later are left out.
            params: The `params/` folder, for its declared baselines.

        Raises:
            BadInput: The place cannot be read, or a baseline is not as expected.
        """
        baselines = [Baseline.read(path) for path in sorted((params / "baseline").glob("*.yaml"))]
        to_the_second = started.replace(microsecond=0)
        return cls(reports, to_the_second, history.read(reports, [target], baselines).until(to_the_second))

    def with_run(self, run: RunFolder, assessment: Assessment, stage: Stage) -> "Past":
        """The same with the run as its newest point, and with what it changed at one stage.

        Args:
            run: The run's folder, with evidence.parquet.
            assessment: What was judged of it.
            stage: Whose change to tell.
        """
        told: Change | None = None
        why_not = ""
        if self.before:
            with TemporaryDirectory(prefix="readiness-") as place:
                try:
                    earlier = self._folder(assessment.parameters.target.name, Path(place))
                    told = change(earlier, run, stage, parameters_of(earlier), assessment.parameters, assessment.now)
                except BadInput as error:
                    why_not = error.problems[0]
        joined = self.history.followed_by(assessment, self.started)
        forecasts: dict[Stage, Forecast] = {}
        for each, gate in assessment.parameters.gates.gates.items():
            still = open_mandatory(joined.findings, each, gate.mandatory)
            forecasts[each] = forecast(joined.scores, each, still)
        return replace(self, history=joined, change=told, why_not=why_not, forecasts=forecasts)

    @cached_property
    def before(self) -> str:
        """The earlier run that is compared with: the newest that is a week old, else the newest; empty: none."""
        runs = self._observed[self._observed["at"] < self.started]
        week_old = runs[runs["at"] <= self.started - WEEK]
        chosen = week_old if len(week_old) else runs
        return str(chosen["run"].iloc[-1]) if len(chosen) else ""

    @property
    def runs(self) -> int:
        """How many runs there are."""
        return len(self._observed)

    def unsteady(self, stage: Stage) -> pd.DataFrame:
        """Requirements of a stage that flipped in the last runs; see `steadiness`."""
        frame = steadiness(self.history.findings)
        return frame[frame["unsteady"] & (frame["stage"] == stage)]

    @property
    def _observed(self) -> pd.DataFrame:
        scores = self.history.scores
        return scores[scores["kind"] == "observed"].drop_duplicates("run").sort_values("at")

    def _folder(self, target: str, place: Path) -> RunFolder:
        if self.reports.local:
            return RunFolder(Path(self.reports.root) / target / self.before)
        return RunFolder(self.reports.fetch(target, self.before, place))
