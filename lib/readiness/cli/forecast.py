"""`readiness forecast`: when each gate's points will be reached and its mandatory requirements met."""

from pathlib import Path

import click

from readiness.assessment import Parameters
from readiness.cli.options import params_option, place_of, reports_option
from readiness.cli.output import show
from readiness.forecast import Forecast
from readiness.parameters import find_params
from readiness.stage import STAGES


@click.command()
@click.argument("target")
@params_option
@reports_option
def forecast(target: str, params: Path | None, reports: Path | str | None) -> int:
    """Say when TARGET's alpha, beta and GA will have their points and what is mandatory, by the pace so far."""
    from readiness.forecast import forecast as forecast_of
    from readiness.forecast import held, open_mandatory
    from readiness.history import read

    folder = params or find_params()
    parameters = Parameters.load(target, folder)
    past = read(place_of(reports, folder), [parameters.target.name])
    for stage in STAGES:
        mandatory = open_mandatory(past.findings, stage, parameters.gates.gates[stage].mandatory)
        show(f"{stage}: {_words(forecast_of(past.scores, stage, mandatory))}")
        if came := held(past.scores, stage, mandatory):
            share = sum(day <= promised for _, promised, day in came) / len(came)
            show(f"  of {len(came)} forecasts of the past {share:.0%} came by their 85 % date")
    show("What a category needs, or an earlier gate, can hold a gate back beyond these dates.")
    return 0


def _words(told: Forecast) -> str:
    if told.reached:
        return "the points are there, and what is mandatory"
    if told.why_not:
        return told.why_not
    p50, p85, p95 = (str(day or "more than five years ahead") for day in (told.p50, told.p85, told.p95))
    left = f"{told.lacking:.1f} points are lacking, {told.open} mandatory requirements are open"
    return f"{p50} (as likely as not), {p85} (85 %), {p95} (95 %); {left}"
