"""`readiness path`: the least that makes the next gate a go."""

from pathlib import Path

import click

from readiness.assessment import Parameters, assess
from readiness.cli.options import params_option, place_of, reports_option
from readiness.cli.output import show
from readiness.listing import plain
from readiness.parameters import find_params
from readiness.stage import STAGES, Stage


@click.command()
@click.argument("target")
@click.option("--stage", type=click.Choice(STAGES), help="Gate to be passed; default: the first that is not a go.")
@click.option("--capacity", type=float, default=5, show_default=True, help="Person-days a week.")
@click.option("--without", multiple=True, metavar="REQUIREMENT", help="Do without this one (repeatable).")
@params_option
@reports_option
def path(
    target: str,
    stage: Stage | None,
    capacity: float,
    without: tuple[str, ...],
    params: Path | None,
    reports: Path | str | None,
) -> int:
    """Say which requirements, with the least effort in all, would make TARGET's next gate a go, and in what order.

    Exit codes: 0 there is a way (or nothing left to do), 1 there is none.
    """
    from readiness.shortest_path import next_stage, shortest_path

    folder = params or find_params()
    parameters = Parameters.load(target, folder)
    with place_of(reports, folder).opened(parameters.target.name) as run:
        assessment = assess(run.evidence(), parameters, run.judged_at)
    gate = stage or next_stage(assessment.decision)
    found = shortest_path(
        assessment.findings, parameters.catalogue, parameters.gates, gate, capacity=capacity, without=without
    )
    for obstacle in found.obstacles:
        show(f"no way to {gate}: {plain(obstacle)}")
    if found.obstacles:
        return 1
    if not found.items:
        waits = parameters.gates.gates[gate].steady_runs
        rest = "; its gate looks at earlier runs as well" if waits else ""
        show(f"{gate} is a go in the run of {run.path.name}{rest}")
        return 0
    show(f"{gate}: {len(found.items)} requirements, {found.effort:g} person-days, {found.weeks} weeks")
    for item in found.items:
        weeks = f"week {item.begins}" if item.begins == item.ends else f"weeks {item.begins}–{item.ends}"
        other = found.without[item.requirement]
        instead = "cannot be done without" if other is None else f"without it {other:g} person-days"
        show(
            f"  {weeks:<12} {item.requirement:<42} {item.effort:>5g} d  +{item.points:.1f} points  "
            f"{'mandatory' if item.mandatory else item.status}; {instead}"
        )
    return 0
