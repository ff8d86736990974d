"""Hindsight: what the catalogue and gates of today would have said of runs of the past, so that raising the bar does not
look like a regression.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from readiness.assessment import Parameters
from readiness.errors import BadInput
from readiness.history import SCORES, scores_of
from readiness.reports import Reports
from readiness.rescore import rescore

NEEDED = ("evidence.parquet", "findings.parquet", "decision.json", "manifest.json")
"""The files of a run that it is judged again from."""


@dataclass(frozen=True)
class Hindsight:
    """What would have been said.

    Attributes:
        scores: As those of history, a row a run and stage, the oldest first; runs that are left out have none.
        left_out: Run → why nothing can be said of it.
    """

    scores: pd.DataFrame
    left_out: dict[str, str]


def as_today(reports: Reports, runs: Sequence[str], parameters: Parameters, catalog: Path) -> Hindsight:
    """Judge runs again, each as of its own time. A run whose evidence lacks what is asked now is left out, and named.

    Args:
        reports: Where they are.
        runs: Names of runs of the parameters' target.
        parameters: What to judge by.
        catalog: The folder of their catalogue, for what is said of a run that is left out.
    """
    rows: list[dict[str, Any]] = []
    left_out = {}
    for run in runs:
        try:
            with reports.opened(f"{parameters.target.name}/{run}", NEEDED) as folder:
                told = rescore(folder, parameters, catalog)
        except BadInput as error:
            left_out[run] = error.problems[0]
