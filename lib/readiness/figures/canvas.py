"""What figures share: colours, marks, layout, and the kinds of chart that several are drawn as."""

import json
from collections.abc import Mapping
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from readiness.listing import interval

MIME = "application/vnd.plotly.v1+json"
"""Media type of a figure in a notebook's output."""

INK = "#767676"
"""Grey that is legible on white and on near-black; the report's page replaces it with its own text colour."""

PAINT = {
    "met": "#0072B2",
    "partial": "#56B4E9",
    "unmet": "#D55E00",
    "unknown": "#999999",
    "not applicable": "#CC79A7",
    "observed": "#0072B2",
    "unavailable": "#E69F00",
    "error": "#D55E00",
    "skipped": "#999999",
}
FACT_MARKS = {"observed": "✓", "unavailable": "?", "error": "!", "skipped": "–"}
VERDICT_WORDS = {"go": "Go", "no-go": "No-go", "undetermined": "Undetermined"}
STAGE_TITLES = {"alpha": "Alpha", "beta": "Beta", "ga": "GA"}


class Drawing(go.Figure):  # type: ignore[misc]
    """A figure that Jupyter shows from its data alone.

    Plotly's own way there loads its renderers and a notebook validator first, 1.5 s in every fresh kernel, and puts an
    address into the output.
    """

    _ipython_display_ = None
    _repr_html_ = None

    def _repr_mimebundle_(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        return {MIME: json.loads(self.to_json())}


def counted(rows: pd.Series, columns: pd.Series) -> pd.DataFrame:
    """How often each pair occurs; not crosstab, which stumbles over nothing at all."""
    return pd.Series(1, pd.MultiIndex.from_arrays([rows, columns])).groupby(level=[0, 1]).sum().unstack(fill_value=0)


def bar_of(label: str, floor: float, ceiling: float, mark: float, of: float) -> dict[str, Any]:
    """One bar of `intervals`: what is proven, what is possible, what is demanded, and of how much."""
    values = {"floor": floor, "ceiling": ceiling, "mark": mark, "of": of}
    return {"label": label, **{name: round(float(value), 3) for name, value in values.items()}}


def intervals(bars: list[dict[str, Any]], summary: str, mark: str) -> go.Figure:
    """Bars from floor to ceiling, with the demand marked."""
    labels = [bar["label"] for bar in bars]
    told = [
        f"{bar['label']}<br>{interval(bar['floor'], bar['ceiling'])} of {bar['of']:g}, {bar['mark']:g} {mark}"
        for bar in bars
    ]
    hover = {"y": labels, "hovertext": told, "hoverinfo": "text", "orientation": "h"}
    figure = Drawing(
        [
            go.Bar(x=[bar["of"] for bar in bars], name="possible", marker=_outline(), width=0.62, **hover),
            go.Bar(
                x=[bar["floor"] for bar in bars],
                name="proven",
                marker_color=PAINT["met"],
                width=0.62,
                zorder=1,
                **hover,
            ),
            go.Bar(
                x=[bar["ceiling"] - bar["floor"] for bar in bars],
                base=[bar["floor"] for bar in bars],
                name="not known",
                marker={
                    "color": "rgba(0,114,178,0.12)",
                    "line": {"color": PAINT["met"], "width": 1},
                    "pattern": {
                        "shape": "/",
                        "size": 6,
                        "solidity": 0.3,
                        "fgcolor": PAINT["met"],
                        "bgcolor": "rgba(0,0,0,0)",
                    },
                },
                width=0.62,
                zorder=1,
                **hover,
            ),
            go.Scatter(
                x=[bar["mark"] for bar in bars],
                y=labels,
                name=mark,
                mode="markers",
                marker={"symbol": "line-ns", "size": 24, "line": {"width": 3, "color": INK}},
                meta="ink",
                hoverinfo="skip",
                zorder=2,
            ),
        ]
    )
    figure.update_layout(barmode="overlay")
    most = max((bar["of"] for bar in bars), default=1.0)
    figure.update_xaxes(range=[0, most * 1.02])
    return laid_out(figure, {"summary": summary, "mark": mark, "bars": bars}, height=88 + 29 * len(bars))


def _outline() -> dict[str, Any]:
    return {"color": "rgba(127,127,127,0.08)", "line": {"color": "rgba(127,127,127,0.45)", "width": 1}}


def stacked(counts: pd.DataFrame, summary: str, marks: Mapping[str, str], unit: str) -> go.Figure:
    """Stacked bars of counts by status; those that never occur are left out."""
    seen = {status: f"{mark} {status}" for status, mark in marks.items() if counts[status].any()}
    figure = Drawing(
        [
            go.Bar(
                x=counts[status].to_list(),
                y=list(counts.index),
                orientation="h",
                name=name,
                marker={"color": PAINT[status], "line": {"width": 0}},
                text=[f"{marks[status]} {count}" if count else "" for count in counts[status]],
                textposition="inside",
                insidetextanchor="middle",
                textangle=0,
                textfont_color=_on(PAINT[status]),
                hovertemplate=f"%{{y}}: %{{x}} {unit} {status}<extra></extra>",
            )
            for status, name in seen.items()
        ]
    )
    figure.update_layout(barmode="stack")
    values = counts[list(seen)].to_numpy()
    rows = [[str(name), *map(int, row)] for name, row in zip(counts.index, values, strict=True)]
    meta = {"summary": summary, "columns": ["", *seen.values()], "rows": rows}
    return laid_out(figure, meta, height=92 + 28 * len(counts))


def _on(colour: str) -> str:
    """Black or white, whichever contrasts more (relative luminance, WCAG 2.2)."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    luminance = sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
    return "#000000" if (luminance + 0.05) / 0.05 > 1.05 / (luminance + 0.05) else "#ffffff"


def laid_out(figure: go.Figure, meta: dict[str, Any], *, height: int, xaxis_title: str = "") -> go.Figure:
    """The figure in the layout of all, carrying what a page without scripts draws it from."""
    figure.update_layout(
        template="none",
        meta=meta,
        height=height,
        margin={"l": 8, "r": 16, "t": 8, "b": 36},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"color": INK, "size": 13, "family": "system-ui, sans-serif"},
        legend={"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 0, "traceorder": "normal"},
        hoverlabel={"align": "left"},
    )
    figure.update_yaxes(
        automargin=True, ticks="", ticksuffix="  ", showgrid=False, zeroline=False, autorange="reversed"
    )
    figure.update_xaxes(gridcolor="rgba(127,127,127,0.25)", zeroline=False, title=xaxis_title or None)
    return figure
