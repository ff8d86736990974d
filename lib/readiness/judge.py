"""Judging: evidence and catalogue to findings. Pure; it can be run again next year on stored frames.

Every criterion is evaluated twice: once with every unknown failing (floor), once with every unknown holding (ceiling).
A requirement earns 1 when all its criteria hold; partial credit when only minor ones fail, or when the stage before
was met in full; else 0. It is met, partial or unmet where both evaluations agree, and unknown where they do not.
"""

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Any

import pandas as pd

from readiness.catalog import NO_SOURCE, Catalogue
from readiness.criterion import WORDS
from readiness.stage import STAGES

COLUMNS: dict[str, str] = {
    "target": "str",
    "stage": "str",
    "requirement": "str",
    "dimension": "str",
    "status": "str",
    "floor": "float64",
    "ceiling": "float64",
    "weight": "float64",
    "waived": "bool",
    "reason": "str",
    "facts": "str",
}
"""Columns of the findings frame; `floor` and `ceiling` are credits from 0 to 1, `facts` names separated by a space."""

SKEW = timedelta(minutes=5)
"""How far a clock may run ahead of the one that judges; an observation from further ahead does not count."""

STATUSES = ("met", "partial", "unmet", "unknown", "not applicable")

_COMPARE: dict[str, Callable[[pd.Series, pd.Series], pd.Series]] = {
    "at_least": lambda value, threshold: value >= threshold,
    "at_most": lambda value, threshold: value <= threshold,
    "above": lambda value, threshold: value > threshold,
    "below": lambda value, threshold: value < threshold,
}


def judge(
    evidence: pd.DataFrame,
    catalogue: Catalogue,
    *,
    now: datetime,
    partial_credit: float,
    not_applicable: dict[str, str] | None = None,
    waived: Collection[str] = (),
    targets: Collection[str] = (),
) -> pd.DataFrame:
    """Judge every requirement for every stage that demands it, for every target in the evidence.

    Args:
        evidence: The evidence frame.
        catalogue: What is demanded.
        now: Time of judging, UTC; evidence older than its max_age (the fact's or the requirement's) is unknown.
        partial_credit: Credit of a partly met requirement, 0 to 1.
        not_applicable: Requirement id → declared reason; weightless, and listed.
        waived: Ids of requirements with a waiver in force; the credit stays what it is.
        targets: Targets to judge even where there is no evidence of them: all they are asked is unknown.

    Returns:
        The findings frame, in the catalogue's order.
    """
    judged = evaluate(evidence, catalogue.criteria, now, targets)
    rows, announced = judged[~judged["announced"]].copy(), judged[judged["announced"]]
    keys = ["target", "stage", "requirement"]
    rows["floor_holds"] = rows["holds"].fillna(False).astype(bool)
    rows["ceiling_holds"] = rows["holds"].fillna(True).astype(bool)
    findings = rows[keys].drop_duplicates(ignore_index=True)
    for side in ("floor", "ceiling"):
        findings[side] = _credit(rows, keys, f"{side}_holds", partial_credit)
    findings = findings.merge(_reasons(rows, keys), on=keys, validate="1:1")

    _announce(findings, announced, keys)

    items = catalogue.requirements
    findings["dimension"] = [items[name].dimension for name in findings["requirement"]]
    findings["weight"] = [float(items[name].weight) for name in findings["requirement"]]
    findings["facts"] = [" ".join(items[name].facts) for name in findings["requirement"]]
    findings["waived"] = findings["requirement"].isin(list(waived))
    known = findings["floor"] == findings["ceiling"]
    findings["status"] = "unknown"
    findings.loc[known, "status"] = "partial"
    findings.loc[known & (findings["floor"] == 1), "status"] = "met"
    findings.loc[known & (findings["floor"] == 0), "status"] = "unmet"
    for name, reason in (not_applicable or {}).items():
        rows_of = findings["requirement"] == name
        findings.loc[rows_of, ["floor", "ceiling", "weight"]] = 0.0
        findings.loc[rows_of, ["status", "reason"]] = ["not applicable", reason]
    order = {name: place for place, name in enumerate(items)}
    findings["_order"] = findings["requirement"].map(order)
    findings["_stage"] = findings["stage"].map(STAGES.index)
    findings = findings.sort_values(["target", "_stage", "_order"], ignore_index=True)
    return findings[list(COLUMNS)].astype(COLUMNS)


