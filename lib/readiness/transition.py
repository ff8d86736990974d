"""Transitions: what changed between two runs so that somebody is told at once. A steady state is none.

There are four: the verdict on the stage that is put first is another; a requirement that is mandatory for it is met
where it was not, or the other way round; a run failed after one that did not; a run did not fail after one that did.

A run is compared with the one that was last told, so that what was not told for any reason is told the next time. A
mandatory requirement that cannot be observed for a while is compared with what was last known of it: that it is unknown
now is no transition of its own, and where it matters the verdict says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from readiness.history import History
from readiness.listing import interval
from readiness.stage import Stage

_KNOWN = {"met": "met", "partial": "not met", "unmet": "not met"}


@dataclass(frozen=True)
class Transition:
    """One thing that changed.

    Attributes:
        kind: Which of the four.
        name: The stage, the requirement's id, or `run`.
        before, after: The states, in a word or two.
        words: All of it in one sentence.
    """

    kind: Literal["verdict", "mandatory", "failed", "recovered"]
    name: str
    before: str
    after: str
    words: str


def failed() -> Transition:
    """A run failed after one that did not."""
    return Transition("failed", "run", "completed", "failed", "A run failed; those before it did not.")


def transitions(
    past: History,
    run: str,
    decision: Mapping[str, Any],
    stage: Stage,
    *,
    titles: Mapping[str, str],
    since: str = "",
    failed_before: bool = False,
) -> list[Transition]:
    """What changed with a run.

    Args:
        past: The history of its target.
        run: Its name, the UTC time.
        decision: Stage → its decision, see `gate.decide`.
        stage: The stage that is put first.
        titles: Requirement → title.
        since: The run that was last told; empty, or one that is gone: the one before this one.
        failed_before: The last thing that was told is that a run failed.
    """
    found = []
    if failed_before:
        found.append(Transition("recovered", "run", "failed", "completed", "Runs complete again."))
    scores = past.scores[(past.scores["stage"] == stage) & past.scores["whole"] & (past.scores["kind"] == "observed")]
    earlier = scores[scores["run"] < run]
    told = earlier[earlier["run"] <= since] if since else earlier
    if told.empty:
        told = earlier
    if told.empty:
        return found
    last, now = told.iloc[-1], decision[stage]
    if last["verdict"] != now["verdict"]:
        words = (
            f"{stage}: {last['verdict']} → {now['verdict']}, score {interval(last['floor'], last['ceiling'])} → "
            f"{interval(now['floor'], now['ceiling'])}."
        )
        found.append(Transition("verdict", stage, last["verdict"], now["verdict"], words))
    known = _last_known(past.findings, stage, set(told["run"]))
    for item in now["mandatory"]:
        name, after = item["requirement"], _KNOWN.get(item["status"])
        before = known.get(name)
        if before and after and before != after:
            words = f"{titles.get(name, name)}, mandatory for {stage}: {before} → {after}."
            found.append(Transition("mandatory", name, before, after, words))
    return found


def _last_known(findings: pd.DataFrame, stage: Stage, runs: set[str]) -> dict[str, str]:
    """Requirement → whether it was met when that was last known, in these runs."""
    rows = findings[(findings["stage"] == stage) & findings["run"].isin(runs) & findings["status"].isin(list(_KNOWN))]
    latest = rows.sort_values("run", kind="stable").drop_duplicates("requirement", keep="last")
    return {name: _KNOWN[status] for name, status in zip(latest["requirement"], latest["status"], strict=True)}
