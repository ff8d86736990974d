"""`readiness index`: the page of all runs."""

from pathlib import Path

import click

from readiness.cli.options import params_option, reports_option
from readiness.cli.output import show
from readiness.parameters import find_params


@click.command()
@params_option
@reports_option
def index(params: Path | None, reports: Path | str | None) -> int:
    """Write reports/index.html and each target's badge again, from the runs that are there."""
    from readiness import overview

    place = reports or (params or find_params()).resolve().parent / "reports"
    show(overview.write(place))
    return 0
