"""`readiness report`: the report of a stored run again."""

from pathlib import Path

import click

from readiness.cli.options import params_option, place_of, reports_option
from readiness.cli.output import show
from readiness.listing import plain
from readiness.parameters import find_params


@click.command()
@click.argument("run")
@click.option(
    "--output", type=click.Path(path_type=Path), required=True, help="HTML file to write, outside of the run."
)
@params_option
@reports_option
def report(run: str, output: Path, params: Path | None, reports: Path | str | None) -> int:
    """Render the report of RUN again: a target (its newest run), TARGET/TIME, or the path of a run's folder."""
    from readiness.reprint import reprint

    folder = params or find_params()
    place = place_of(reports, folder)
    with place.opened(run) as found:
        caveat = reprint(found, output, params=folder, earlier=None if place.local else place.address)
    if caveat:
        click.echo(plain(caveat), err=True)
    show(str(output))
    return 0
