"""`readiness prune`: remove what is no longer needed of the history."""

from pathlib import Path

import click

from readiness import history
from readiness.assessment import Parameters
from readiness.cli.options import params_option, place_of, reports_option
from readiness.cli.output import say, show
from readiness.parameters import find_params
from readiness.prune import kept


@click.command()
@click.argument("target")
@click.option("--keep-daily", type=click.IntRange(0), default=14, show_default=True, help="Days to keep a run of.")
@click.option("--keep-weekly", type=click.IntRange(0), default=52, show_default=True, help="Weeks to keep a run of.")
@click.option("--yes", is_flag=True, help="Remove them; without it they are only shown.")
@params_option
@reports_option
def prune(
    target: str, keep_daily: int, keep_weekly: int, yes: bool, params: Path | None, reports: Path | str | None
) -> int:
    """Show which runs of TARGET are beyond what is kept; with --yes remove them.

    The newest run of each of the last days and weeks is kept, and every run in which a verdict changed.
    """
    folder = params or find_params()
    name = Parameters.load(target, folder).target.name
    place = place_of(reports, folder)
    past = history.read(place, [name])
    for run, why in past.unread.items():
        say(f"cannot be read, and is left alone: {run}: {why}", 0)
    keep = kept(past.scores, daily=keep_daily, weekly=keep_weekly)
    gone = [run for run in past.runs if run not in keep]
    for run in gone:
        if yes:
            place.remove(name, run)
        show(f"{'removed' if yes else 'would remove'} {name}/{run}")
    show(f"{len(keep)} kept, {len(gone)} {'removed' if yes else 'to remove with --yes'}")
    return 0
