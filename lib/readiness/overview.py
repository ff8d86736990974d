"""Overview: one page of all runs of all targets, `reports/index.html`, and each target's badge beside its runs.

The page needs neither network nor script. Both are written beside their place and renamed into it.
"""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from readiness.run import STAMP
from readiness.stage import STAGES, Stage

WIDTH, HEIGHT = 240, 48
"""Size of a sparkline's drawing."""
MOST_DRAWN = 120
"""Runs that a sparkline shows, the latest: two pixels each."""


@dataclass(frozen=True)
class Run:
    """One run, as the page tells it.

    Attributes:
        name: Its folder's name, the UTC time.
        started_at: UTC.
        stage: The stage that it put first.
        decision: Stage → verdict, floor, ceiling, minimum.
    """

    name: str
    started_at: datetime
    stage: Stage
    decision: Mapping[Stage, Mapping[str, Any]]


@dataclass(frozen=True)
class Shelf:
    """One target's runs.

    Attributes:
        name: Its short name.
        runs: Its published runs, oldest first; none where all failed.
        failed: Names of the folders of its failed runs, oldest first.
    """

    name: str
    runs: Sequence[Run]
    failed: Sequence[str]

    @property
    def count(self) -> int:
        """How many runs were published."""
        return len(self.runs)

    @property
    def latest(self) -> Run:
        """The newest run."""
        return self.runs[-1]

    @property
    def failed_since(self) -> list[str]:
        """Failed runs that are newer than the newest published one."""
        return [name for name in self.failed if not self.runs or name > self.latest.name]

    @property
    def listed(self) -> list[Run]:
        """Its published runs, newest first."""
        return list(reversed(self.runs))

    @property
    def address(self) -> str:
        """Its folder, relative to the page."""
        return quote(self.name)

    @property
    def sparkline(self) -> dict[str, str]:
        """Points of the floor's line and of the band up to the ceiling, and the line in words, at the latest stage."""
        stage = self.latest.stage
        seen = [run.decision[stage] for run in self.runs[-MOST_DRAWN:]]
        step = WIDTH / max(1, len(seen) - 1)
        across = [round(index * step, 1) for index in range(len(seen))] if len(seen) > 1 else [0.0, float(WIDTH)]
        floors, ceilings = (
            [round(HEIGHT * (1 - float(each[side]) / 100), 1) for each in (seen if len(seen) > 1 else seen * 2)]
            for side in ("floor", "ceiling")
        )
        line = [f"{x},{y}" for x, y in zip(across, floors, strict=True)]
        band = [f"{x},{y}" for x, y in zip(across, ceilings, strict=True)]
        first, last, count = seen[0], seen[-1], len(seen)
        return {
            "line": " ".join(line),
            "band": " ".join([*line, *reversed(band)]),
            "needed": str(round(HEIGHT * (1 - float(last["minimum"]) / 100), 1)),
            "words": f"Proven score of {count} runs at {stage}: first {first['floor']:.1f}, last {last['floor']:.1f}"
            if count > 1
            else f"Proven score of one run at {stage}: {last['floor']:.1f}",
        }


def write(reports: Path) -> Path:
    """Write `<reports>/index.html` and every `<reports>/<target>/badge.svg`.

    Args:
        reports: Where runs are published.

    Returns:
        The page's path.
    """
    from readiness.report.section import environment

    found = targets(reports)
    page = (
        environment().get_template("overview.html.j2").render(targets=found, STAGES=STAGES, WIDTH=WIDTH, HEIGHT=HEIGHT)
    )
    reports.mkdir(parents=True, exist_ok=True)
    for target in found:
        badge = reports / target.name / target.latest.name / "badge.svg" if target.runs else None
        if badge and badge.is_file():
            _replace(reports / target.name / "badge.svg", badge.read_text(encoding="utf-8"))
    return _replace(reports / "index.html", page)


def targets(reports: Path) -> list[Shelf]:
    """Every target that has a run, by name. A folder that holds no readable run is passed over."""
    found = []
    for place in sorted(path for path in reports.glob("*") if path.is_dir() and not path.name.startswith(".")):
        names = sorted(path.name for path in place.iterdir())
        runs = [run for name in names if STAMP.fullmatch(name) and (run := _run(place / name))]
        failed = [name for name in names if name.endswith(".failed") and STAMP.fullmatch(name[: -len(".failed")])]
        if runs or failed:
            found.append(Shelf(place.name, runs, failed))
    return found


def _run(folder: Path) -> Run | None:
    try:
        decision = json.loads((folder / "decision.json").read_bytes())["stages"]
        manifest = json.loads((folder / "manifest.json").read_bytes())
        told = {
            stage: {name: decision[stage][name] for name in ("verdict", "floor", "ceiling", "minimum")}
            for stage in STAGES
        }
        started = datetime.strptime(folder.name, "%Y-%m-%dT%H%M%SZ").replace(tzinfo=UTC)
        return Run(folder.name, started, manifest["stage"], told)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _replace(path: Path, text: str) -> Path:
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        partial.write_text(text, encoding="utf-8")
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return path
