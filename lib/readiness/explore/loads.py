"""Load tests of the target that lies open, and their figures."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ipywidgets import Dropdown

from readiness.errors import BadInput
from readiness.explore.choice import offer
from readiness.explore.desk import Desk
from readiness.explore.fragment import note, preformatted
from readiness.explore.pane import Pane, Shown
from readiness.load.publishing import RECORD, loads_of
from readiness.load.summary import summary
from readiness.report.section import Section
from readiness.report.words import visible

SILENT = "The record of this test does not hold what this is made of."
NONE = "No load test of this target is on record; `readiness load` makes one."


class Loads:
    """The load tests on record, one of which is chosen.

    Args:
        desk: Says which target.

    Attributes:
        test: Chooses one; at first the newest.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.test = Dropdown(description="Load test")
        self._renew()
        desk.heed(self._renew)

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        return self._desk.pane(lambda run: self._drawn(_summary), self.test)._repr_mimebundle_(**kwargs)

    def pane(self, draw: Callable[[dict[str, Any]], Shown]) -> Pane:
        """A pane on what `draw` makes of the record; nothing where there is none."""
        pane = self._desk.pane(lambda run: self._drawn(draw) if self.test.value else note(""))
        self.test.observe(pane.redraw, "value")
        return pane

    def _drawn(self, draw: Callable[[dict[str, Any]], Shown]) -> Shown:
        try:
            return draw(self.record)
        except (KeyError, TypeError):  # the summary of another tool has no seconds, an older record not every part
            return note(SILENT)

    @property
    def record(self) -> dict[str, Any]:
        """The record of the one that is chosen.

        Raises:
            BadInput: There is none, or it cannot be read.
        """
        if not self.test.value:
            raise BadInput(NONE)
        path = self._folder / self.test.value / RECORD
        try:
            told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise BadInput(f"{path}: cannot be read: {error}") from None
        return told

    @property
    def _folder(self) -> Path:
        return loads_of(self._desk.place, str(self._desk.target.value))

    def _renew(self) -> None:
        found = sorted((path.parent.name for path in self._folder.glob(f"[!.]*/{RECORD}")), reverse=True)
        offer(self.test, found)


def _summary(record: dict[str, Any]) -> Section:
    return preformatted("load test", "\n".join(map(visible, summary(record))))
