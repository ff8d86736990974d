"""A pane: one thing that a notebook shows, with the controls that bear on it, drawn anew when they are moved.

Where there is no front end that knows widgets, as when papermill executes the notebook, the thing itself stands there
as it was first drawn.
"""

from collections.abc import Callable
from typing import Any

from ipywidgets import Output, VBox

from readiness.errors import ReadinessError
from readiness.explore.fragment import note
from readiness.figures.canvas import Drawing

Shown = Any
"""A figure, or what tells its own HTML: a section of the report, a table."""


class Pane:
    """One thing that is shown.

    Args:
        draw: Gives what is to be shown; what it raises that a person can mend is shown instead, in words.
        controls: Widgets that stand above it; it is drawn anew whenever the value of one changes.

    Attributes:
        shown: What was drawn last.
    """

    def __init__(self, draw: Callable[[], Shown], *controls: Any) -> None:
        self._draw = draw
        self._output = Output()
        self._widget = VBox([*controls, self._output])
        self.redraw()
        for control in controls:
            if control.has_trait("value"):
                control.observe(self.redraw, "value")

    def redraw(self, change: Any = None) -> None:
        """Draw it anew."""
        try:
            self.shown = self._draw()
        except ReadinessError as error:
            self.shown = note(str(error))
        if isinstance(self.shown, Drawing) and not self.shown.data:
            self.shown = note(f"{self.shown.layout.meta['summary']}: there is nothing to draw.")
        data = bundle(self.shown)
        self._output.outputs = ({"output_type": "display_data", "data": data, "metadata": {}},)

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        return {**self._widget._repr_mimebundle_(**kwargs), **bundle(self.shown)}


def bundle(shown: Shown) -> dict[str, Any]:
    """What a front end is told of a thing, by media type."""
    if hasattr(shown, "_repr_mimebundle_"):
        return dict(shown._repr_mimebundle_())
    return {"text/plain": repr(shown), "text/html": shown._repr_html_()}
