"""`readiness history`: every run of a target."""

from pathlib import Path
from typing import Any

import click

from readiness.assessment import Parameters
from readiness.baseline import of_target
from readiness.cli.options import params_option, reports_option, stage_option
from readiness.cli.output import show
from readiness.listing import interval
from readiness.parameters import find_params
from readiness.stage import Stage


@click.command()
@click.argument("target")
@stage_option
@params_option
@reports_option
def history(target: str, stage: Stage, params: Path | None, reports: Path | None) -> int:
    """List every run of TARGET: its verdict and score at --stage, and what the floor moved by since the run before."""
    from readiness.history import History, declared

    folder = params or find_params()
    name = Parameters.load(target, folder).target.name
    frame = History(reports or folder.resolve().parent / "reports", name).decisions()
    rows = frame[frame["stage"] == stage]
    before: float | None = None
    for baseline in of_target(name, folder):
        for declared_of in declared(baseline).query("stage == @stage").itertuples():
            show(f"{baseline.date}          declared by hand, {declared_of.floor:g} of 100")
    row: Any
    for row in rows.itertuples():
        moved = "" if before is None else f"{row.floor - before:+.1f}"
        part = "" if row.whole else "  some dimensions only"
        show(
            f"{row.run}  {row.verdict:<12}  {interval(row.floor, row.ceiling):>14} of {row.minimum:g}  {moved:>6}{part}"
        )
        before = float(row.floor)
    show(f"{len(rows)} runs" if len(rows) != 1 else "1 run")
    return 0
