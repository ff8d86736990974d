"""`readiness run`: assess and publish."""

from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from readiness.assessment import dimensions
from readiness.cli.options import dimension_option, params_option, reports_option, stage_option
from readiness.cli.output import owning_up, show
from readiness.listing import EXIT_CODES, interval
from readiness.parameters import find_params
from readiness.progress import progress
from readiness.reports import Reports
from readiness.stage import Stage


@click.command()
@click.argument("target")
@stage_option
@dimension_option
@params_option
@reports_option
def run(target: str, stage: Stage, dimension: tuple[str, ...], params: Path | None, reports: Path | str | None) -> int:
    """Probe, judge and report: publish reports/TARGET/<UTC time>/ and print its path."""
    from readiness.pipeline import STEPS, publish

    folder = params or find_params()
    dimensions(dimension)
    with ExitStack() as held:
        store = None
        if isinstance(reports, str):
            store = Reports.of(reports)
            store.targets()  # what cannot be reached is said before anything is asked of the target
            reports = Path(held.enter_context(TemporaryDirectory(prefix="readiness-")))
        held.enter_context(owning_up(target, folder))
        done = held.enter_context(progress(len(STEPS), "assessing"))
        published = publish(
            target,
            params=folder,
            reports=reports or folder.resolve().parent / "reports",
            stage=stage,
            dimension=dimension,
            progress=done,
        )
        place = str(published.report)
        if store:
            place = f"{store.publish(published.folder, published.folder.parent.name)}/{published.report.name}"
    decision = published.decision[stage]
    score = interval(decision["floor"], decision["ceiling"])
    show(f"{stage}: {decision['verdict']}, score {score} of 100, {decision['minimum']:g} needed")
    show(place)
    return EXIT_CODES[decision["verdict"]]
