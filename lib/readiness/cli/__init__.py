"""The command line: each module is one command, found by being there; what they share is in `options` and `output`."""

import importlib
import pkgutil
import sys

import click

from readiness import __version__, interrupt
from readiness.cli.options import FAILED, INTERRUPTED, OVERLAP
from readiness.cli.output import flush, say, show
from readiness.errors import Overlap, ReadinessError


@click.group(
    invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(__version__, prog_name="readiness")
@click.pass_context
def cli(context: click.Context) -> None:
    """Production readiness of a live platform: probed, judged, scored, decided, reported.

    TARGET is a name in params/targets/ or the path of a target file. Exit codes of run and check: 0 go, 1 no-go,
    2 undetermined for --stage, 3 the run itself failed, 4 another run of TARGET is going on,
    130 interrupted.
    """
    if context.invoked_subcommand is None:
        show(context.get_help())


for _module in sorted(module.name for module in pkgutil.iter_modules(__path__)):
    for _value in vars(importlib.import_module(f"{__name__}.{_module}")).values():
        if isinstance(_value, click.Command):
            cli.add_command(_value)


def main() -> None:
    """Entry point: errors become one clear line and exit code 3, an interrupt 130."""
    interrupt.heed()
    try:
        code = cli(standalone_mode=False)
    except (click.exceptions.Abort, KeyboardInterrupt):
        code = say("interrupted; nothing was published", INTERRUPTED)
    except click.ClickException as error:
        code = say(error.format_message().replace("\n", " "), FAILED)
    except Overlap as error:
        code = say(str(error), OVERLAP)
    except ReadinessError as error:
        code = say(str(error), FAILED)
    except OSError as error:
        code = say(f"{error.filename or 'the system'}: {error.strerror or error}", FAILED)
    except Exception as error:  # a fault of ours: still one line, and never the exit code of a verdict
        said = (str(error).strip().splitlines() or [""])[0][:300]
        code = say(f"unexpected {type(error).__name__}: {said}", FAILED)
    for stream in (sys.stdout, sys.stderr):
        flush(stream)
    sys.exit(code if isinstance(code, int) else 0)
