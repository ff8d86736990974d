"""Figures of a history: the score of a stage over time, and every requirement in every run."""

from typing import Any

import pandas as pd
import plotly.graph_objects as go

from readiness.figures.canvas import INK, PAINT, STAGE_TITLES, VERDICT_MARKS, Drawing, laid_out
from readiness.judge import STATUSES
from readiness.listing import MARKS, interval

_ROWS = 20
MOST_RUNS = 60
"""Runs that the map shows, the latest: more are narrower than what can be told apart."""


def score_trend(decisions: pd.DataFrame, stage: str, declared: pd.DataFrame | None = None) -> go.Figure:
    """The score of a stage over time: a band from floor to ceiling, against what its gate needs.

    Args:
        decisions: As `History.decisions`.
        stage: Which.
        declared: As `history.declared`: what was once declared by hand, drawn as such.
    """
    rows = decisions[(decisions["stage"] == stage) & decisions["whole"]].sort_values("at", kind="stable")
    at = list(rows["at"])
    each: list[Any] = list(rows.itertuples())
    told = [
        f"{row.run}: {VERDICT_MARKS.get(row.verdict, '')} {row.verdict}, {interval(row.floor, row.ceiling)}"
        for row in each
    ]
    floors, ceilings = rows["floor"].to_list(), rows["ceiling"].to_list()
    figure = Drawing(
        [
            go.Scatter(
                x=at + at[::-1],
                y=ceilings + floors[::-1],
                fill="toself",
                fillcolor="rgba(0,114,178,0.16)",
                line={"width": 0},
                name="not known",
                hoverinfo="skip",
            ),
            go.Scatter(
                x=at,
                y=floors,
                name="proven",
                mode="lines+markers",
                line={"color": PAINT["met"], "width": 2},
                hovertext=told,
                hoverinfo="text",
            ),
            go.Scatter(
                x=at,
                y=rows["minimum"].to_list(),
                name="needed",
                mode="lines",
                line={"color": INK, "dash": "dot", "shape": "hv"},
                meta="ink",
                hoverinfo="skip",
            ),
        ]
    )
    rows_told = [[row.run, row.verdict, f"{row.floor:.1f}", f"{row.ceiling:.1f}"] for row in each]
    once = declared[declared["stage"] == stage] if declared is not None else None
    if once is not None and len(once):
        figure.add_trace(
            go.Scatter(
                x=list(once["at"]),
                y=once["floor"].to_list(),
                name="declared by hand",
                mode="markers",
                marker={"symbol": "diamond-open", "size": 11, "line": {"width": 2}, "color": PAINT["unmet"]},
                hovertemplate="declared: %{y:g} of 100<extra></extra>",
            )
        )
        by_hand: list[Any] = list(once.itertuples())
        rows_told = [[row.run, "declared", f"{row.floor:.1f}", f"{row.ceiling:.1f}"] for row in by_hand] + rows_told
    meta = {
        "summary": f"{STAGE_TITLES[stage]}: score over time, of 100 points",
        "columns": ["run", "verdict", "floor", "ceiling"],
        "rows": rows_told[-_ROWS:],
    }
    laid_out(figure, meta, height=300)
    figure.update_yaxes(autorange=False, range=[0, 102], showgrid=True, gridcolor="rgba(127,127,127,0.25)")
    return figure


def requirement_map(findings: pd.DataFrame, stage: str) -> go.Figure:
    """Every requirement of a stage in each of the latest runs; those that never changed come last.

    Args:
        findings: As `History.findings`.
        stage: Which.
    """
    rows = findings[findings["stage"] == stage]
    table = rows.pivot_table(index="requirement", columns="run", values="status", aggfunc="last", sort=True)
    table = table[list(table.columns)[-MOST_RUNS:]]
    changes = (table.ne(table.shift(axis=1)) & table.shift(axis=1).notna()).sum(axis=1)
    table = table.loc[changes.sort_values(ascending=False, kind="stable").index]
    number = {status: index for index, status in enumerate(STATUSES)}
    scale = [
        [edge, PAINT[status]]
        for index, status in enumerate(STATUSES)
        for edge in (index / len(STATUSES), (index + 1) / len(STATUSES))
    ]
    marks = table.map(lambda status: MARKS.get(status, ""))
    figure = Drawing(
        go.Heatmap(
            x=list(table.columns),
            y=list(table.index),
            z=table.map(number.get).to_numpy(dtype=float, na_value=float("nan")).tolist(),
            zmin=-0.5,
            zmax=len(STATUSES) - 0.5,
            colorscale=scale,
            showscale=False,
            xgap=1,
            ygap=1,
            text=marks.fillna("").to_numpy().tolist(),
            texttemplate="%{text}" if len(table.columns) <= MOST_RUNS // 2 else "",
            hovertext=table.fillna("").to_numpy().tolist(),
            hovertemplate="%{y}<br>%{x}: %{hovertext}<extra></extra>",
        )
    )
    moved = changes[(changes > 0) | (len(table.columns) == 1)]
    latest = [[name, str(table.at[name, table.columns[-1]]), str(count)] for name, count in moved.items()]
    meta = {
        "summary": f"{STAGE_TITLES[stage]}: requirements in each run",
        "columns": ["requirement", "latest", "changes"],
        "rows": latest[:_ROWS],
    }
    laid_out(figure, meta, height=80 + 16 * len(table))
    figure.update_xaxes(type="category", showgrid=False, tickangle=-60)
    return figure