def evaluate(
    evidence: pd.DataFrame, criteria: pd.DataFrame, now: datetime, targets: Collection[str] = ()
) -> pd.DataFrame:
    """One row a target and criterion; `holds` is True, False or NA, `stale` and `ahead` what time has against it.

    `announced` says that it does not count yet.
    """
    names = dict.fromkeys([*evidence["target"].unique(), *targets])
    rows = (
        pd.DataFrame({"target": pd.Series(list(names), dtype="str")})
        .merge(criteria, how="cross")
        .merge(evidence, how="left", on=["target", "fact"], suffixes=("", "_observed"), validate="m:1")
    )
    age = now - rows["observed_at"]
    fresh = (age <= rows[["max_age", "max_age_observed"]].min(axis=1)) & (age >= -SKEW)
    seen = (rows["status"] == "observed") & fresh
    holds = pd.Series(pd.NA, index=rows.index, dtype="boolean")
    for operator, compare in _COMPARE.items():
        chosen = rows[seen & (rows["operator"] == operator)]
        threshold = chosen["threshold"].astype("Float64")
        low, high = (chosen[side].fillna(chosen["number"]) for side in ("low", "high"))
        at_low, at_high = compare(low, threshold), compare(high, threshold)
        # a measured value whose interval holds the threshold does not decide
        holds[chosen.index] = at_low.where(at_low == at_high, pd.NA)
    equal = rows[seen & (rows["operator"] == "is") & (rows["boolean"].notna() | rows["text"].notna())]
    value = equal["boolean"].astype(object).where(equal["boolean"].notna(), equal["text"])
    holds[equal.index] = value == equal["threshold"]
    choice = rows[seen & (rows["operator"] == "one_of") & rows["text"].notna()]
    holds[choice.index] = [text in options for text, options in zip(choice["text"], choice["threshold"], strict=True)]
    rows["holds"] = holds
    rows["stale"] = (rows["status"] == "observed") & ~fresh
    rows["ahead"] = rows["stale"] & (age < -SKEW)
    rows["announced"] = rows["begins"] > now
    return rows


def _credit(rows: pd.DataFrame, keys: list[str], column: str, partial_credit: float) -> Any:
    """Credits in the order in which the keys first appear in `rows`."""
    groups = rows.assign(held=rows[column] | rows["minor"]).groupby(keys, sort=False)
    whole = groups[column].all()
    # a requirement whose every criterion is minor still has to show something
    major = groups["held"].all() & groups[column].any()
    before = whole.groupby(level=["target", "requirement"], sort=False).shift(1, fill_value=False)
    return whole.astype(float).where(whole, (major | before).astype(float) * partial_credit).to_numpy()


def _reasons(rows: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """The reason of each finding: what fails, what is not known, what nothing observes yet; else how much was seen."""
    awaited = rows["operator"] == "awaits"
    told: dict[Any, dict[str, None]] = {}
    unsettled = rows[~rows["floor_holds"] & ~awaited]
    failing_first = unsettled.assign(open=unsettled["holds"].isna()).sort_values("open", kind="stable")
    for row in failing_first.itertuples():
        told.setdefault((row.target, row.stage, row.requirement), {})[_why(row)] = None
    sourceless: dict[Any, dict[Any, None]] = {}
    for row in rows[awaited].drop_duplicates(["stage", "requirement", "threshold"]).itertuples():
        sourceless.setdefault((row.stage, row.requirement), {})[row.threshold] = None
    counts = rows.groupby(keys, sort=False).size()
    reasons = []
    for target, stage, requirement, count in counts.reset_index().itertuples(index=False, name=None):
        parts = list(told.get((target, stage, requirement), ()))
        if awaits := sourceless.get((stage, requirement)):
            parts.append(f"{NO_SOURCE}: {'; '.join(awaits)}")
        reasons.append("; ".join(parts) or ("its one criterion holds" if count == 1 else f"all {count} criteria hold"))
    return counts.index.to_frame(index=False).assign(reason=pd.Series(reasons, dtype="str"))


def _announce(findings: pd.DataFrame, announced: pd.DataFrame, keys: list[str]) -> None:
    """Add to a finding's reason what is going to count, and what that would say."""
    if announced.empty:
        return
    told: dict[Any, list[str]] = {}
    row: Any
    for row in announced.itertuples():
        says = f"{row.fact} holds" if pd.notna(row.holds) and bool(row.holds) else _why(row)
        told.setdefault((row.target, row.stage, row.requirement), []).append(f"from {row.begins:%Y-%m-%d} on: {says}")
    findings["reason"] = [
        "; ".join([reason, *told.get(tuple(key), [])])
        for reason, *key in findings[["reason", *keys]].itertuples(index=False, name=None)
    ]


def _why(row: Any) -> str:
    if row.status != "observed":
        missing = (
            f" (needs the permission {row.permission})" if isinstance(row.permission, str) and row.permission else ""
        )
        reason = row.reason if isinstance(row.reason, str) and row.reason else "not observed in this run"
        return f"{row.fact} is not known: {reason}{missing}"
    if row.stale:
        fault = "later than this judgement" if row.ahead else "too old to count"
        return f"{row.fact} is not known: observed {row.observed_at:%Y-%m-%d %H:%M} UTC, {fault}"
    wanted = f"{WORDS[row.operator]}{_shown(row.threshold)}"
    if row.operator in _COMPARE:
        value = f"{_shown(row.number)} {row.unit}".strip()
        if pd.isna(row.holds):
            return f"{row.fact} is between {_shown(row.low)} and {_shown(row.high)} {row.unit}: too close to {wanted}"
        return f"{row.fact} is {value}, expected {wanted}"
    return f"{row.fact} is {_shown(row.boolean if pd.notna(row.boolean) else row.text)}, expected {wanted}"


def _shown(value: Any) -> str:
    if pd.api.types.is_bool(value):  # numpy's as well as Python's
        return "true" if value else "false"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return f"{value:,.10g}" if isinstance(value, int | float) else str(value)
