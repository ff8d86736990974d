"""What commands print: results, and one line for what went wrong."""

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import click

from readiness.accounts import left_behind
from readiness.assessment import Parameters
from readiness.cli.options import FAILED
from readiness.errors import ReadinessError


def show(text: str) -> None:
    """Print a result. A reader who has left, as `head` does, changes nothing of the verdict.

    Raises:
        OSError: It cannot be written, to a full disk for instance.
    """
    try:
        click.echo(text, color=False if os.environ.get("NO_COLOR") else None)
        sys.stdout.flush()
    except OSError as error:
        flush(sys.stdout)
        if not isinstance(error, BrokenPipeError):
            raise


def flush(stream: TextIO) -> None:
    """Write what is left; where that fails, drop it, or it would fail again when the interpreter ends."""
    try:
        stream.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def say(text: str, code: int) -> int:
    """Say what went wrong, a line each, and give back the exit code."""
    with contextlib.suppress(OSError):
        for line in text.splitlines() or ["failed"]:
            click.echo(f"readiness: {line}", err=True)
    return code


@contextlib.contextmanager
def owning_up(target: str, params: Path) -> Iterator[None]:
    """Where the block is interrupted or fails, and so no report tells of it, say what was left behind."""
    try:
        yield
    except BaseException:
        with contextlib.suppress(ReadinessError):
            name = Parameters.load(target, params).target.name
            count = sum(len(list(ledger)) for ledger in left_behind(name) if not ledger.alive)
            if count:
                say(f"{count} of what was made could not be removed; `readiness cleanup {target}` tries again", FAILED)
        raise
