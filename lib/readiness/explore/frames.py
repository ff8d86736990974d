"""Frames: what the tables of a run show, a row each for what can be looked up."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from readiness.change import PARTS, Change
from readiness.explore.opened import Opened
from readiness.listing import MARKS
from readiness.report.words import shown, value_of
from readiness.shortest_path import Path


def requirements(run: Opened) -> pd.DataFrame:
    """Every requirement of the stage: status, points it gives and could give, effort, and why it is so."""
    findings = run.assessment.findings
    rows = findings[findings["stage"] == run.stage]
    gate = run.gates.gates[run.stage]
    whole = rows.groupby("dimension")["weight"].transform("sum")
    weight = rows["dimension"].map({name: item.weight for name, item in gate.categories.items()})
    points = (rows["weight"] / whole.where(whole > 0)).fillna(0) * weight
    items = [run.catalogue.requirements[name] for name in rows["requirement"]]
    return pd.DataFrame(
        {
            "category": rows["dimension"].map(run.catalogue.titles),
            "requirement": [item.title for item in items],
            "status": [f"{MARKS[status]} {status}" for status in rows["status"]],
            "points": (rows["floor"] * points).round(2),
            "of": points.round(2),
            "mandatory": ["mandatory" if item.id in gate.mandatory else "" for item in items],
            "person-days": [item.effort for item in items],
            "why": rows["reason"],
            "id": rows["requirement"],
        }
    )


def evidence(run: Opened) -> pd.DataFrame:
    """Every fact: its value, or why there is none, when (UTC), and the digest of the exchange that it rests on."""
    rows: Any = run.assessment.evidence
    return pd.DataFrame(
        {
            "fact": rows["fact"],
            "value": ["" if (value := value_of(row)) is None else shown(value, row.unit) for row in rows.itertuples()],
            "status": rows["status"],
            "source": rows["source"],
            "at": rows["observed_at"].dt.strftime("%H:%M:%S"),
            "why not": rows["reason"],
            "permission": rows["permission"],
            "digest": rows["digest"].str.split().str[0],
        }
    )


def exchanges(run: Opened) -> pd.DataFrame:
    """Every recorded exchange: what was asked, what came back, when (UTC), and how long it took (ms)."""
    return pd.DataFrame(
        [
            {
                "digest": digest,
                "asked": asked(record),
                "answer": answered(record),
                "at": str(record.get("observed_at", ""))[11:19],
                "ms": record.get("elapsed_ms"),
            }
            for digest, record in run.exchanges.items()
        ],
        columns=["digest", "asked", "answer", "at", "ms"],
    ).astype({"ms": "float64"})


def asked(record: Mapping[str, Any]) -> str:
    """What a recorded exchange asked, on one line."""
    match record.get("kind"):
        case "http":
            return f"{record['method']} {record['url']}"
        case "tls":
            return f"TLS {record['host']}:{record['port']}"
        case "dns":
            return f"DNS {record['type']} {record['name']}"
    return str(record.get("source") or record.get("kind"))


def answered(record: Mapping[str, Any]) -> str:
    """What came back, in a word; why nothing did, where that is told."""
    told = record.get({"http": "status", "tls": "version", "dns": "code"}.get(str(record.get("kind")), ""))
    return str(told or record.get("failure") or "")


def path(told: Path) -> pd.DataFrame:
    """A shortest path: what to complete, in order, with its effort, points and weeks."""
    return pd.DataFrame(
        [
            {
                "requirement": item.title,
                "status": f"{MARKS[item.status]} {item.status}",
                "person-days": item.effort,
                "points": round(item.points, 2),
                "mandatory": "mandatory" if item.mandatory else "",
                "weeks": f"{item.begins}–{item.ends}",
                "id": item.requirement,
            }
            for item in told.items
        ],
        columns=["requirement", "status", "person-days", "points", "mandatory", "weeks", "id"],
    )


def changes(told: Change) -> pd.DataFrame:
    """What moved a score: part, requirement, status before and after, points, and what of the evidence differs."""
    columns = ["part", "requirement", "before", "after", "floor", "ceiling", "evidence"]
    rows = [
        (
            PARTS[row.part],
            row.requirement,
            _status(row.before),
            _status(row.after),
            round(row.floor, 2),
            round(row.ceiling, 2),
            "; ".join(f"{one.fact}: {one.before} → {one.after}" for one in row.evidence),
        )
        for row in told.rows
    ]
    return pd.DataFrame(rows, columns=columns)


def _status(status: str | None) -> str:
    return f"{MARKS[status]} {status}" if status else "not demanded"
