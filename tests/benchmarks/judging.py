"""What judging takes: many targets, stored evidence once more, and forecasts held against what came. By `make bench`.

The catalogue and the gates are the project's own; evidence is made up, so that most findings have a reason with figures
that no other has.
"""

import math
import platform
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
from readiness.assessment import Parameters, assess
from readiness.catalog import DIMENSIONS
from readiness.evidence import COLUMNS
from readiness.forecast import forecast
from readiness.judge import judge
from readiness.rescore import rescore
from readiness.run import RunFolder
from readiness.score import score
from readiness.stage import STAGES

from ..made_up import evidence, project
from .load.neighbours import neighbours, quiet

PARAMS = Path(__file__).parent.parent.parent / "params"
TARGETS = (1_000, 2_500, 5_000, 10_000)
MOST_S = 10.0
"""Seconds that the most targets may take."""
LINEAR = 1.3
"""How much more processor time a target may take among the most than among the fewest."""
RESCORE_MS = 100.0
RESCORED = 20
"""How often; the median counts."""
PROJECTS = 200
HOLDS = (0.8, 0.9)
PATIENCE_S = 10.0
"""How long each is put off at most until neighbours are quiet."""
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def judging(parameters: Parameters) -> bool:
    """Judge and score more and more targets; whether that is quick enough and takes each the same."""
    whole = evidence(parameters.catalogue, TARGETS[-1], NOW)
    facts, gates, catalogue = len(whole) // TARGETS[-1], parameters.gates, parameters.catalogue
    told = f"{len(catalogue)} requirements, {len(catalogue.criteria)} criteria at three stages, {facts} facts"
    print(f"\n{told}; Python {platform.python_version()}, pandas {pd.__version__}\n")
    print("| targets | findings | judged | scored | together | processor, a target | memory besides | neighbours |")
    print("|---|---|---|---|---|---|---|---|")
    seconds = math.inf
    each = []
    # what is only loaded once is no part of what a target takes
    score(judge(whole.iloc[: 100 * facts], catalogue, now=NOW, partial_credit=gates.partial_credit), gates)
    for count in TARGETS:
        some = whole.iloc[: count * facts]
        quiet(PATIENCE_S)
        with neighbours() as others, memory() as peak:
            began, worked = time.perf_counter(), time.process_time()
            findings = judge(some, catalogue, now=NOW, partial_credit=gates.partial_credit)
            judged = time.perf_counter()
            scores = score(findings, gates)
            ended = time.perf_counter()
            each.append((time.process_time() - worked) / count)
        seconds = ended - began
        parts = f"{judged - began:.2f} s | {ended - judged:.2f} s | {seconds:.2f} s | {1e3 * each[-1]:.2f} ms"
        print(f"| {count:,} | {len(findings):,} | {parts} | {peak} | {others} |", flush=True)
        assert len(scores) == count * len(STAGES) * len(DIMENSIONS)
    ratio = each[-1] / each[0]
    print(f"\na target takes {ratio:.2f} times as much among {TARGETS[-1]:,} as among {TARGETS[0]:,}", flush=True)
    return seconds <= MOST_S and ratio <= LINEAR


def rescoring(parameters: Parameters, place: Path) -> bool:
    """Judge a stored run again; whether that is quick enough."""
    run = RunFolder(place)
    stored = evidence(parameters.catalogue, 1, NOW).assign(target=parameters.target.name).astype(COLUMNS)
    stored.to_parquet(run.path / "evidence.parquet", index=False)
    run.save_assessment(assess(stored, parameters, NOW))
    run.save_json("manifest.json", {"judged_at": NOW.isoformat()})
    taken = []
    quiet(PATIENCE_S)
    with neighbours() as others:
        worked = time.process_time()
        for _ in range(RESCORED):
            began = time.perf_counter()
            rescore(run, parameters, PARAMS / "catalog")
            taken.append(1e3 * (time.perf_counter() - began))
        processor = 1e3 * (time.process_time() - worked) / RESCORED
    print(
        "\n| rescored: facts, folder to decision | median | slowest | processor | neighbours |\n|---|---|---|---|---|"
    )
    spent = f"{np.median(taken):.0f} ms | {max(taken):.0f} ms | {processor:.0f} ms"
    print(f"| {len(stored)} | {spent} | {others} |", flush=True)
    return bool(np.median(taken) <= RESCORE_MS)


def forecasting() -> bool:
    """Hold forecasts of made-up projects against what came; whether the P85 date holds as often as it says."""
    random, came = np.random.default_rng(1), []
    began = time.perf_counter()
    for number in range(PROJECTS):
        past, future, lacking = project(random)
        floors = 10 + np.cumsum(past)
        at = [NOW + timedelta(weeks=week) for week in range(len(floors))]
        runs = pd.DataFrame({"at": at, "floor": floors, "stage": "alpha", "kind": "observed", "whole": True})
        told = forecast(runs.assign(minimum=floors[-1] + lacking), "alpha", seed=number)
        weeks = int(np.argmax(np.cumsum(future) >= lacking)) + 1
        if told.p85:
            came.append((at[-1] + timedelta(weeks=weeks)).date() <= told.p85)
    seconds = time.perf_counter() - began
    print("\n| forecasts | with a date | the 85 % date held | seconds |\n|---|---|---|---|")
    print(f"| {PROJECTS} | {len(came)} | {100 * np.mean(came):.1f} % | {seconds:.1f} |", flush=True)
    return bool(HOLDS[0] <= np.mean(came) <= HOLDS[1])


class Peak:
    """Most memory that a block took beyond what was taken before it, in MiB; None where the system does not tell."""

    mib: float | None = None

    def __str__(self) -> str:
        return "unknown" if self.mib is None else f"{self.mib:,.0f} MiB"


@contextmanager
def memory() -> Iterator[Peak]:
    """Watch it for as long as the block lasts; it needs Linux."""
    found, before = Peak(), None
    with suppress(OSError, IndexError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # proc(5): begin the peak anew
        before = _mib("VmRSS")
    yield found
    if before is not None:
        found.mib = _mib("VmHWM") - before


def _mib(name: str) -> float:
    return (
        int(re.findall(rf"^{name}:\s*(\d+) kB", Path("/proc/self/status").read_text(encoding="utf-8"), re.M)[0]) / 1024
    )


def main() -> int:
    """Print the tables; 1 where a figure is not what it has to be."""
    parameters = Parameters.load("sample", PARAMS)
    with tempfile.TemporaryDirectory(prefix="bench-") as place:
        good = [judging(parameters), rescoring(parameters, Path(place) / "run"), forecasting()]
    return int(not all(good))


if __name__ == "__main__":
    sys.exit(main())
