"""`readiness diff`: what moved the score between two runs."""

from pathlib import Path

import click

from readiness.assessment import Parameters
from readiness.cli.options import params_option, place_of, reports_option, stage_option
from readiness.cli.output import show
from readiness.errors import BadInput
from readiness.listing import MARKS, interval, plain
from readiness.parameters import find_params
from readiness.stage import Stage


@click.command()
@click.argument("before", metavar="RUN")
@click.argument("after", metavar="RUN", required=False)
@stage_option
@params_option
@reports_option
def diff(before: str, after: str | None, stage: Stage, params: Path | None, reports: Path | str | None) -> int:
    """Say what moved the score between two runs, in parts that add up to it: the platform, the catalogue, coverage, …

    RUN is TARGET/TIME or the folder of a run; one target alone stands for its two newest runs. Exit codes: 0 nothing
    moved, 1 something did.
    """
    from readiness.change import PARTS, change
    from readiness.snapshot import parameters_of

    folder = params or find_params()
    place = place_of(reports, folder)
    if after is None:
        name = Parameters.load(before, folder).target.name
        runs = place.runs(name)[-2:]
        if len(runs) < 2:
            raise BadInput(f"{place.place}/{name}: expected two published runs there, found {len(runs)}")
        before, after = (f"{name}/{run}" for run in runs)
    with place.opened(before) as first, place.opened(after) as second:
        told = change(first, second, stage, parameters_of(first), parameters_of(second))
    show(f"{stage}: {interval(*told.before)} → {interval(*told.after)}  ({first.path.name} → {second.path.name})")
    for part, words in PARTS.items():
        floor, ceiling = told.parts[part]
        rows = [row for row in told.rows if row.part == part]
        if not rows and not floor and not ceiling:
            continue
        show(f"{floor:+6.1f} floor {ceiling:+6.1f} ceiling  {words}")
        for row in rows:
            marks = f"{MARKS.get(row.before or '', '·')} → {MARKS.get(row.after or '', '·')}"
            show(f"    {marks} {row.requirement}  {row.floor:+.1f} {row.ceiling:+.1f}")
            for one in row.evidence:
                show(f"        {one.fact}: {plain(one.before)} → {plain(one.after)}")
    for waiver in told.waivers:
        show(f"waiver {waiver}")
    if told.waived_before != told.waived_after:
        show(f"with waivers: {interval(*told.waived_before)} → {interval(*told.waived_after)}")
    return 1 if told.rows or told.before != told.after else 0
