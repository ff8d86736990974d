"""The command that a scheduler starts, with absolute paths: it starts in a bare environment."""

import sys
from dataclasses import dataclass
from pathlib import Path

from readiness.errors import BadInput
from readiness.schedule.plan import Kind, Plan


@dataclass(frozen=True)
class Job:
    """What is to be scheduled of one target.

    Attributes:
        name: The target's short name.
        target: What it is called on the command line: its name, or the path of its file.
        plans: One for each kind of run.
        params: The `params/` folder, absolute.
        reports: Where runs are published, absolute.
        at_most: How long one run may take, as it is written: `30m`.
        stage: The stage that is put first.
        python: The interpreter that has the package.
    """

    name: str
    target: str
    plans: tuple[Plan, ...]
    params: Path
    reports: Path
    at_most: str = "30m"
    stage: str = "alpha"
    python: str = sys.executable

    def __post_init__(self) -> None:
        if unfit := [part for part in self.arguments("daily") if not part.isprintable()]:
            raise BadInput(f"{unfit[0]!r}: expected a path without control characters, for a scheduler's file")

    def arguments(self, kind: Kind) -> list[str]:
        """The command of one kind of run."""
        plans = [plan for plan in self.plans if plan.kind == kind]
        times = [part for plan in plans for part in (f"--{kind}", str(plan))]
        places = ["--params", str(self.params), "--reports", str(self.reports)]
        limits = ["--stage", self.stage, "--at-most", self.at_most]
        return [self.python, "-m", "readiness", "scheduled", self.target, *times, *limits, *places]
