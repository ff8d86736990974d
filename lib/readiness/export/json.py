"""JSON for other programs, with a published schema: `results.schema.json`, printed by `readiness export --schema`.

`format.version` goes up when a member is taken away or means something else; one that is added changes nothing.
"""

import json
from importlib.resources import files
from typing import Any

from readiness.export.escape import line
from readiness.export.results import Results
from readiness.stage import STAGES

NAME = "results.json"
VERSION = 1


def schema() -> str:
    """The schema of what `text` gives (JSON Schema 2020-12)."""
    return (files("readiness.export") / "results.schema.json").read_text(encoding="utf-8")


def text(results: Results) -> str:
    """Decision and findings of every stage."""
    told = {
        "format": {"name": "readiness-results", "version": VERSION},
        "target": results.target,
        "stage": results.stage,
        "started_at": results.manifest.get("started_at"),
        "observed_until": results.observed_until.isoformat(),
        "readiness": results.made_with,
        "catalogue": results.manifest.get("catalogue"),
        "stages": {stage: _stage(results, stage) for stage in STAGES},
    }
    return json.dumps(told, indent=1, ensure_ascii=False) + "\n"


def _stage(results: Results, stage: Any) -> dict[str, Any]:
    decision = results.decision[stage]
    names = ("verdict", "floor", "ceiling", "minimum", "with_waivers", "categories")
    return {name: decision[name] for name in names} | {
        "blockers": [
            {"kind": item["kind"], "name": item["name"], "certain": item["certain"], "text": line(item["text"])}
            for item in decision["blockers"]
        ],
        "findings": [
            {
                "requirement": item.requirement,
                "dimension": item.dimension,
                "title": item.title,
                "status": item.status,
                "waived": item.waived,
                "reason": line(item.reason),
                "demanded_at": f"{item.place.file}:{item.place.line}" if item.place else None,
            }
            for item in results.of_stage(stage)
        ],
    }
