"""Past: what earlier runs say beside the one that is being reported."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path

import pandas as pd

from readiness import history
from readiness.assessment import Assessment
from readiness.baseline import Baseline
from readiness.change import Change, change
from readiness.errors import first_line
from readiness.forecast import Forecast, forecast, open_mandatory
from readiness.hindsight import Hindsight, as_today
from readiness.history import History
from readiness.reports import Reports
from readiness.run import RunFolder
from readiness.snapshot import NAME, parameters_of
from readiness.stage import Stage
from readiness.steadiness import steadiness

WEEK = timedelta(days=6, hours=12)
"""What is told of is the change since a run at least that old, where there is one: a weekly report is not the same
second every week."""
REJUDGED = "the earlier run is judged otherwise today than it was then, by the same catalogue: the rules are others"
LOOKED_BACK = 30
"""Runs that are judged again at most, where the bar was another: each takes a tenth of a second."""
NEEDED = ("evidence.parquet", "decision.json", "manifest.json", NAME)
"""The files of an earlier run that a change is told from."""


@dataclass(frozen=True)
class Past:
    """The runs before one run, and how that one stands to them.

    Attributes:
        reports: Where they are.
        started: When the run started, UTC.
        history: The runs before it and the declared baselines; once judged, the run itself as the newest.
        change: What moved the score since `before`; None where that cannot be told.
        why_not: Why not, or what else is to be known of it; empty where there is nothing.
        forecasts: Stage → when its gate's points will be reached and its mandatory requirements met.
        as_today: What this run's catalogue and gates would have said of the last runs; empty where all were judged by
            these.
    """

    reports: Reports
    started: datetime
    history: History
    change: Change | None = None
    why_not: str = ""
    forecasts: Mapping[Stage, Forecast] = field(default_factory=dict)
    as_today: Hindsight = field(default_factory=lambda: Hindsight(pd.DataFrame(), {}))

    @classmethod
    def of(cls, reports: Reports, target: str, started: datetime, params: Path) -> "Past":
        """What there was when a run started.

        Args:
            reports: Where runs are published.
            target: Whose.
            started: When the run started, UTC; runs of that second or later are left out.
            params: The `params/` folder; its declared baselines are points as well.

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
            name = f"{assessment.parameters.target.name}/{self.before}"
            try:
                with self.reports.opened(name, NEEDED) as earlier:
                    told = change(earlier, run, stage, parameters_of(earlier), assessment.parameters, assessment.now)
            except Exception as error:  # a run that is torn is told of, and does not take the one at hand with it
                why_not = first_line(error).replace(f"{self.reports.root}/", "")
            else:
                why_not = "" if told.before == self._published(stage) else REJUDGED
        joined = self.history.followed_by(assessment, self.started)
        forecasts: dict[Stage, Forecast] = {}
        for each, gate in assessment.parameters.gates.gates.items():
            still = open_mandatory(joined.findings, each, gate.mandatory)
            forecasts[each] = forecast(joined.scores, each, still)
        today = self._as_today(joined, assessment)
        return replace(self, history=joined, change=told, why_not=why_not, forecasts=forecasts, as_today=today)

    @cached_property
    def before(self) -> str:
        """The earlier run that is compared with: the newest that is a week old, else the newest; empty: none.

        A run of some dimensions alone is compared with only where there is no other.
        """
        runs = self._observed[self._observed["at"] < self.started]
        runs = runs[runs["whole"]] if runs["whole"].any() else runs
        week_old = runs[runs["at"] <= self.started - WEEK]
        chosen = week_old if len(week_old) else runs
        return str(chosen["run"].iloc[-1]) if len(chosen) else ""

    def _published(self, stage: Stage) -> tuple[float, float]:
        """Floor and ceiling of the run that is compared with, as it was published."""
        scores = self.history.scores
        row = scores[(scores["run"] == self.before) & (scores["stage"] == stage)].iloc[0]
        return float(row["floor"]), float(row["ceiling"])

    @property
    def runs(self) -> int:
        """How many runs there are."""
        return len(self._observed)

    @property
    def whole_runs(self) -> int:
        """How many of them looked at all dimensions."""
        return int(self._observed["whole"].sum())

    def unsteady(self, stage: Stage) -> pd.DataFrame:
        """Requirements of a stage that flipped to and fro in the last runs; see `steadiness`."""
        frame = steadiness(self.history.findings)
        return frame[frame["unsteady"] & (frame["stage"] == stage)]

    @property
    def _observed(self) -> pd.DataFrame:
        scores = self.history.scores
        return scores[scores["kind"] == "observed"].drop_duplicates("run").sort_values("at")

    def _as_today(self, joined: History, assessment: Assessment) -> Hindsight:
        """The last runs judged again where the bar was another; as they were told where it was the same."""
        scores = joined.scores[joined.scores["kind"] == "observed"]
        last = list(scores["run"].drop_duplicates())[-LOOKED_BACK:]
        bars = scores.drop_duplicates("run").set_index("run")["bar"]
        others = [run for run in last if bars[run] != bars[last[-1]]]
        if not others:
            return self.as_today
        again = as_today(self.reports, others, assessment.parameters, assessment.now)
        same = scores[scores["run"].isin(last) & ~scores["run"].isin(others)]
        whole = pd.concat([again.scores, same], ignore_index=True).sort_values("at", ignore_index=True)
        return Hindsight(whole, again.left_out)
