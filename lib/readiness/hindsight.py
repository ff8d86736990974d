"""Hindsight: what the catalogue and gates of today would have said of past runs, so that raising the bar does not look
like a regression.

All are judged together at one time, today, so that what counts today counts; their evidence keeps its age, that of the
moment when each was judged.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from readiness.assessment import Parameters, judge_by
from readiness.decision import decide
from readiness.errors import BadInput, first_line
from readiness.history import frame_of, moment
from readiness.reports import MANIFEST, Reports
from readiness.score import score

TOGETHER = 50
"""Runs that are judged at once: what a judgement of many spares is spared by then, and memory stays small."""


@dataclass(frozen=True)
class Hindsight:
    """What would have been said.

    Attributes:
        scores: As those of history, a row a run and stage, without the figures with waivers; of a run that is left out
            there is none.
        left_out: Run → why nothing can be said of it.
    """

    scores: pd.DataFrame
    left_out: dict[str, str]


def as_today(reports: Reports, runs: Sequence[str], parameters: Parameters, now: datetime) -> Hindsight:
    """Judge runs again. One whose evidence lacks what is asked now is left out, and named.

    Args:
        reports: Where they are.
        runs: Names of published runs of the parameters' target, the oldest first.
        parameters: What to judge by.
        now: Today, UTC.
    """
    rows: list[dict[str, Any]] = []
    left_out: dict[str, str] = {}
    earlier: list[pd.DataFrame] = []
    for start in range(0, len(runs), TOGETHER):
        evidence = {}
        for run in runs[start : start + TOGETHER]:
            try:
                evidence[run] = _evidence(reports, run, parameters, now)
            except BadInput as error:  # it lacks what is asked
                left_out[run] = error.problems[0][:300]
            except Exception as error:  # it is torn
                left_out[run] = first_line(error)
        for run, decision in _decided(evidence, parameters, now, earlier):
            common = {
                "target": parameters.target.name,
                "run": run,
                "at": moment(run),
                "kind": "observed",
                "catalogue": parameters.catalogue.digest,
                "whole": not (evidence[run]["status"] == "skipped").any(),
            }
            rows += [common | {"stage": stage, **told} for stage, told in decision.items()]
    return Hindsight(frame_of(rows, "scores"), left_out)


def _evidence(reports: Reports, run: str, parameters: Parameters, now: datetime) -> pd.DataFrame:
    """A run's evidence as that of a target of the run's name, as old now as it was when the run was judged."""
    with reports.opened(f"{parameters.target.name}/{run}", ("evidence.parquet", "decision.json", MANIFEST)) as folder:
        evidence, aged = folder.evidence(), now - folder.judged_at
    asked = (criterion.fact for item in parameters.catalogue for criterion in item.criteria if criterion.fact)
    if never := list(dict.fromkeys(asked).keys() - set(evidence["fact"])):
        more = f" and {len(never) - 1} more were" if len(never) > 1 else " was"
        raise BadInput(f"{min(never)}{more} never gathered")
    return evidence.assign(target=run, observed_at=evidence["observed_at"] + aged)


def _decided(
    evidence: dict[str, pd.DataFrame], parameters: Parameters, now: datetime, earlier: list[pd.DataFrame]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Run → decision. What earlier runs were found to be, for gates that demand steadiness, is kept in `earlier`."""
    if not evidence:
        return
    findings = judge_by(parameters, pd.concat(evidence.values(), ignore_index=True), now, list(evidence))
    scores = dict(iter(score(findings, parameters.gates).groupby("target")))
    kept = max((gate.steady_runs or 0) for gate in parameters.gates.gates.values())
    for run, rows in findings.groupby("target"):
        of_run = rows.assign(target=parameters.target.name)
        past = pd.concat(earlier[-kept:]) if kept and earlier else None
        yield str(run), decide(of_run, scores[run], parameters.gates, catalogue=parameters.catalogue, past=past)
        earlier.append(of_run.assign(run=run))
