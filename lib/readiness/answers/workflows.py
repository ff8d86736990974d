"""Workflows: what their runs say of one commit, and of a branch."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

PASSED_OVER = ("skipped", "neutral")
"""Conclusions of a run that had nothing to say."""


@dataclass(frozen=True)
class Verdict:
    """What the workflows of one commit came to.

    Attributes:
        completed: Workflows that ran to their end.
        failing: Of these, and of those that had to run, the ones without success; None where nothing ran.
        running: Name of one that has not come to an end; then nothing can be said yet.
    """

    completed: int
    failing: int | None
    running: str = ""


def judged(runs: Iterable[Any], required: Collection[str] = ()) -> Verdict:
    """Take the newest completed run of each workflow; a run that is under way counts where there is no other.

    Args:
        runs: Runs of one commit, as GitHub Actions lists them.
        required: Names, paths or file names of the workflows that have to run; empty: every one that ran, unless it
            was passed over.
    """
    ended: dict[Any, Any] = {}
    under_way: dict[Any, Any] = {}
    for run in sorted(runs, key=lambda run: (run["run_number"], run.get("run_attempt") or 1)):
        if not required or names(run) & set(required):
            (ended if run["status"] == "completed" else under_way)[run["workflow_id"]] = run
    for key, run in under_way.items():
        if key not in ended:
            return Verdict(len(ended), None, str(run.get("name") or "a workflow"))
    ran = [run for run in ended.values() if required or run["conclusion"] not in PASSED_OVER]
    missing = [name for name in required if not any(name in names(run) for run in ran)]
    if not ran and not missing:
        return Verdict(0, None)
    return Verdict(len(ran), sum(run["conclusion"] != "success" for run in ran) + len(missing))


def names(run: Any) -> set[str]:
    """What the workflow of a run may be called: its name, its path, its file."""
    path = str(run.get("path") or "").partition("@")[0]
    return {str(run.get("name")), path, path.rpartition("/")[2]}


def success_pct(runs: Sequence[Any], most: int) -> float | None:
    """Share (%) of the newest `most` completed runs that succeeded; None where none had anything to say."""
    ended = [run for run in runs if run["status"] == "completed" and run["conclusion"] not in PASSED_OVER]
    newest = sorted(ended, key=lambda run: str(run["created_at"]), reverse=True)[:most]
    good = sum(run["conclusion"] == "success" for run in newest)
    return round(100 * good / len(newest), 1) if newest else None
