"""Figures of a load test, from its record."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import plotly.graph_objects as go

from readiness.figures.canvas import INK, PAINT, Drawing, laid_out

_BLUE, _ORANGE, _RED, _GREY = PAINT["met"], PAINT["unavailable"], PAINT["unmet"], PAINT["unknown"]
_COLOURS = (_BLUE, _RED, _ORANGE, PAINT["not applicable"], PAINT["partial"], _GREY)
_ROWS = 12
"""Rows that the table of a figure has at most, where it stands for a long series."""


def latency_heat(record: Mapping[str, Any]) -> go.Figure:
    """Latency from the intended start over time: how many requests of each time took how long, median and p99 above.

    Args:
        record: Of a load test.
    """
    heat, table = record["heat"], record["seconds_table"]
    edges = heat["edges_ms"]
    middles = [(low * high) ** 0.5 for low, high in pairwise(edges)]
    figure = Drawing()
    if heat["counts"]:
        columns = list(zip(*heat["counts"], strict=True))
        figure.add_trace(
            go.Heatmap(
                x=[second + 0.5 for second in heat["second"]],
                y=middles,
                z=[[value or None for value in row] for row in columns],
                colorscale=[[0, "rgba(86,180,233,0.25)"], [1, _BLUE]],
                colorbar={"title": "requests", "thickness": 10, "outlinewidth": 0},
                hovertemplate="second %{x:.0f}, about %{y:.3g} ms: %{z} requests<extra></extra>",
                hoverongaps=False,
            )
        )
    for name, words, dash, colour in (("p50_ms", "median", "solid", INK), ("p99_ms", "p99", "dot", _RED)):
        figure.add_trace(
            go.Scatter(
                x=[second + 0.5 for second in table["second"]],
                y=table[name],
                name=words,
                mode="lines",
                line={"dash": dash, "width": 2, "color": colour},
                meta="ink" if colour == INK else None,
                hovertemplate=f"second %{{x:.0f}}: {words} %{{y:.3g}} ms<extra></extra>",
            )
        )
    rows = [
        [f"{second + 1}", _ms(p50), _ms(p99)]
        for second, p50, p99 in _some(table["second"], table["p50_ms"], table["p99_ms"])
    ]
    meta = {"summary": "Latency over time, ms", "columns": ["second", "median", "p99"], "rows": rows}
    return _plain(figure, meta, "seconds", "ms", log=True)


def percentile_curve(record: Mapping[str, Any]) -> go.Figure:
    """Latency by share of requests, with 95 % intervals, against what has to hold.

    Args:
        record: Of a load test.
    """
    curve, threshold = record["curve"], record["slo"]["p99_ms"]
    tail = [100 * (1 - share) for share in curve["share"]]
    figure = Drawing(
        [
            go.Scatter(
                x=tail + tail[::-1],
                y=curve["high"] + curve["low"][::-1],
                fill="toself",
                fillcolor="rgba(0,114,178,0.18)",
                line={"width": 0},
                name="95 % interval",
                hoverinfo="skip",
            ),
            go.Scatter(
                x=tail,
                y=curve["ms"],
                name="measured",
                mode="lines+markers",
                line={"color": _BLUE, "width": 2},
                hovertemplate="all but %{x:.3g} %: %{y:.3g} ms<extra></extra>",
            ),
        ]
    )
    if threshold is not None and tail:
        figure.add_trace(
            go.Scatter(
                x=[1.0],
                y=[threshold],
                name=f"p99 has to stay below {threshold:g} ms",
                mode="markers",
                marker={"symbol": "line-ew", "size": 26, "line": {"width": 3, "color": INK}},
                meta="ink",
                hoverinfo="skip",
            )
        )
    rows = [
        [f"{100 * share:g} %", _ms(value), f"{_ms(low)} – {_ms(high)}"]
        for share, value, low, high in zip(curve["share"], curve["ms"], curve["low"], curve["high"], strict=True)
    ]
    meta = {"summary": "Latency by share of requests, ms", "columns": ["share", "ms", "95 % between"], "rows": rows}
    _plain(figure, meta, "slowest share of requests, %", "ms", log=True)
    ticks = [100, 50, 10, 1, 0.1, 0.01]
    figure.update_xaxes(type="log", autorange="reversed", tickvals=ticks, ticktext=[f"{tick:g} %" for tick in ticks])
    return figure


def throughput_levels(record: Mapping[str, Any]) -> go.Figure:
    """Throughput against requests under way at each level of a search for capacity, with the knee and the fitted law.

    Args:
        record: Of a load test; one without a search gives its own level alone.
    """
    capacity = record["capacity"]
    levels = capacity["levels"] if capacity else []
    unit = capacity["unit"] if capacity else "requests/s"
    points = [
        (one["throughput"] * (one["mean_ms"] or 0) / 1000, one["throughput"], one)
        for one in levels
        if one["mean_ms"] is not None
    ]
    points.sort(key=lambda point: point[0])
    words = {True: "held", False: "did not hold", None: "not known"}
    figure = Drawing()
    for state, symbol, colour in ((True, "circle", _BLUE), (False, "x", _RED), (None, "diamond-open", _GREY)):
        chosen = [point for point in points if (None if point[2]["void"] else point[2]["held"]) is state]
        if chosen:
            figure.add_trace(
                go.Scatter(
                    x=[point[0] for point in chosen],
                    y=[point[1] for point in chosen],
                    name=words[state],
                    mode="markers",
                    marker={"symbol": symbol, "size": 10, "color": colour},
                    text=[f"{point[2]['load']:g} {unit}" for point in chosen],
                    hovertemplate="%{text}: %{y:.0f} completed a second, %{x:.1f} under way<extra></extra>",
                )
            )
    law = (capacity or {}).get("scalability") or {}
    if points and law.get("lam"):
        most = max(point[0] for point in points)
        shares = [most * step / 60 for step in range(1, 73)]
        figure.add_trace(
            go.Scatter(
                x=shares,
                y=[_law(n, law) for n in shares],
                name="scalability law",
                mode="lines",
                line={"color": _ORANGE, "dash": "dash"},
                hoverinfo="skip",
            )
        )
    knee = next((point for point in points if capacity and point[2]["load"] == capacity["knee"]), None)
    if knee:
        figure.add_trace(
            go.Scatter(
                x=[knee[0]],
                y=[knee[1]],
                name=f"knee at {knee[2]['load']:g} {unit}",
                mode="markers",
                marker={"symbol": "circle-open", "size": 20, "line": {"width": 3}, "color": INK},
                meta="ink",
                hoverinfo="skip",
            )
        )
    rows = [[f"{one['load']:g}", f"{one['throughput']:.0f}", _ms(one["p99_ms"]), words[one["held"]]] for one in levels]
    columns = [unit, "completed a second", "p99, ms", ""]
    meta = {"summary": "Throughput at each level", "columns": columns, "rows": rows}
    return _plain(figure, meta, "requests under way", "completed a second")


def errors_by_kind(record: Mapping[str, Any]) -> go.Figure:
    """Failures of each second by kind.

    Args:
        record: Of a load test.
    """
    told = record["errors"]
    figure = Drawing(
        [
            go.Bar(
                x=[second + 0.5 for second in told["second"]],
                y=counts,
                name=kind,
                marker={
                    "color": _COLOURS[index % len(_COLOURS)],
                    "pattern": {
                        "shape": ("", "/", "x", "-", "|", "+")[index % 6],
                        "fgcolor": "#ffffff",
                        "bgcolor": _COLOURS[index % len(_COLOURS)],
                        "solidity": 0.2,
                    },
                },
                hovertemplate=f"second %{{x:.0f}}: %{{y}} {kind}<extra></extra>",
            )
            for index, (kind, counts) in enumerate(told["kinds"].items())
        ]
    )
    figure.update_layout(barmode="stack", bargap=0)
    rows = [[kind, f"{sum(counts)}"] for kind, counts in told["kinds"].items()] or [["none", "0"]]
    meta = {"summary": "Failures by kind", "columns": ["kind", "requests"], "rows": rows}
    return _plain(figure, meta, "seconds", "failed a second")


def generator_health(record: Mapping[str, Any]) -> go.Figure:
    """How the generator did, each figure as a share of what it may be.

    Args:
        record: Of a load test.
    """
    from readiness.load.generator import ACHIEVED_PCT, CPU_PCT, LATE_MS, LATE_SHARE

    told = record["generator"]
    allowed = max(LATE_MS, LATE_SHARE * (record["latency_ms"]["p50"]["value"] or 0.0))
    bars = [
        ("sent late, p99", told["late_ms"]["p99"], allowed, "ms"),
        ("loop woke late, p99", told["lag_ms"]["p99"], allowed, "ms"),
        ("processor", told["cpu_pct"], CPU_PCT, "% of a core"),
        ("not sent", round(100 - told["achieved_pct"], 3), 100 - ACHIEVED_PCT, "%"),
    ]
    shares = [100 * value / most for _, value, most, _ in bars]
    figure = Drawing(
        [
            go.Bar(
                x=shares,
                y=[f"{'✓' if share <= 100 else '✗'} {label}" for (label, *_), share in zip(bars, shares, strict=True)],
                orientation="h",
                marker_color=[_BLUE if share <= 100 else _RED for share in shares],
                text=[f"{value:g} of {most:g} {unit}" for _, value, most, unit in bars],
                textposition="outside",
                cliponaxis=False,
                name="used",
                showlegend=False,
                hovertemplate="%{y}: %{text}<extra></extra>",
            )
        ]
    )
    figure.add_vline(x=100, line={"color": INK, "width": 2, "dash": "dot"})
    rows = [[label, f"{value:g} {unit}", f"{most:g} {unit}"] for label, value, most, unit in bars]
    meta = {"summary": "The load generator itself", "columns": ["", "measured", "allowed"], "rows": rows}
    laid_out(figure, meta, height=60 + 34 * len(bars), xaxis_title="% of what is allowed")
    figure.update_xaxes(range=[0, max(140.0, max(shares) * 1.4)])
    return figure


def watched_series(record: Mapping[str, Any]) -> go.Figure:
    """The platform while it was under load, a panel each below the latency, on the same clock.

    Args:
        record: Of a load test.
    """
    from plotly.subplots import make_subplots

    series = [one for one in (record["watched"] or {}).get("series", []) if one["at_s"]]
    table = record["seconds_table"]
    titles = ["latency p99, ms", *(f"{one['name']}, {one['unit']} ({one['source']})" for one in series)]
    grid = make_subplots(rows=len(titles), cols=1, shared_xaxes=True, vertical_spacing=min(0.06, 0.5 / len(titles)))
    figure = Drawing(grid)
    figure.add_trace(
        go.Scatter(
            x=[second + 0.5 for second in table["second"]], y=table["p99_ms"], line={"color": _RED}, showlegend=False
        ),
        row=1,
        col=1,
    )
    for number, one in enumerate(series, start=2):
        figure.add_trace(
            go.Scatter(x=one["at_s"], y=one["value"], line={"color": _BLUE}, showlegend=False), row=number, col=1
        )
    rows = [[one["name"], one["source"], one["unit"], f"{max(one['value']):g}"] for one in series]
    missing = (record["watched"] or {}).get("missing", [])
    rows += [[one["name"], one["reason"], "", "not known"] for one in missing]
    meta = {"summary": "The platform meanwhile", "columns": ["", "source", "unit", "most"], "rows": rows}
    laid_out(figure, meta, height=60 + 120 * len(titles))
    for number, title in enumerate(titles, start=1):
        figure.update_yaxes(autorange=True, row=number, col=1, showgrid=True, gridcolor="rgba(127,127,127,0.25)")
        figure.add_annotation(
            text=title, x=0, xref="paper", y=1.0, yref=f"y{number if number > 1 else ''} domain", showarrow=False,
            xanchor="left", yanchor="bottom",
        )  # fmt: skip
    figure.update_layout(margin={"l": 8, "r": 16, "t": 28, "b": 44})
    figure.update_xaxes(title="seconds", row=len(titles), col=1)
    return figure


def _law(n: float, law: Mapping[str, Any]) -> float:
    lam, sigma, kappa = (float(law[name]["value"]) for name in ("lam", "sigma", "kappa"))
    return lam * n / (1 + sigma * (n - 1) + kappa * n * (n - 1))


def _ms(value: float | None) -> str:
    return "–" if value is None else f"{value:.4g}"


def _some(*columns: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Rows of a table at even distances, few enough to be read."""
    rows = list(zip(*columns, strict=True))
    return rows[:: max(1, len(rows) // _ROWS)]


def _plain(figure: go.Figure, meta: dict[str, Any], across: str, up: str, *, log: bool = False) -> go.Figure:
    """Laid out as a chart that grows upwards."""
    laid_out(figure, meta, height=340, xaxis_title=across)
    figure.update_yaxes(
        autorange=True, title=up, showgrid=True, gridcolor="rgba(127,127,127,0.25)", type="log" if log else "linear"
    )
    figure.update_layout(margin={"l": 8, "r": 16, "t": 8, "b": 48}, legend={"y": 1.02})
    return figure
