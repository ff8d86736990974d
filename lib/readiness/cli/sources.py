"""`readiness sources`: the sources that a target file can name."""

import click

from readiness import probes
from readiness.cli.output import show


@click.command()
def sources() -> int:
    """Print every source that a target file can name, with its keys and the facts it can tell, as Markdown."""
    from readiness.source import described

    show(described(probes.facts()))
    return 0
