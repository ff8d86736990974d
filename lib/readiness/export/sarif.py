"""SARIF 2.1.0 (OASIS): what is not met, each result at the line of the catalogue that demands it.

Unmet is an error, partly met a warning, unknown is `open` without a level (3.27.9, 3.27.10). What is met or does not
apply is left out: readers of SARIF show every result as something to do. A waived one is there and suppressed.
"""

import json
from typing import Any

from readiness.export.escape import line
from readiness.export.results import Finding, Results

NAME = "results.sarif"
SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json"
_KINDS = {"unmet": ("fail", "error"), "partial": ("fail", "warning"), "unknown": ("open", "none")}


def text(results: Results) -> str:
    """The findings of the stage put first."""
    found = [item for item in results.of_stage() if item.status in _KINDS]
    rules = {item.requirement: index for index, item in enumerate(found)}
    run = {
        "tool": {
            "driver": {
                "name": "readiness",
                "semanticVersion": results.made_with,
                "rules": [_rule(results, item) for item in found],
            }
        },
        "automationDetails": {"id": f"readiness/{results.target}/{results.stage}/"},
        "originalUriBaseIds": {"%SRCROOT%": {"description": {"text": "The folder that holds params/."}}},
        "invocations": [{"executionSuccessful": True, "endTimeUtc": f"{results.observed_until:%Y-%m-%dT%H:%M:%SZ}"}],
        "columnKind": "unicodeCodePoints",
        "results": [_result(results, item, rules[item.requirement]) for item in found],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1, ensure_ascii=False) + "\n"


def _rule(results: Results, item: Finding) -> dict[str, Any]:
    requirement = results.catalogue.requirements.get(item.requirement)
    told: dict[str, Any] = {
        "id": item.requirement,
        "shortDescription": {"text": line(item.title)},
        "properties": {"tags": ["production-readiness", item.dimension]},
    }
    if requirement is None:
        return told
    return told | {
        "fullDescription": {"text": line(requirement.pass_)},
        "help": {"text": f"{requirement.rationale}\n\n{requirement.remedy}\n\n{requirement.reference}"},
    }


def _result(results: Results, item: Finding, index: int) -> dict[str, Any]:
    kind, level = _KINDS[item.status]
    told: dict[str, Any] = {
        "ruleId": item.requirement,
        "ruleIndex": index,
        "kind": kind,
        "level": level,
        "message": {"text": f"{line(item.title)}: {item.status}; {line(item.reason)}"},
        "partialFingerprints": {"requirement/v1": f"{results.target}/{results.stage}/{item.requirement}"},
    }
    if item.place:
        artefact = {"uri": item.place.file, "uriBaseId": "%SRCROOT%"}
        told["locations"] = [
            {"physicalLocation": {"artifactLocation": artefact, "region": {"startLine": item.place.line}}}
        ]
    if item.waived:
        told["suppressions"] = [{"kind": "external", "status": "accepted"}]
    return told
