"""Options that several commands take, and exit codes that none of them gives a verdict with."""

from pathlib import Path

import click

from readiness.catalog import DIMENSIONS
from readiness.stage import STAGES

FAILED = 3
INTERRUPTED = 130

stage_option = click.option(
    "--stage", type=click.Choice(STAGES), default="alpha", show_default=True, help="Stage to decide."
)
dimension_option = click.option(
    "--dimension", multiple=True, metavar="NAME", help=f"Restrict to a dimension (repeatable): {', '.join(DIMENSIONS)}."
)
reports_option = click.option(
    "--reports", type=click.Path(path_type=Path), help="Where runs are published; default: beside params/."
)
params_option = click.option(
    "--params", type=click.Path(path_type=Path), help="The params/ folder; default: in or above the working directory."
)
