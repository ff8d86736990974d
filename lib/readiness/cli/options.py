"""Options that several commands take, and exit codes that none of them gives a verdict with."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from readiness.catalog import DIMENSIONS
from readiness.duration import duration
from readiness.reports import Reports
from readiness.stage import STAGES

FAILED = 3
OVERLAP = 4
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
folder_option = click.option(
    "--reports", type=click.Path(path_type=Path), help="The folder of runs; default: beside params/."
)
params_option = click.option(
    "--params", type=click.Path(path_type=Path), help="The params/ folder; default: in or above the working directory."
)
daily_option = click.option("--daily", metavar="HH:MM", help="Time of day of the daily run, such as 06:00.")
weekly_option = click.option("--weekly", metavar="DAY@HH:MM", help="Day and time of the weekly run, such as mon@07:00.")


def _span(context: click.Context, option: click.Parameter, text: str | None) -> str | None:
    try:
        if text is not None:
            duration(text)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None
    return text


def at_most_option(default: str | None) -> Callable[[Any], Any]:
    """`--at-most`, text that `duration` reads; None, where nothing is given and there is no default, is no limit."""
    words = "How long one run may take, such as 30m; then it is stopped and kept as failed."
    return click.option("--at-most", metavar="DURATION", default=default, show_default=True, callback=_span, help=words)


def place_of(reports: Path | str | None, params: Path) -> Reports:
    """Where runs are: as `--reports` says, or beside the `params/` folder.

    Raises:
        BadInput: It is a URL of another form.
    """
    return Reports.of(reports or params.resolve().parent / "reports")
