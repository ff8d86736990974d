"""`readiness history`: where the platform was, run by run."""

from collections.abc import Hashable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import click
import pandas as pd

from readiness import history as past
from readiness.assessment import Parameters
from readiness.baseline import Baseline
from readiness.cli.options import params_option, place_of, reports_option
from readiness.cli.output import say, show
from readiness.errors import BadInput
from readiness.listing import interval, plain
from readiness.parameters import find_params
from readiness.reports import Reports
from readiness.stage import STAGES
from readiness.steadiness import criteria, steadiness

LAST = 10
"""Runs that steadiness is told of."""
FILES = ("evidence.parquet", "decision.json", "manifest.json")


@click.command()
@click.argument("target")
@click.option("--last", type=click.IntRange(1), default=20, show_default=True, help="Runs to show.")
@params_option
@reports_option
def history(target: str, last: int, params: Path | None, reports: Path | str | None) -> int:
    """Show TARGET's runs, the newest last: verdict and score interval of each stage, and how the floor moved."""
    folder = params or find_params()
    parameters = Parameters.load(target, folder)
    name = parameters.target.name
    place = place_of(reports, folder)
    baselines = [Baseline.read(path) for path in sorted((folder / "baseline").glob("*.yaml"))]
    found = past.read(place, [name], baselines)
    for run, why in found.unread.items():
        say(f"cannot be read: {run}: {why}", 0)
    if not found.runs:
        show(f"no runs yet; `readiness run {target}` makes one")
        return 0
    show(f"{'run':18}  " + "  ".join(f"{stage:34}" for stage in STAGES).rstrip())
    scores = found.scores.assign(moved=found.scores.groupby("stage")["floor"].diff())
    for run in found.runs[-last:]:
        rows = {row["stage"]: row for row in scores[scores["run"] == run].to_dict("records")}
        cells = (f"{_cell(rows[stage]) if stage in rows else '':34}" for stage in STAGES)
        show(f"{plain(run):18}  {'  '.join(cells)}".rstrip())
    steady = steadiness(found.findings, LAST)
    unsteady = list(dict.fromkeys(steady["requirement"][steady["unsteady"]]))
    if unsteady:
        show(f"unsteady in the last {LAST} runs: {', '.join(map(plain, unsteady))}")
        for line in _criteria(place, parameters, place.runs(name)[-LAST:], unsteady):
            show(f"  {line}")
    return 0


def _criteria(place: Reports, parameters: Parameters, runs: list[str], unsteady: list[str]) -> Iterator[str]:
    """By which criteria, as they are today, requirements are unsteady; a run without evidence tells of none."""
    told = []
    for run in runs:
        with suppress(BadInput), place.opened(f"{parameters.target.name}/{run}", FILES) as folder:
            told.append(criteria(folder.evidence(), parameters.catalogue, run, folder.judged_at))
    if told:
        rows = steadiness(pd.concat(told, ignore_index=True), LAST)
        rows = rows[rows["unsteady"] & rows["requirement"].isin(unsteady)].drop_duplicates(["requirement", "criterion"])
        for row in rows.to_dict("records"):
            held, unknown = round(row["floor"] * row["runs"]), row["runs"] - row["known"]
            rest = f", not known in {unknown}" if unknown else ""
            yield f"{plain(row['requirement'])}: {plain(row['criterion'])}: held in {held} of {row['runs']}{rest}"


def _cell(row: Mapping[Hashable, Any]) -> str:
    moved = "" if pd.isna(row["moved"]) or not round(row["moved"], 1) else f" {row['moved']:+.1f}"
    return f"{row['verdict'] or 'declared'} {interval(row['floor'], row['ceiling'])}{moved}"
