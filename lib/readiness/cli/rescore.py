"""`readiness rescore`: stored evidence judged again."""

from datetime import UTC, datetime
from pathlib import Path

import click

from readiness.assessment import Parameters
from readiness.cli.options import params_option, place_of, reports_option
from readiness.cli.output import show
from readiness.listing import MARKS, interval, plain
from readiness.parameters import find_params
from readiness.reports import Reports
from readiness.stage import STAGES


@click.command()
@click.argument("run")
@click.option("--catalog", type=click.Path(path_type=Path), help="Another folder of the catalogue's files.")
@click.option("--gates", type=click.Path(path_type=Path), help="Another file of gates.")
@click.option("--all", "every", is_flag=True, help="RUN is a target: every run of it, a line each.")
@params_option
@reports_option
def rescore(
    run: str, catalog: Path | None, gates: Path | None, every: bool, params: Path | None, reports: Path | str | None
) -> int:
    """Judge the stored evidence of RUN again by the catalogue and gates as they are now, or by others; offline.

    RUN is a target (its newest run), TARGET/TIME or the folder of a run, which is only read. Refused where a criterion
    is on a fact that was never gathered. Exit codes: 0 nothing would change, 1 something would.
    """
    from readiness.history import earlier
    from readiness.rescore import rescore as judged_again
    from readiness.rescore import with_others

    folder = params or find_params()
    place = place_of(reports, folder)
    catalogue = catalog or folder / "catalog"
    if every:
        _hindsight(place, with_others(Parameters.load(run, folder), catalog, gates))
        return 0
    with place.opened(run) as found:
        target = str((found.json("decision.json") or {}).get("target", run))
        parameters = with_others(Parameters.load(target, folder), catalog, gates)
        past = earlier(place, parameters, found.started_at)
        told = judged_again(found, parameters, catalogue, past=past)
    for stage in STAGES:
        before, after = told.before[stage], told.after.decision[stage]
        same = all(before[key] == after[key] for key in ("verdict", "floor", "ceiling", "minimum"))
        was = f"{before['verdict']}, {interval(before['floor'], before['ceiling'])} of {before['minimum']:g}"
        is_ = f"{after['verdict']}, {interval(after['floor'], after['ceiling'])} of {after['minimum']:g}"
        show(f"{stage}: {was}" + ("" if same else f" → {is_}"))
        for move in (move for move in told.moves if move.stage == stage):
            marks = f"{MARKS.get(move.before or '', '·')} → {MARKS.get(move.after or '', '·')}"
            show(f"  {marks} {move.requirement}: {plain(move.reason) or 'not demanded any more'}")
        for item in after["blockers"]:
            if item["kind"] == "steady":
                show(f"  {item['kind']}: {plain(item['text'])}")
    changed = told.moves or any(
        told.before[stage][key] != told.after.decision[stage][key]
        for stage in STAGES
        for key in ("verdict", "floor", "ceiling", "minimum")
    )
    return 1 if changed else 0


def _hindsight(place: Reports, parameters: Parameters) -> None:
    """A line for each run: what would have been said of it."""
    from readiness.hindsight import as_today

    runs = place.runs(parameters.target.name)
    told = as_today(place, runs, parameters, datetime.now(UTC))
    scores = {(row["run"], row["stage"]): row for row in told.scores.to_dict("records")}
    for run in runs:
        if run in told.left_out:
            show(f"{run}  cannot be judged: {plain(told.left_out[run])}")
            continue
        rows = (scores[run, stage] for stage in STAGES)
        cells = (f"{row['stage']} {row['verdict']} {interval(row['floor'], row['ceiling'])}" for row in rows)
        show(f"{run}  {'  '.join(cells)}")
