"""Figures of a plan: the shortest path to a gate by week, and when its points will be there."""

from datetime import timedelta

import pandas as pd
import plotly.graph_objects as go

from readiness.figures.canvas import INK, PAINT, STAGE_TITLES, Drawing, laid_out
from readiness.forecast import Forecast, counted
from readiness.shortest_path import Path

_WEEK = timedelta(weeks=1)
"""Beside a single run, so that there is something to draw between."""


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
    told = f"{path.effort:g} person-days in {path.weeks} week{'s' if path.weeks != 1 else ''}"
    if not path.items:
        told = "; ".join(path.obstacles) or "nothing left to do"
    meta = {
        "summary": f"{STAGE_TITLES[path.stage]}: {told}",
        "columns": ["requirement", "weeks", "person-days", "points"],
        "rows": rows,
    }
    laid_out(figure, meta, height=92 + 28 * max(1, len(path.items)), xaxis_title="week")
    figure.update_layout(barmode="overlay")
    figure.update_yaxes(categoryorder="array", categoryarray=labels, visible=bool(labels))
    # room for the words beside the last bar
    weeks = max(path.weeks, 1)
    figure.update_xaxes(range=[0.5, 1.15 * weeks + 0.5], dtick=max(1, weeks // 12), visible=bool(labels))
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
                y=[floors[-1], max(needed, floors[-1])],  # level where only what is mandatory is still open
                name=f"{words} by {day}",
                mode="lines",
                line={"color": PAINT["unavailable"], "dash": dash, "width": 2},
                hoverinfo="name",
            )
        )
    if at:
        figure.add_trace(
            go.Scatter(
                x=[at[0] - _WEEK, dates[-1][1] if dates else at[-1] + _WEEK],
                y=[needed, needed],
                name="needed",
                mode="lines",
                line={"color": INK, "dash": "dot"},
                meta="ink",
                hoverinfo="skip",
            )
        )
    told_of = "points and what is mandatory" if told.open else "points"
    outlook = told.why_not or ("the points are there" if told.reached else f"{told_of}, and when they will be enough")
    meta = {
        "summary": f"{STAGE_TITLES[stage]}: {outlook}",
        "columns": ["", "date"],
        "rows": [[words, str(day)] for words, day in dates] or [["", outlook]],
    }
    laid_out(figure, meta, height=300)
    figure.update_xaxes(type="date", ticklabelstandoff=6)
    figure.update_yaxes(autorange=False, range=[0, 102], showgrid=True, gridcolor="rgba(127,127,127,0.25)")
    return figure
