"""Figures: frames to plotly. Pure, and readable on light and dark paper.

Colours are those of Okabe and Ito, which colour-blind people tell apart, and none is the only sign of anything: marks
and words say it too. Every figure carries its data in `layout.meta`, from which a page without scripts draws the same:
`summary` (one sentence) with either `bars` (label, floor, ceiling, mark, of) or `columns` and `rows`.
"""

from readiness.figures.assessment import category_bars, decision_intervals, statuses
from readiness.figures.canvas import MIME, STAGE_TITLES, VERDICT_WORDS
from readiness.figures.change import change_waterfall
from readiness.figures.history import requirement_runs, trend
from readiness.figures.load import (
    errors_by_kind,
    generator_health,
    latency_heat,
    percentile_curve,
    throughput_levels,
    watched_series,
)
from readiness.figures.plan import burn_up, path_gantt
from readiness.figures.survey import facts_by_status, probe_seconds
from readiness.listing import VERDICT_MARKS

__all__ = [
    "MIME",
    "STAGE_TITLES",
    "VERDICT_MARKS",
    "VERDICT_WORDS",
    "burn_up",
    "category_bars",
    "change_waterfall",
    "decision_intervals",
    "errors_by_kind",
    "facts_by_status",
    "generator_health",
    "latency_heat",
    "path_gantt",
    "percentile_curve",
    "probe_seconds",
    "requirement_runs",
    "statuses",
    "throughput_levels",
    "trend",
    "watched_series",
]
