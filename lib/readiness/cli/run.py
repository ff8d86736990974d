"""`readiness run`: assess and publish."""

from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from readiness.assessment import Parameters, dimensions
from readiness.cli.options import at_most_option, dimension_option, params_option, reports_option, stage_option
from readiness.cli.output import owning_up, show
from readiness.duration import duration
from readiness.errors import BadInput
from readiness.listing import EXIT_CODES, interval
from readiness.parameters import find_params
from readiness.progress import progress
from readiness.reports import Reports
from readiness.stage import Stage


@click.command()
@click.argument("target")
@stage_option
@dimension_option
@click.option("--load", is_flag=True, help="Carry out the target file's load tests (load.tests) first.")
@at_most_option(None)
@params_option
@reports_option
def run(
    target: str,
    stage: Stage,
    dimension: tuple[str, ...],
    load: bool,
    at_most: str | None,
    params: Path | None,
    reports: Path | str | None,
) -> int:
    """Probe, judge and report: publish reports/TARGET/<UTC time>/ and print its path."""
    from readiness.pipeline import STEPS, publish

    folder = params or find_params()
    dimensions(dimension)
    steps = len(STEPS) + (len(Parameters.load(target, folder).target.load.tests) if load else 0)
    with ExitStack() as held:
        store = None
        if isinstance(reports, str):
            if load:
                raise BadInput("--load: expected a folder for --reports, where load tests are kept")
            store = Reports.of(reports)
            store.targets()  # what cannot be reached is said before anything is asked of the target
            reports = Path(held.enter_context(TemporaryDirectory(prefix="readiness-")))
        held.enter_context(owning_up(target, folder))
        done = held.enter_context(progress(steps, "assessing"))
        published = publish(
            target,
            params=folder,
            reports=reports or folder.resolve().parent / "reports",
            stage=stage,
            dimension=dimension,
            load=load,
            earlier=store.address if store else None,
            at_most=duration(at_most) if at_most else None,
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
