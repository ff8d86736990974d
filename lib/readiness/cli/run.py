"""`readiness run`: assess and publish."""

from pathlib import Path

import click

from readiness.assessment import dimensions
from readiness.cli.options import dimension_option, params_option, reports_option, stage_option
from readiness.cli.output import owning_up, show
from readiness.listing import EXIT_CODES, interval
from readiness.parameters import find_params
from readiness.progress import progress
from readiness.stage import Stage


@click.command()
@click.argument("target")
@stage_option
@dimension_option
@params_option
@reports_option
def run(target: str, stage: Stage, dimension: tuple[str, ...], params: Path | None, reports: Path | None) -> int:
    """Probe, judge and report: publish reports/TARGET/<UTC time>/ and print its path."""
    from readiness.pipeline import STEPS, publish

    folder = params or find_params()
    dimensions(dimension)
    with owning_up(target, folder), progress(len(STEPS), "assessing") as done:
        published = publish(
            target,
            params=folder,
            reports=reports or folder.resolve().parent / "reports",
            stage=stage,
            dimension=dimension,
            progress=done,
        )
    decision = published.decision[stage]
    score = interval(decision["floor"], decision["ceiling"])
    show(f"{stage}: {decision['verdict']}, score {score} of 100, {decision['minimum']:g} needed")
    show(str(published.report))
    return EXIT_CODES[decision["verdict"]]
