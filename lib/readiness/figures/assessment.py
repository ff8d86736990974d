"""Figures of an assessment: decisions, categories, statuses."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from readiness.catalog import DIMENSIONS
from readiness.figures.canvas import STAGE_TITLES, VERDICT_WORDS, bar_of, counted, intervals, stacked
from readiness.judge import STATUSES
from readiness.listing import MARKS, VERDICT_MARKS
from readiness.stage import STAGES


def decision_intervals(decision: Mapping[str, Any]) -> go.Figure:
    """The score interval of each stage, floor to ceiling of 100 points, with the minimum marked.

    Args:
        decision: Stage → decision, as `decision.decide` returns it.
    """
    bars = []
    for stage in STAGES:
        item = decision[stage]
        label = f"{STAGE_TITLES[stage]}: {VERDICT_MARKS[item['verdict']]} {VERDICT_WORDS[item['verdict']]}"
        bars.append(bar_of(label, item["floor"], item["ceiling"], item["minimum"], 100.0))
    return intervals(bars, "Score of each stage, of 100 points", "minimum")


def category_bars(scores: pd.DataFrame, stage: str, titles: Mapping[str, str] | None = None) -> go.Figure:
    """Points of every weighted dimension at one stage against the points required there.

    Args:
        scores: The scores frame of one target.
        stage: Which stage.
        titles: Dimension → title; default: its name.
    """
    rows = scores[(scores["stage"] == stage) & (scores["weight"] > 0)]
    bars = []
    row: Any
    for row in rows.itertuples():
        verdict = "met" if row.floor >= row.required else "unmet" if row.ceiling < row.required else "unknown"
        label = f"{MARKS[verdict]} {(titles or {}).get(row.dimension, row.dimension.capitalize())}"
        bars.append(bar_of(label, row.floor, row.ceiling, row.required, row.weight))
    return intervals(bars, f"{STAGE_TITLES[stage]}: points of each category", "required")


def statuses(findings: pd.DataFrame, stage: str, titles: Mapping[str, str] | None = None) -> go.Figure:
    """How many requirements of each dimension have which status at one stage.

    Args:
        findings: The findings frame of one target.
        stage: Which stage.
        titles: Dimension → title; default: its name.
    """
    rows = findings[findings["stage"] == stage]
    counts = counted(rows["dimension"], rows["status"])
    counts = counts.reindex(index=[d for d in DIMENSIONS if d in counts.index], columns=list(STATUSES), fill_value=0)
    counts.index = pd.Index([(titles or {}).get(name, name.capitalize()) for name in counts.index])
    summary = f"{STAGE_TITLES[stage]}: requirements of each dimension by status"
    return stacked(counts, summary, MARKS, "requirements")
