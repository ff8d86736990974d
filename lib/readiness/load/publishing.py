"""Where load tests are kept: `reports/<target>/loads/<UTC time>/load.json`, each written whole, or not at all."""

import json
import os
from datetime import datetime
from pathlib import Path
from typing import Any

LOADS = "loads"
RECORD = "load.json"


def loads_of(reports: Path, target: str) -> Path:
    """The folder of a target's load tests."""
    return reports / target / LOADS


def publish(record: dict[str, Any], reports: Path) -> Path:
    """Keep a record for good.

    Args:
        record: As `record_of` gives it.
        reports: The folder of reports.

    Returns:
        Its file.

    Raises:
        OSError: It cannot be written.
    """
    stamp = datetime.fromisoformat(record["started_at"]).strftime("%Y-%m-%dT%H%M%SZ")
    parent = loads_of(reports, record["target"])
    place, number = parent / stamp, 1
    while place.exists():
        number += 1
        place = parent / f"{stamp}.{number}"
    partial = parent / f".{place.name}.{os.getpid()}.partial"
    partial.mkdir(parents=True)
    write(record, partial / RECORD)
    partial.rename(place)
    return place / RECORD


def write(record: dict[str, Any], path: Path) -> None:
    """Write a record as JSON, beside its place and then into it.

    Raises:
        OSError: It cannot be written.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
