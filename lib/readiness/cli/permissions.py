"""`readiness permissions`: what the newest run lacked."""

from pathlib import Path
from tempfile import TemporaryDirectory

import click

from readiness.assessment import Parameters, assess
from readiness.cli.options import params_option, reports_option, stage_option
from readiness.cli.output import show
from readiness.errors import BadInput
from readiness.listing import plain
from readiness.parameters import find_params
from readiness.reports import Reports
from readiness.run import RunFolder, newest
from readiness.stage import Stage


@click.command()
@click.argument("target")
@stage_option
@params_option
@reports_option
def permissions(target: str, stage: Stage, params: Path | None, reports: Path | str | None) -> int:
    """Say which grant, credential or statement TARGET's newest run lacked, and what each would settle."""
    from readiness.grants import grants

    folder = params or find_params()
    parameters = Parameters.load(target, folder)
    with TemporaryDirectory(prefix="readiness-") as beside:
        run = _newest(reports or folder.resolve().parent / "reports", parameters.target.name, Path(beside))
        found = grants(assess(run.evidence(), parameters, run.observed_until), stage)
    for item in found:
        show(f"{item.points:5.1f} points  {plain(item.permission)}")
        for words, names in (("settles", item.settles), ("helps with", item.helps)):
            if names:
                show(f"              {words} {', '.join(names)}")
    show(f"{len(found)} missing in the run of {run.path.name}" if found else "nothing is missing")
    return 0


def _newest(reports: Path | str, target: str, beside: Path) -> RunFolder:
    """The newest run; one of an object store is copied beside first."""
    if isinstance(reports, Path):
        return newest(reports, target)
    store = Reports.of(reports)
    runs = store.runs(target)
    if not runs:
        raise BadInput(f"{store.place}/{target}: expected a published run there; `readiness run {target}` makes one")
    (beside / runs[-1]).mkdir()
    return RunFolder(store.fetch(target, runs[-1], beside / runs[-1]))
