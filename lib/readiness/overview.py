"""Overview: one page of all runs of all targets, `reports/index.html`, and each target's badge beside its runs.

The page needs neither network nor script. Runs are told from the history, whose index makes a thousand of them quick.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from readiness import history
from readiness.reports import Reports
from readiness.stage import STAGES, Stage

WIDTH, HEIGHT = 240, 48
"""Size of a sparkline's drawing."""
PAGE, BADGE = "index.html", "badge.svg"
TOLD = ("verdict", "floor", "ceiling", "minimum")
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
        unread: Published runs that cannot be read, by name, and why.
    """

    name: str
    runs: Sequence[Run]
    failed: Sequence[str]
    unread: Mapping[str, str] = field(default_factory=dict)

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
    def unread_since(self) -> dict[str, str]:
        """Published runs that cannot be read and are newer than the newest that can: what they said is not known."""
        return {name: why for name, why in self.unread.items() if not self.runs or name > self.latest.name}

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


def write(place: Path | str) -> str:
    """Write `index.html` of all runs, and `<target>/badge.svg` of every target's newest.

    Args:
        place: Where runs are published: a folder, or `s3://bucket/prefix`.

    Returns:
        The page's path or URL.

    Raises:
        BadInput: The place cannot be read or written.
    """
    from readiness.report.section import environment

    reports = Reports.of(place)
    found = targets(reports)
    page = (
        environment().get_template("overview.html.j2").render(targets=found, STAGES=STAGES, WIDTH=WIDTH, HEIGHT=HEIGHT)
    )
    for target in found:
        badge = reports.read(target.name, target.latest.name, BADGE) if target.runs else None
        if badge is not None and badge != reports.read(target.name, BADGE):
            reports.write(badge, target.name, BADGE)
    reports.write(page.encode(), PAGE)
    return f"{reports.place}/{PAGE}"


def targets(reports: Reports) -> list[Shelf]:
    """Every target that has a run, by name. A folder that holds none is passed over."""
    found = []
    for name in reports.targets():
        past = history.read(reports, [name])
        unread = {run.removeprefix(f"{name}/"): why for run, why in past.unread.items()}
        shelf = Shelf(name, _runs(past), reports.failed(name), unread)
        if shelf.runs or shelf.failed or shelf.unread:
            found.append(shelf)
    return found


def _runs(past: history.History) -> list[Run]:
    """The runs of a target that can be read, the oldest first."""
    rows = past.scores.to_dict("records")
    decided: dict[str, dict[Any, Any]] = {}
    first = {}
    for row in rows:
        decided.setdefault(row["run"], {})[row["stage"]] = {name: row[name] for name in TOLD}
        first[row["run"]] = row["first"]
    return [
        Run(name, history.moment(name), first[name], decision)
        for name, decision in decided.items()
        if first[name] and set(STAGES) <= set(decision)
    ]
