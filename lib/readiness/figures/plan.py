"""Figures of a plan: the shortest path to a gate by week, and when its points will be there."""

import pandas as pd
import plotly.graph_objects as go

from readiness.figures.canvas import INK, PAINT, STAGE_TITLES, Drawing, laid_out
from readiness.forecast import Forecast, counted
from readiness.shortest_path import Path


def path_gantt(path: Path) -> go.Figure:
    """What to complete and when, a bar each from the week it is begun to the week it is done.

    Args:
        path: As `shortest_path` gives it; one without items gives an empty chart.
    """
    labels = [f"{'! ' if item.mandatory else ''}{item.title}" for item in path.items]
    figure = Drawing(
        [
            go.Bar(
                x=[item.ends - item.begins + 1 for item, _ in chosen],
                base=[item.begins - 0.5 for item, _ in chosen],
                y=[label for _, label in chosen],
                orientation="h",
                name=words,
                marker_color=colour,
                text=[f"{item.effort:g} d, +{item.points:.1f}" for item, _ in chosen],
                textposition="auto",
                hovertemplate="%{y}: %{text} points<extra></extra>",
            )
            for words, colour, mandatory in (
                ("! mandatory", PAINT["unmet"], True),
                ("for points", PAINT["met"], False),
            )
            if (chosen := [pair for pair in zip(path.items, labels, strict=True) if pair[0].mandatory is mandatory])
        ]
    )
    rows = [
        [item.requirement, f"{item.begins}–{item.ends}", f"{item.effort:g}", f"{item.points:.1f}"]
        for item in path.items
    ]
    meta = {
        "summary": f"{STAGE_TITLES[path.stage]}: {path.effort:g} person-days in {path.weeks} weeks",
        "columns": ["requirement", "weeks", "person-days", "points"],
        "rows": rows,
    }
    laid_out(figure, meta, height=92 + 28 * max(1, len(path.items)), xaxis_title="week")
    figure.update_layout(barmode="overlay")
    figure.update_yaxes(categoryorder="array", categoryarray=labels)
    figure.update_xaxes(range=[0.5, max(path.weeks, 1) + 0.5], dtick=max(1, path.weeks // 12))
    return figure


def burn_up(scores: pd.DataFrame, stage: str, told: Forecast) -> go.Figure:
    """Points of a stage so far, and the fan of dates by which what its gate needs will be there.

    Args:
        scores: The scores of history.
        stage: Which.
        told: As `forecast` gives it for them; without dates only the past is drawn.
    """
    rows = counted(scores, stage)
    at, floors = list(rows["at"]), rows["floor"].to_list()
    needed = float(rows["minimum"].iloc[-1]) if len(rows) else 0.0
    figure = Drawing(
        go.Scatter(x=at, y=floors, name="proven", mode="lines+markers", line={"color": PAINT["met"], "width": 2})
    )
    dates = [(words, day) for words, day in (("50 %", told.p50), ("85 %", told.p85), ("95 %", told.p95)) if day]
    for (words, day), dash in zip(dates, ("solid", "dash", "dot"), strict=False):
        figure.add_trace(
            go.Scatter(
                x=[at[-1], day],
                y=[floors[-1], needed],
                name=f"{words} by {day}",
                mode="lines",
                line={"color": PAINT["unavailable"], "dash": dash, "width": 2},
                hoverinfo="name",
            )
        )
    if at:
        figure.add_trace(
            go.Scatter(
                x=[at[0], dates[-1][1] if dates else at[-1]],
                y=[needed, needed],
                name="needed",
                mode="lines",
                line={"color": INK, "dash": "dot"},
                meta="ink",
                hoverinfo="skip",
            )
        )
    meta = {
        "summary": f"{STAGE_TITLES[stage]}: {told.why_not or 'points so far, and when they will be enough'}",
        "columns": ["", "date"],
        "rows": [[words, str(day)] for words, day in dates] or [["", told.why_not or "the points are there"]],
    }
    laid_out(figure, meta, height=300)
    figure.update_yaxes(autorange=False, range=[0, 102], showgrid=True, gridcolor="rgba(127,127,127,0.25)")
    return figure
