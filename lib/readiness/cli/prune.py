"""`readiness prune`: remove old runs."""

import shutil
from pathlib import Path

import click

from readiness.assessment import Parameters
from readiness.cli.options import params_option, reports_option
from readiness.cli.output import show
from readiness.parameters import find_params


@click.command()
@click.argument("target")
@click.option("--keep-daily", type=click.IntRange(0), default=14, show_default=True, help="Days of which one is kept.")
@click.option("--keep-weekly", type=click.IntRange(0), default=52, show_default=True, help="Weeks, likewise.")
@click.option("--yes", is_flag=True, help="Remove them; without it they are only listed.")
@params_option
@reports_option
def prune(target: str, keep_daily: int, keep_weekly: int, yes: bool, params: Path | None, reports: Path | None) -> int:
    """List the runs of TARGET that need not be kept, or remove them with --yes.

    The last run of each day and week within the bounds is kept, the newest run, and every run in which a verdict
    became another.
    """
    from readiness.history import History
    from readiness.retaining import Retention, removable

    folder = params or find_params()
    name = Parameters.load(target, folder).target.name
    root = reports or folder.resolve().parent / "reports"
    history = History(root, name)
    old = removable(history.runs, Retention(keep_daily, keep_weekly), history.decisions())
    for run in old:
        if yes:
            gone = root / name / f".{run}.removed"
            (root / name / run).rename(gone)  # a run is whole or absent, whenever this is stopped
            shutil.rmtree(gone)
        show(f"{'removed' if yes else 'would remove'} {run}")
    if yes:
        history.decisions(), history.findings()
    rest = len(history.runs) - (0 if yes else len(old))
    show(f"{len(old)} {'removed' if yes else 'to be removed; --yes removes them'}, {rest} kept")
    return 0
