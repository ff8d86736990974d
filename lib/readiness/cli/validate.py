"""`readiness validate`: check the files in params/."""

from collections import Counter
from collections.abc import Collection
from pathlib import Path

import click

from readiness import interrupt
from readiness.assessment import Parameters
from readiness.cli.options import FAILED, params_option
from readiness.cli.output import show
from readiness.listing import plain
from readiness.parameters import find_params
from readiness.source import able
from readiness.target import path_of
from readiness.validate import validate as validate_files


@click.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--live", metavar="TARGET", help="Compare TARGET's operations with its platform's OpenAPI document.")
@params_option
def validate(files: tuple[Path, ...], live: str | None, params: Path | None) -> int:
    """Check every file in params/, or the FILES given."""
    folder = params or find_params()
    if live:
        return _validate_live(live, folder)
    found = validate_files(folder, files)
    for problem in found.problems:
        click.echo(problem, err=True)
    if found.problems:
        count = len(found.problems)
        click.echo(f"{count} problem{'s' if count > 1 else ''}, {len(found.files)} file(s) read", err=True)
        return FAILED
    show(
        f"{len(found.files)} files are as expected; {found.requirements} requirements: "
        f"{len(found.sourceless)} have no source of evidence yet, {len(found.awaiting)} more await part of theirs"
    )
    for name, facts in found.untold.items():
        if facts:
            ways = ", ".join(f"{way} ({count})" for way, count in _ways(facts))
            show(f"{name}: no source named under `sources` can tell {len(facts)} facts that are demanded; {ways} could")
    return 0


def _ways(facts: Collection[str]) -> list[tuple[str, int]]:
    """The sources that could tell these facts, and how many each, the most first."""
    counts = Counter(name for fact in facts for name in able([fact]))
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))


def _validate_live(target: str, params: Path) -> int:
    from readiness.live import contradictions

    platform = Parameters.load(target, params).target
    problems = interrupt.run(contradictions(platform)) or ([] if platform.operations else ["operations: expected some"])
    for problem in problems:
        click.echo(f"{path_of(target, params)}: {plain(problem)}", err=True)
    if problems:
        return FAILED
    count = sum(not operation.undocumented for operation in platform.operations.values())
    show(f"{count} operations are as the platform's document has them")
    return 0
