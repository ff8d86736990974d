"""Figure of a change: how the parts lead from the score before to the score after."""

from typing import Any

import plotly.graph_objects as go

from readiness.change import Change
from readiness.figures.canvas import PAINT, STAGE_TITLES, Drawing, laid_out
from readiness.listing import interval

TITLES = {
    "catalogue": "Catalogue or weights",
    "scope": "What applies",
    "expired": "Expired evidence",
    "attestations": "Attestations",
    "coverage": "Coverage",
    "noise": "Measurement noise",
    "platform": "The platform",
}
"""The parts of a change, short enough to stand beside a bar on a phone."""
_LANES = (("proven", -0.4, 0.46), ("possible", 0.12, 0.26))
"""Floor and ceiling: name, and where in its row each has its bar; the floor is thick, as it is what gates look at."""
_KINDS = {"score": ("", "unknown"), "up": ("▲ ", "met"), "down": ("▼ ", "unmet")}
"""What a bar stands for: its mark and its colour."""


def change_waterfall(change: Change) -> go.Figure:
    """The score before, a bar for each part that moved it, and the score after; the ceiling's thin below the floor's.

    Args:
        change: As `readiness.change.change` gives it.
    """
    moving = {part: ends for part, ends in change.parts.items() if any(ends)}
    labels = ["Before", *(TITLES[part] for part in moving), "After"]
    figure = Drawing()
    for side, lane in enumerate(_LANES):
        level = change.before[side]
        bars: dict[str, list[tuple[str, float, float]]] = {kind: [] for kind in _KINDS}
        bars["score"] = [("Before", 0.0, level), ("After", 0.0, change.after[side])]
        figure.add_shape(_connector(level, 0, lane))
        for place, (part, ends) in enumerate(moving.items(), 1):
            if ends[side]:
                bars["up" if ends[side] > 0 else "down"].append((TITLES[part], level, ends[side]))
            level = round(level + ends[side], 6)
            figure.add_shape(_connector(level, place, lane))
        figure.add_traces([_bars(kind, chosen, lane) for kind, chosen in bars.items() if chosen])
    rows = [
        ["Before", *(f"{value:.1f}" for value in change.before)],
        *([TITLES[part], *map(_moved, ends)] for part, ends in moving.items()),
        ["After", *(f"{value:.1f}" for value in change.after)],
    ]
    scores = f"{interval(*change.before)} → {interval(*change.after)}"
    waivers = f"; waivers that came or went: {', '.join(change.waivers)}" if change.waivers else ""
    moved = "what moved it" if moving else "nothing moved it"
    summary = f"{STAGE_TITLES[change.stage]}: {scores}, {moved}{waivers}"
    meta = {"summary": summary, "columns": ["", "proven", "possible"], "rows": rows}
    laid_out(figure, meta, height=76 + 40 * len(labels))
    figure.update_layout(barmode="overlay")
    figure.update_yaxes(categoryorder="array", categoryarray=labels, autorange=False, range=[len(labels) - 0.5, -0.5])
    figure.update_xaxes(range=[0, 112], tickvals=[0, 25, 50, 75, 100])
    return figure


def _bars(kind: str, bars: list[tuple[str, float, float]], lane: tuple[str, float, float]) -> go.Bar:
    """Bars of one kind and lane, each of a label, where it starts and how far it goes."""
    (mark, paint), (end, offset, width) = _KINDS[kind], lane
    colour = PAINT[paint]
    told = [f"{value:.1f}" if kind == "score" else _moved(value) for _, _, value in bars]
    fill: dict[str, Any] = {"color": colour}
    if end == "possible":  # hatched, as what is not known is everywhere
        hatch = {"shape": "/", "size": 5, "solidity": 0.3, "fgcolor": colour, "bgcolor": "rgba(0,0,0,0)"}
        fill = {"color": "rgba(0,0,0,0)", "line": {"color": colour, "width": 1}, "pattern": hatch}
    return go.Bar(
        # never leftwards: a number beside a bar stands right of it, where there is room
        x=[abs(value) for _, _, value in bars],
        base=[round(min(start, start + value), 6) for _, start, value in bars],
        y=[label for label, _, _ in bars],
        orientation="h",
        offset=offset,
        width=width,
        name=f"{mark}{end}",
        marker=fill,
        text=told,
        textposition="outside",
        textfont_size=12,
        constraintext="none",
        cliponaxis=False,
        hovertext=[f"{label}<br>{end} {text}" for (label, _, _), text in zip(bars, told, strict=True)],
        hoverinfo="text",
    )


def _connector(level: float, place: int, lane: tuple[str, float, float]) -> dict[str, Any]:
    """A line from where one bar ends to where the next starts."""
    ends = {"x0": level, "x1": level, "y0": place + lane[1], "y1": place + 1 + lane[1]}
    return ends | {"type": "line", "layer": "below", "line": {"color": "rgba(127,127,127,0.6)", "width": 1}}


def _moved(points: float) -> str:
    """Points with the mark of their direction, which a colour alone would not tell everybody."""
    return f"{'▲' if points > 0 else '▼'} {points:+.1f}" if points else "0"
