"""Figures of a survey: what was seen, and how long it took."""

from collections.abc import Mapping

import pandas as pd
import plotly.graph_objects as go

from readiness.figures.canvas import FACT_MARKS, PAINT, Drawing, counted, laid_out, stacked


def facts_by_status(evidence: pd.DataFrame) -> go.Figure:
    """How many facts each probe observed, and how the observing went with the others.

    Args:
        evidence: The evidence frame.
    """
    counts = counted(evidence["fact"].str.split(".").str[0], evidence["status"])
    counts = counts.reindex(columns=list(FACT_MARKS), fill_value=0)
    return stacked(counts, "Facts of each probe by status", FACT_MARKS, "facts")


def probe_seconds(seconds: Mapping[str, float]) -> go.Figure:
    """How long each probe took, in seconds, the longest on top.

    Args:
        seconds: Probe → seconds.
    """
    taken = pd.Series(seconds, dtype="float64").sort_values(ascending=False)
    figure = Drawing(
        go.Bar(
            x=taken.to_list(),
            y=list(taken.index),
            orientation="h",
            marker_color=PAINT["observed"],
            text=[f"{value:.2f} s" for value in taken],
            textposition="outside",
            cliponaxis=False,
            hovertemplate="%{y}: %{x:.3f} s<extra></extra>",
        )
    )
    rows = [[name, f"{value:.2f}"] for name, value in taken.items()]
    meta = {"summary": "Seconds each probe took", "columns": ["probe", "seconds"], "rows": rows}
    return laid_out(figure, meta, height=60 + 24 * len(taken), xaxis_title="s")
