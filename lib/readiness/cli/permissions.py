"""`readiness permissions`: what the newest run lacked."""

from pathlib import Path

import click

from readiness.assessment import Parameters, assess
from readiness.cli.options import params_option, place_of, reports_option, stage_option
from readiness.cli.output import show
from readiness.listing import plain
from readiness.parameters import find_params
from readiness.stage import Stage


@click.command()
@click.argument("target")
@stage_option
@params_option
@reports_option
def permissions(target: str, stage: Stage, params: Path | None, reports: Path | str | None) -> int:
    """Say which grant, credential or statement TARGET's newest run lacked, and what each would settle."""
    from readiness.grants import grants

    folder = params or find_params()
    parameters = Parameters.load(target, folder)
    with place_of(reports, folder).opened(parameters.target.name) as run:
        found = grants(assess(run.evidence(), parameters, run.judged_at), stage)
    for item in found:
        show(f"{item.points:5.1f} points  {plain(item.permission)}")
        for words, names in (("settles", item.settles), ("helps with", item.helps)):
            if names:
                show(f"              {words} {', '.join(names)}")
    show(f"{len(found)} missing in the run of {run.path.name}" if found else "nothing is missing")
    return 0
