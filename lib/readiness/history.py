"""History: every run of a target as frames, read through an index that the runs' folders can always replace.

    reports/<target>/<UTC time>/…      the runs, which are never changed
    reports/<target>/.history/*.parquet   the index: what was read of them, a file a frame

The index is only ever a shortcut. It is used where it is whole and names exactly the runs that are there; what it lacks
is read from the folders and added, what is gone is dropped, and one that cannot be read is made anew.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from readiness.baseline import Baseline
from readiness.run import STAMP, RunFolder

DECISIONS: dict[str, str] = {
    "target": "str",
    "run": "str",
    "at": "datetime64[us, UTC]",
    "stage": "str",
    "verdict": "str",
    "floor": "float64",
    "ceiling": "float64",
    "minimum": "float64",
    "waived_floor": "float64",
    "waived_ceiling": "float64",
    "catalogue": "str",
    "whole": "bool",
}
"""Columns of the decisions frame, a row for each run and stage. `at` is when the run began; `waived_floor` and
`waived_ceiling` are the points with waivers; `whole` says that all dimensions were looked at."""

FINDINGS: dict[str, str] = {
    "target": "str",
    "run": "str",
    "at": "datetime64[us, UTC]",
    "stage": "str",
    "requirement": "str",
    "dimension": "str",
    "status": "str",
    "floor": "float64",
    "ceiling": "float64",
    "weight": "float64",
    "waived": "bool",
}
"""Columns of the findings frame, a row for each run, stage and requirement."""

INDEX = ".history"
_TIME = "%Y-%m-%dT%H%M%SZ"


class History:
    """The published runs of one target. A run that cannot be read is passed over.

    Args:
        reports: Where runs are published.
        target: Its short name.
    """

    def __init__(self, reports: Path, target: str) -> None:
        self._folder, self._target = reports / target, target

    @property
    def runs(self) -> list[str]:
        """Names of the published runs, oldest first."""
        if not self._folder.is_dir():
            return []
        with os.scandir(self._folder) as found:
            return sorted(entry.name for entry in found if STAMP.fullmatch(entry.name) and entry.is_dir())

    def decisions(self) -> pd.DataFrame:
        """Verdict and score of every run and stage, oldest first."""
        return self._frame("decisions", DECISIONS, self._decisions)

    def findings(self) -> pd.DataFrame:
        """Status and credit of every requirement in every run and stage, oldest first."""
        return self._frame("findings", FINDINGS, self._findings)

    def _frame(self, name: str, columns: dict[str, str], read: Callable[[str], pd.DataFrame | None]) -> pd.DataFrame:
        runs = self.runs
        path = self._folder / INDEX / f"{name}.parquet"
        indexed = _indexed(path, columns)
        known = set(indexed["run"].unique())
        if known == set(runs):
            return indexed
        added = [found for run in runs if run not in known and (found := read(run)) is not None]
        kept = [indexed[indexed["run"].isin(runs)]] if known & set(runs) else []
        if not kept and not added:
            return indexed.iloc[:0]
        frame = pd.concat([*kept, *added], ignore_index=True).astype(columns)
        frame = frame.sort_values("run", kind="stable", ignore_index=True)
        with suppress(OSError):  # a shelf that cannot be written to is read as well, only slower
            _written(frame, path)
        return frame

    def _decisions(self, run: str) -> pd.DataFrame | None:
        folder = RunFolder(self._folder / run)
        with suppress(OSError, ValueError, KeyError, TypeError):
            stages, manifest = folder.json("decision.json")["stages"], folder.json("manifest.json")
            rows = [
                {
                    "target": self._target,
                    "run": run,
                    "at": began(run),
                    "stage": stage,
                    **{key: told[key] for key in ("verdict", "floor", "ceiling", "minimum")},
                    "waived_floor": told["with_waivers"]["floor"],
                    "waived_ceiling": told["with_waivers"]["ceiling"],
                    "catalogue": manifest["catalogue"],
                    "whole": manifest["dimensions"] == "all",
                }
                for stage, told in stages.items()
            ]
            return pd.DataFrame(rows, columns=list(DECISIONS)).astype(DECISIONS)
        return None

    def _findings(self, run: str) -> pd.DataFrame | None:
        with suppress(OSError, ValueError, KeyError):
            found = pd.read_parquet(self._folder / run / "findings.parquet")
            return found.assign(target=self._target, run=run, at=began(run))[list(FINDINGS)]
        return None


def began(run: str) -> datetime:
    """When a run began, UTC, by its name."""
    return datetime.strptime(run, _TIME).replace(tzinfo=UTC)


def declared(baseline: Baseline) -> pd.DataFrame:
    """What was once declared by hand, as the first point of a history: declared, never evidence.

    Returns:
        A frame like `decisions`, of the stages that it declares, with the verdict `declared`.
    """
    rows = [
        {
            "target": baseline.target,
            "run": f"{baseline.date:%Y-%m-%d}",
            "at": pd.Timestamp(baseline.date, tz="UTC"),
            "stage": stage,
            "verdict": "declared",
            "floor": percent,
            "ceiling": percent,
            "minimum": float("nan"),
            "waived_floor": percent,
            "waived_ceiling": percent,
            "catalogue": "",
            "whole": True,
        }
        for stage, percent in baseline.totals.items()
        if stage != "overall"
    ]
    return pd.DataFrame(rows, columns=list(DECISIONS)).astype(DECISIONS)


def _indexed(path: Path, columns: dict[str, str]) -> pd.DataFrame:
    with suppress(Exception):  # torn, of another version, or no parquet at all: the folders know better
        frame = pd.read_parquet(path)
        if list(frame.columns) == list(columns):
            return frame.astype(columns)
    return pd.DataFrame(columns=list(columns)).astype(columns)


def _written(frame: pd.DataFrame, path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        frame.to_parquet(partial, index=False)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
