"""`readiness scheduled`: what a schedule starts."""

from datetime import UTC, datetime
from pathlib import Path

import click

from readiness.cli.options import (
    FAILED,
    at_most_option,
    daily_option,
    folder_option,
    params_option,
    stage_option,
    weekly_option,
)
from readiness.cli.output import owning_up, say, show
from readiness.errors import BadInput
from readiness.listing import EXIT_CODES, interval
from readiness.parameters import find_params
from readiness.stage import Stage


@click.command()
@click.argument("target")
@daily_option
@weekly_option
@at_most_option("30m")
@stage_option
@params_option
@folder_option
def scheduled(
    target: str,
    daily: str | None,
    weekly: str | None,
    at_most: str,
    stage: Stage,
    params: Path | None,
    reports: Path | None,
) -> int:
    """Run TARGET if a run is due by the time given and not yet made; without any output where none is."""
    from readiness.duration import duration
    from readiness.schedule.job import work
    from readiness.schedule.plan import Plan

    if bool(daily) == bool(weekly):
        raise BadInput("expected --daily 06:00 or --weekly mon@07:00, one of them")
    plan = Plan.parse("daily", daily) if daily else Plan.parse("weekly", weekly or "")
    folder = params or find_params()
    with owning_up(target, folder):
        outcome = work(
            target,
            plan,
            params=folder,
            reports=reports or folder.resolve().parent / "reports",
            now=lambda: datetime.now(UTC),
            stage=stage,
            at_most=duration(at_most),
            say=lambda words: click.echo(f"readiness: {words}", err=True),
        )
    if outcome is None:
        return 0
    if outcome.run is None:
        return say(outcome.failure, FAILED)
    decision = outcome.run.decision[stage]
    show(f"{stage}: {decision['verdict']}, score {interval(decision['floor'], decision['ceiling'])} of 100")
    show(str(outcome.run.report))
    return EXIT_CODES[decision["verdict"]]
