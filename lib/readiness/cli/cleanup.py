"""`readiness cleanup`: remove what killed runs left."""

from pathlib import Path

import click

from readiness import interrupt
from readiness.assessment import Parameters
from readiness.cli.options import params_option
from readiness.cli.output import show
from readiness.listing import plain
from readiness.parameters import find_params


@click.command()
@click.argument("target")
@click.option("--forget", is_flag=True, help="Drop the list of what was left, because it was removed by hand.")
@params_option
def cleanup(target: str, forget: bool, params: Path | None) -> int:
    """Remove the test accounts that earlier runs left on TARGET; list those that cannot be removed."""
    from readiness import cleanup

    platform = Parameters.load(target, params or find_params()).target
    if forget:
        show(f"{cleanup.forget(platform)} forgotten")
        return 0
    cleaned = interrupt.run(cleanup.clean_up(platform))
    for name in cleaned.left:
        show(f"left behind: {plain(name)}")
    for tag in cleaned.running:
        show(f"run {plain(tag)} is still going; its accounts are left alone")
    show(f"{cleaned.removed} removed, {len(cleaned.left)} left behind")
    return 1 if cleaned.left else 0
