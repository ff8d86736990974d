"""`readiness defects`: the named defects of the sample platform."""

from pathlib import Path

import click

from readiness.cli.options import params_option
from readiness.cli.output import show
from readiness.errors import BadInput
from readiness.listing import plain
from readiness.parameters import find_params
from readiness.progress import progress


@click.command()
@click.option("--prove", is_flag=True, help="Try each on a platform of its own, against a healthy one: minutes.")
@click.option("--jobs", type=click.IntRange(1, 16), default=2, show_default=True, help="Processes that try them.")
@click.argument("names", nargs=-1)
@params_option
def defects(prove: bool, jobs: int, names: tuple[str, ...], params: Path | None) -> int:
    """Print the named defects of the sample platform and the requirements each must turn unmet, as Markdown.

    With --prove print what each requirement of the defects (all, or NAMES) is without and with them; exit code 1 if a
    defect does not cost exactly what its table says.
    """
    import sample_platform

    from readiness import control, demo

    unknown = [name for name in names if name not in sample_platform.DEFECTS]
    if unknown:
        raise BadInput(f"defect {unknown[0]!r}: expected some of: {', '.join(sample_platform.DEFECTS)}")
    if not prove:
        show(demo.defect_table())
        return 0
    chosen = names or tuple(sample_platform.DEFECTS)
    with progress(len(chosen), "trying") as done:
        table, problems = control.prove(params or find_params(), chosen, jobs, done)
    show(table)
    for problem in problems:
        click.echo(plain(problem), err=True)
    return 1 if problems else 0
