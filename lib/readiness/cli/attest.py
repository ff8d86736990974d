"""`readiness attest`: write a dated statement."""

import difflib
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from readiness import attestation, probes
from readiness.assessment import Parameters
from readiness.cli.options import params_option
from readiness.cli.output import show
from readiness.errors import BadInput
from readiness.parameters import find_params


@click.command()
@click.argument("target")
@click.argument("fact")
@params_option
def attest(target: str, fact: str, params: Path | None) -> int:
    """Write a dated statement that stands for FACT (or each such fact of a requirement) of TARGET, after asking."""
    folder = params or find_params()
    parameters = Parameters.load(target, folder)
    facts, today = probes.facts(), datetime.now(UTC).date()
    known = facts.get(fact)
    if known is None and fact not in parameters.catalogue.requirements:
        near = difflib.get_close_matches(fact, [*facts, *parameters.catalogue.requirements], n=1)
        raise BadInput(f"{fact!r}: expected a fact or a requirement" + (f"; did you mean {near[0]!r}?" if near else ""))
    values: dict[str, Any] = {"fact" if known else "requirement": fact}
    if known:
        click.echo(f"{known.meaning} ({known.type}{f', {known.unit}' if known.unit else ''})", err=True)
        kinds = {"boolean": click.BOOL, "number": click.FLOAT, "text": click.STRING}
        values["value"] = click.prompt("value", type=kinds[known.type], err=True)
    values["statement"] = click.prompt("statement, what was done or is so", err=True)
    values["by"] = click.prompt("by whom", err=True)
    values["attested_on"] = _ask_day("true of the day", today)
    values["expires_on"] = _ask_day("stands until", values["attested_on"] + timedelta(days=90))
    values["scope"] = click.prompt("scope, what it covers", default="", show_default=False, err=True)
    values["link"] = click.prompt("link to what it rests on", default="", show_default=False, err=True)
    path = folder / "attestations" / f"{parameters.target.name}.yaml"
    attestation.add(path, values, facts, parameters.catalogue)
    show(str(path))
    return 0


def _ask_day(words: str, default: date) -> date:
    day = click.prompt(words, type=click.DateTime(["%Y-%m-%d"]), default=default.isoformat(), err=True)
    return day.date()
