"""Figures of history: how the score moved, and how each requirement did run by run."""

import math

import pandas as pd
import plotly.graph_objects as go

from readiness.figures.canvas import INK, PAINT, STAGE_TITLES, Drawing, laid_out
from readiness.listing import MARKS, VERDICT_MARKS, interval
from readiness.stage import Stage

BAND = "rgba(0,114,178,0.18)"
LEVELS = ("unmet", "partial", "met", "unknown", "not applicable")
TABLED = 10
"""Runs, the latest, that a table has columns for: what fits a sheet of paper."""
FEWEST_COLUMNS = 12
"""Runs that the heat map has room for at least; so a first run is a column and not a wall."""


def trend(scores: pd.DataFrame, stage: Stage, as_today: pd.DataFrame | None = None) -> go.Figure:
    """The score of one stage over time: a band from floor to ceiling, and what the gate demanded.

    Args:
        scores: The scores of one target's history; a declared point stands apart, marked.
        stage: Which stage.
        as_today: What the current catalogue would have said of the same runs: target, run, at, stage, floor.
    """
    of_stage = scores[scores["stage"] == stage].sort_values("at")
    seen, said = (of_stage[of_stage["kind"] == kind] for kind in ("observed", "declared"))
    at = seen["at"].dt.strftime("%Y-%m-%dT%H:%M:%SZ").to_list()
    told = [
        f"{row['run']}<br>{VERDICT_MARKS[row['verdict']]} {row['verdict']}"
        f"<br>{interval(row['floor'], row['ceiling'])} of 100"
        for row in seen.to_dict("records")
    ]
    line = {"mode": "lines+markers", "x": at, "hovertext": told, "hoverinfo": "text"}
    alone = {"mode": "markers", "marker": {"symbol": "line-ew", "size": 24, "line": {"width": 2, "color": INK}}}
    traces = [
        go.Scatter(
            y=seen["ceiling"].to_list(),
            name="possible",
            line={"color": PAINT["met"], "width": 1, "dash": "dot"},
            **line,
        ),
        go.Scatter(
            y=seen["floor"].to_list(),
            name="proven",
            line={"color": PAINT["met"], "width": 2},
            fill="tonexty",
            fillcolor=BAND,
            **line,
        ),
        go.Scatter(
            x=at,
            y=seen["minimum"].to_list(),
            name="minimum",
            line={"color": INK, "width": 2, "dash": "dash", "shape": "hv"},
            meta="ink",
            hoverinfo="skip",
            **({"mode": "lines"} if len(at) > 1 else alone),  # a line through one point is not seen
        ),
    ]
    hindsight: dict[str, float] = {}
    if as_today is not None and not as_today.empty:
        today = as_today[as_today["stage"] == stage].sort_values("at")
        hindsight = dict(zip(today["run"], today["floor"], strict=True))
        traces.append(
            go.Scatter(
                x=today["at"].dt.strftime("%Y-%m-%dT%H:%M:%SZ").to_list(),
                y=today["floor"].to_list(),
                name="as today's catalogue would have said",
                mode="lines+markers",
                line={"color": PAINT["unavailable"], "width": 1},
                marker={"symbol": "triangle-down", "size": 7},
                hovertemplate="%{y:.1f} by today's catalogue<extra></extra>",
            )
        )
    if not said.empty:
        traces.append(
            go.Scatter(
                x=said["at"].dt.strftime("%Y-%m-%dT%H:%M:%SZ").to_list(),
                y=said["floor"].to_list(),
                name="declared, not observed",
                mode="markers",
                marker={"symbol": "diamond-open", "size": 12, "color": PAINT["not applicable"], "line": {"width": 2}},
                hovertemplate="%{y:g} declared<extra></extra>",
            )
        )
    figure = Drawing(traces)
    columns = ["run", "verdict", "score", "minimum"]
    rows = [
        [row["run"], row["verdict"] or "declared", interval(row["floor"], row["ceiling"]), _points(row["minimum"])]
        for row in of_stage.to_dict("records")
    ]
    if hindsight:
        columns.append("proven by today's catalogue")
        rows = [[*row, _points(round(hindsight.get(row[0], math.nan), 1))] for row in rows]
    meta = {"summary": f"Score for {STAGE_TITLES[stage]}, run by run", "columns": columns, "rows": rows}
    laid_out(figure, meta, height=320)
    figure.update_layout(margin_t=40)
    figure.update_yaxes(autorange=False, range=[0, 101], showgrid=True, gridcolor="rgba(127,127,127,0.25)")
    figure.update_xaxes(type="date", ticklabelstandoff=6)
    return figure


