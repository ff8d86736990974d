"""`readiness schedule`: when a target is looked at."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from readiness.cli.options import (
    at_most_option,
    daily_option,
    folder_option,
    params_option,
    stage_option,
    weekly_option,
)
from readiness.cli.output import show
from readiness.errors import BadInput
from readiness.parameters import find_params
from readiness.stage import Stage


@click.command()
@click.argument("target")
@daily_option
@weekly_option
@click.option("--as", "form", type=click.Choice(["cron", "systemd"]), default="cron", show_default=True)
@click.option("--install", is_flag=True, help="Put them where they start runs, in place of TARGET's earlier ones.")
@click.option("--remove", is_flag=True, help="Take TARGET's out again.")
@at_most_option("30m")
@stage_option
@params_option
@folder_option
def schedule(
    target: str,
    daily: str | None,
    weekly: str | None,
    form: str,
    install: bool,
    remove: bool,
    at_most: str,
    stage: Stage,
    params: Path | None,
    reports: Path | None,
) -> int:
    """Print cron lines or systemd timers that run TARGET daily and weekly; times are those of this machine."""
    from readiness.schedule import cron, systemd
    from readiness.schedule.command import Job
    from readiness.schedule.diary import Diary
    from readiness.schedule.plan import Plan, zone_name
    from readiness.target import Target

    folder = (params or find_params()).resolve()
    name = Target.find(target, folder).name
    if remove:
        gone = cron.remove(name) if form == "cron" else systemd.remove(name)
        show(f"{name}: {'removed' if gone else 'nothing was scheduled'}")
        return 0
    plans = [Plan.parse("daily", daily)] if daily else []
    plans += [Plan.parse("weekly", weekly)] if weekly else []
    if not plans:
        raise BadInput("expected --daily 06:00, --weekly mon@07:00, or both")
    place = (reports or folder.parent / "reports").resolve()
    called = str(Path(target).resolve()) if "/" in target else target
    job = Job(name, called, tuple(plans), folder, place, at_most, stage, sys.executable)
    if not install:
        show((cron.lines(job) if form == "cron" else systemd.text(job)).rstrip("\n"))
        return 0
    changed = cron.install(job) if form == "cron" else systemd.install(job)
    diary = Diary(place, name)
    for plan in plans:
        if diary.done(plan.kind) is None:
            diary.note(plan.kind, datetime.now(UTC), "scheduled")  # what was due before is not made up for
    times = ", ".join(f"{plan.kind} {plan}" for plan in plans)
    show(f"{name}: {times}, {zone_name()}; {'installed' if changed else 'as it was'}")
    return 0
