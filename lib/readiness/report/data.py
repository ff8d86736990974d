"""The data inside of the page: what it scores itself again from when a reader asks what if, and the evidence."""

import hashlib
import json
from math import isfinite
from typing import Any

import pandas as pd

from readiness.assessment import Assessment
from readiness.report.words import value_of
from readiness.stage import STAGES, Stage

FORMAT = 1
FIRST = 2
"""Recorded exchanges that are named of those an observation rests on; evidence.parquet names all."""


def data(assessment: Assessment, stage: Stage) -> dict[str, Any]:
    """Everything that the scores follow from.

    Args:
        assessment: What was judged.
        stage: The stage that the report puts first.

    Returns:
        JSON values: `run`, `gates` (stage → minimum, mandatory, categories as weight and required points, and `other`:
        verdicts of demands that weights and requirements do not touch), `requirements` (id → dimension, weight,
        effort, and stage → status, floor and ceiling credit), and `evidence`: a list a column, or, where texts
        repeat, `values` and for each row the `places` of its own among them, -1 for none. `recorded` is on how many
        exchanges an observation rests, and `exchanges` are digests of the first of them.
    """
    parameters = assessment.parameters
    found: dict[str, dict[str, Any]] = {}
    row: Any
    for row in assessment.findings.itertuples():
        item = found.setdefault(row.requirement, {"dimension": row.dimension, "weight": row.weight, "stages": {}})
        item["effort"] = parameters.catalogue.requirements[row.requirement].effort
        item["stages"][row.stage] = [row.status, row.floor, row.ceiling]
    return {
        "format": FORMAT,
        "run": {
            "target": parameters.target.name,
            "judged_at": assessment.now.isoformat(),
            "catalogue": parameters.catalogue.digest,
            "stage": stage,
        },
        "gates": {each: _gate(assessment, each) for each in STAGES},
        "requirements": found,
        "evidence": _evidence(assessment.evidence),
    }


def embedded(value: Any) -> tuple[str, str]:
    """JSON that cannot end the script element it stands in, and the SHA-256 digest of that text."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    text = text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    return text, hashlib.sha256(text.encode()).hexdigest()


def _gate(assessment: Assessment, stage: Stage) -> dict[str, Any]:
    gate = assessment.parameters.gates.gates[stage]
    retold = ("stage", "total", "category", "mandatory")
    others = [item for item in assessment.decision[stage]["blockers"] if item["kind"] not in retold]
    return {
        "requires": gate.requires,
        "minimum": gate.minimum,
        "mandatory": gate.mandatory,
        "categories": {name: [one.weight, one.required] for name, one in gate.categories.items()},
        "other": ["no-go" if item["certain"] else "undetermined" for item in others],
    }


def _evidence(evidence: pd.DataFrame) -> dict[str, Any]:
    rows: list[Any] = list(evidence.itertuples())
    digests = [row.digest.split() if isinstance(row.digest, str) else [] for row in rows]
    seen = evidence["observed_at"].dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "fact": [row.fact for row in rows],
        "status": _coded(evidence["status"]),
        "value": [_finite(value_of(row)) for row in rows],
        "unit": _coded(evidence["unit"]),
        "source": _coded(evidence["source"]),
        "observed_at": _coded(seen),
        "max_age_s": _coded(evidence["max_age"].dt.total_seconds()),
        "reason": _coded(evidence["reason"]),
        "exchanges": [found[:FIRST] for found in digests],
        "recorded": [len(found) for found in digests],
    }


def _finite(value: Any) -> Any:
    """JSON has no infinity: it is written as text."""
    return str(value) if isinstance(value, float) and not isfinite(value) else value


def _coded(column: pd.Series) -> dict[str, list[Any]]:
    places, values = pd.factorize(column, use_na_sentinel=True)
    return {"values": [None if pd.isna(one) else one for one in values], "places": places.tolist()}
