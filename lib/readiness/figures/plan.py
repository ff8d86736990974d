"""Figures of a plan: the shortest path to a gate, laid out by week."""

import plotly.graph_objects as go

from readiness.figures.canvas import PAINT, STAGE_TITLES, Drawing, laid_out
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
                marker={"color": colour, "pattern": {"shape": shape, "fgcolor": "#ffffff", "bgcolor": colour}},
                text=[f"{item.effort:g} d, +{item.points:.1f}" for item, _ in chosen],
                textposition="auto",
                hovertemplate="%{y}: %{text} points<extra></extra>",
            )
            for words, colour, shape, mandatory in (
                ("! mandatory", PAINT["unmet"], "", True),
                ("for points", PAINT["met"], "/", False),
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