def _points(value: float) -> str:
    return "" if pd.isna(value) else f"{value:g}"


def requirement_runs(findings: pd.DataFrame, stage: Stage, last: int = 30, *, moving: bool = False) -> go.Figure:
    """Requirement by run, a mark and colour for each status; the newest run on the right.

    Args:
        findings: The findings of one target's history.
        stage: Which stage.
        last: How many of the last runs to show.
        moving: Show only requirements that did not have the same status in all of them; of none, all are shown.
    """
    of_stage = findings[findings["stage"] == stage]
    count = of_stage["run"].nunique()
    runs = sorted(of_stage["run"].unique())[-last:]
    names = list(dict.fromkeys(of_stage.loc[of_stage["run"].isin(runs[-1:]), "requirement"]))
    table = of_stage.pivot_table(index="requirement", columns="run", values="status", aggfunc="first")
    table = table.reindex(index=names, columns=runs).astype(object)
    table = table.where(table.notna(), "")
    steady = table.nunique(axis=1) <= 1
    left_out = int(steady.sum()) if moving and not steady.all() else 0
    if left_out:
        table = table[~steady]
        names = list(table.index)
    levels = {name: place for place, name in enumerate(LEVELS)}
    share = 1 / len(LEVELS)
    scale = [
        [edge, PAINT[name]]
        for place, name in enumerate(LEVELS)
        for edge in (place * share, min((place + 1) * share, 1))
    ]
    cells = [[str(status) for status in row] for row in table.to_numpy()]
    figure = Drawing(
        go.Heatmap(
            x=runs,
            y=names,
            z=[[levels.get(status) for status in row] for row in cells],
            zmin=-0.5,
            zmax=len(LEVELS) - 0.5,
            colorscale=scale,
            showscale=False,
            text=[[MARKS.get(status, "") for status in row] for row in cells],
            texttemplate="%{text}",
            textfont_color="#000000",  # the one ink that contrasts at least 4 to 1 with every colour here
            customdata=cells,
            hovertemplate="%{y}<br>%{x}<br>%{customdata}<extra></extra>",
            xgap=1,
            ygap=1,
        )
    )
    seen = {status for row in cells for status in row}
    for status in (status for status in LEVELS if status in seen):
        key = {"symbol": "square", "size": 12, "color": PAINT[status]}
        figure.add_trace(go.Scatter(x=[None], y=[None], name=f"{MARKS[status]} {status}", mode="markers", marker=key))
    days = [run[:10] for run in runs]
    labels = [
        day + (f" {run[11:13]}:{run[13:15]}" if days.count(day) > 1 else "")
        for day, run in zip(days, runs, strict=True)
    ]
    rows = [
        [name, *(MARKS.get(status, "") for status in row[-TABLED:])] for name, row in zip(names, cells, strict=True)
    ]
    latest = f", the last {len(runs)} of {count} runs" if count > len(runs) else ""
    rest = f"; left out are {left_out} that were the same throughout" if left_out else ""
    summary = f"Requirements of {STAGE_TITLES[stage]}, run by run{latest}{rest}"
    meta = {"summary": summary, "columns": ["", *labels[-TABLED:]], "rows": rows}
    laid_out(figure, meta, height=140 + 20 * len(names))
    figure.update_layout(margin_b=84)
    width = [-0.5, max(len(runs), FEWEST_COLUMNS) - 0.5]
    figure.update_xaxes(
        type="category", showgrid=False, tickvals=runs, ticktext=labels, tickangle=-45, range=width, autorange=False
    )
    return figure
