"""Hindsight: what the catalogue and gates of today would have said of past runs, so that raising the bar does not look
like a regression.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from readiness.assessment import Parameters
from readiness.errors import BadInput
from readiness.history import SCORES, History, judged, moment
from readiness.reports import Reports
from readiness.rescore import rescore

NEEDED = ("evidence.parquet", "findings.parquet", "decision.json", "manifest.json")
"""The files of a run that it is judged again from."""


@dataclass(frozen=True)
class Hindsight:
    """What would have been said.

    Attributes:
        scores: As those of history, a row a run and stage; of a run that is left out there is none.
        left_out: Run → why nothing can be said of it.
    """

    scores: pd.DataFrame
    left_out: dict[str, str]


def as_today(reports: Reports, runs: Iterable[str], parameters: Parameters, catalog: Path) -> Hindsight:
    """Judge runs again, each as of its own time. One whose evidence lacks what is asked now is left out, and named.

    Args:
        reports: Where they are.
        runs: Names of runs of the parameters' target.
        parameters: What to judge by.
        catalog: The folder of their catalogue, for what is said of a run that is left out.
    """
    told: list[History] = []
    left_out = {}
    for run in runs:
        try:
            with reports.opened(f"{parameters.target.name}/{run}", NEEDED) as folder:
                past = pd.concat([frame.findings for frame in told]) if told else None
                again = rescore(folder, parameters, catalog, past=past).after
        except (BadInput, OSError, ValueError) as error:  # refused, or torn
            left_out[run] = str(error).splitlines()[0][:300]
        else:
            told.append(judged(again, moment(run)))
    scores = pd.concat([one.scores for one in told], ignore_index=True) if told else pd.DataFrame(columns=list(SCORES))
    return Hindsight(scores.astype(SCORES), left_out)
