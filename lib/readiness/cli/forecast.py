"""`readiness forecast`: when each gate's points will be reached."""

from pathlib import Path

import click

from readiness.assessment import Parameters
from readiness.cli.options import folder_option, params_option
from readiness.cli.output import show
from readiness.parameters import find_params
from readiness.stage import STAGES


@click.command()
@click.argument("target")
@params_option
@folder_option
def forecast(target: str, params: Path | None, reports: Path | None) -> int:
    """Say when TARGET's alpha, beta and GA will have their points, by how fast points were gained so far."""
    from readiness.forecast import forecast as forecast_of
    from readiness.forecast import held
    from readiness.history import read
    from readiness.reports import Reports

    folder = params or find_params()
    name = Parameters.load(target, folder).target.name
    scores = read(Reports.of(reports or folder.resolve().parent / "reports"), [name]).scores
    for stage in STAGES:
        told = forecast_of(scores, stage)
        if told.reached:
            show(f"{stage}: the points are there")
        elif told.why_not:
            show(f"{stage}: {told.why_not}")
        else:
            p50, p85, p95 = (str(day or "more than five years ahead") for day in (told.p50, told.p85, told.p95))
            show(
                f"{stage}: {p50} (as likely as not), {p85} (85 %), {p95} (95 %); {told.lacking:.1f} points are lacking"
            )
        past = held(scores, stage)
        if past:
            share = sum(came <= promised for _, promised, came in past) / len(past)
            show(f"  of {len(past)} forecasts of the past {share:.0%} came by their 85 % date")
    show("What is mandatory can hold a gate back however many points there are.")
    return 0
