"""Options that several commands take, and exit codes that none of them gives a verdict with."""

from pathlib import Path
from typing import Any

import click

from readiness.catalog import DIMENSIONS
from readiness.stage import STAGES

FAILED = 3
INTERRUPTED = 130


class Place(click.ParamType[Any]):
    """A folder, or the URL of an object store, which stays as it is."""

    name = "path or s3://bucket/prefix"

    def convert(self, value: Any, param: click.Parameter | None, context: click.Context | None) -> Path | str:
        """The path of a folder; the text of a URL."""
        return str(value) if "://" in str(value) else Path(value)


stage_option = click.option(
    "--stage", type=click.Choice(STAGES), default="alpha", show_default=True, help="Stage to decide."
)
dimension_option = click.option(
    "--dimension", multiple=True, metavar="NAME", help=f"Restrict to a dimension (repeatable): {', '.join(DIMENSIONS)}."
)
reports_option = click.option(
    "--reports",
    type=Place(),
    metavar="PATH|URL",
    help="Where runs are: a folder, or s3://bucket/prefix; default: beside params/.",
)
params_option = click.option(
    "--params", type=click.Path(path_type=Path), help="The params/ folder; default: in or above the working directory."
)
