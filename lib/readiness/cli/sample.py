"""`readiness sample`: run the sample platform."""

import contextlib
import signal
from pathlib import Path

import click

from readiness.cli.options import params_option
from readiness.cli.output import show
from readiness.parameters import find_params


@click.command(context_settings={"ignore_unknown_options": True})
@click.option("--maturity", type=click.Choice(["prototype", "alpha", "beta"]), default="beta", show_default=True)
@click.option("--defect", "defects", multiple=True, metavar="NAME", help="Break one behaviour (repeatable).")
@click.option("--free-ports", is_flag=True, help="Any free ports, instead of those in params/targets/sample.yaml.")
@click.option("--state", type=click.Path(path_type=Path), help="Its files; default: .sample beside params/.")
@params_option
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
def sample(
    maturity: str,
    defects: tuple[str, ...],
    free_ports: bool,
    state: Path | None,
    params: Path | None,
    command: tuple[str, ...],
) -> int:
    """Run the sample platform in the foreground and print its addresses.

    With a COMMAND after `--`, run that against it and stop; `{target}` in the command is the path of a target file
    with the addresses that it really has.
    """
    from readiness.demo import attend, describe, hosted

    with hosted(params or find_params(), maturity, defects, state, free_ports) as (addresses, target):
        if command:
            return attend([part.replace("{target}", str(target)) for part in command])
        show(describe(addresses, target))
        with contextlib.suppress(KeyboardInterrupt):
            signal.pause()
    return 0
