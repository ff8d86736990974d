"""`readiness export`: a run's results for other programs."""

import os
from pathlib import Path

import click

from readiness.cli.options import params_option, place_of, reports_option
from readiness.cli.output import show
from readiness.export import FORMATS
from readiness.parameters import find_params
from readiness.stage import STAGES, Stage


@click.command()
@click.argument("run", required=False)
@click.option("--format", "form", type=click.Choice(FORMATS), default="markdown", show_default=True)
@click.option("--stage", type=click.Choice(STAGES), help="Stage to put first; default: the one that the run put first.")
@click.option("--output", type=click.Path(path_type=Path), help="File to write; default: standard output.")
@click.option("--schema", is_flag=True, help="Print the JSON schema of --format json instead.")
@params_option
@reports_option
def export(
    run: str | None,
    form: str,
    stage: Stage | None,
    output: Path | None,
    schema: bool,
    params: Path | None,
    reports: Path | str | None,
) -> int:
    """Write what RUN came to: a target (its newest run), TARGET/TIME, or the path of a run's folder."""
    from readiness import probes
    from readiness.catalog import Catalogue
    from readiness.export import Results, text
    from readiness.export.json import schema as published

    if schema:
        show(published().rstrip("\n"))
        return 0
    if run is None:
        raise click.UsageError("expected RUN, or --schema")
    folder = params or find_params()
    catalogue = Catalogue.load(folder / "catalog", probes.facts())
    with place_of(reports, folder).opened(run) as found:
        told = text(Results.of(found, catalogue, folder, stage), form)
    if output is None:
        show(told.rstrip("\n"))
        return 0
    partial = output.with_name(f".{output.name}.{os.getpid()}.partial")
    try:
        partial.write_text(told, encoding="utf-8")  # a collector that reads meanwhile never sees half of it
        partial.replace(output)
    finally:
        partial.unlink(missing_ok=True)
    return 0
