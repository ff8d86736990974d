"""`readiness check`: the daily check."""

import json
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from readiness import interrupt, probes
from readiness.assessment import Assessment, Parameters, assess, dimensions, to_skip
from readiness.cli.options import dimension_option, params_option, stage_option
from readiness.cli.output import owning_up, show
from readiness.contract import Contract
from readiness.history import earlier
from readiness.listing import EXIT_CODES, listing
from readiness.load.publishing import loads_of
from readiness.parameters import find_params
from readiness.progress import progress
from readiness.reports import Reports
from readiness.stage import Stage
from readiness.survey import survey


@click.command()
@click.argument("target")
@stage_option
@dimension_option
@params_option
@click.option("--json", "as_json", is_flag=True, help="For machines: decision and findings as JSON.")
def check(target: str, stage: Stage, dimension: tuple[str, ...], params: Path | None, as_json: bool) -> int:
    """Probe and judge, without notebook or report: the daily check."""
    chosen = dimensions(dimension)
    folder = params or find_params()
    parameters = Parameters.load(target, folder)
    past = earlier(Reports.of(folder.resolve().parent / "reports"), parameters, datetime.now(UTC))
    found = probes.discover()
    with owning_up(target, folder), Contract() as contract:
        with progress(len(found), "probing") as done:
            skip = to_skip(parameters.catalogue, chosen)
            result = interrupt.run(
                survey(
                    parameters.target,
                    found,
                    skip=skip,
                    attestations=parameters.attestations,
                    loads=loads_of(folder.resolve().parent / "reports", parameters.target.name),
                    progress=done,
                )
            )
        contract.hold(result.evidence, "evidence")
        assessment = assess(result.evidence, parameters, result.finished_at, past=past)
        contract.hold(assessment.findings, "findings")
    if as_json:
        show(json.dumps(_machine(assessment, stage) | {"survey": result.account}, indent=2))
    else:
        width = shutil.get_terminal_size((120, 40)).columns if sys.stdout.isatty() else None
        show(listing(assessment, stage, chosen, width, result.account))
    return EXIT_CODES[assessment.decision[stage]["verdict"]]


def _machine(assessment: Assessment, stage: Stage) -> dict[str, Any]:
    findings = assessment.findings[assessment.findings["stage"] == stage]
    return {
        "target": assessment.parameters.target.name,
        "stage": stage,
        "observed_until": assessment.now.isoformat(),
        "catalogue": assessment.parameters.catalogue.digest,
        **assessment.decision[stage],
        "findings": findings.drop(columns=["target", "stage"]).to_dict("records"),
    }
