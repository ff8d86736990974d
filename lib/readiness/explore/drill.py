"""The drill: from a category to its requirements, to the evidence of one, to the recorded exchange it rests on."""

import json
from collections.abc import Sequence
from typing import Any

from ipywidgets import Dropdown, HBox, Layout

from readiness.explore.choice import STYLE, offer
from readiness.explore.desk import Desk
from readiness.explore.fragment import fragment
from readiness.explore.frames import answered, asked
from readiness.explore.opened import Opened
from readiness.listing import MARKS
from readiness.report.rows import Line, Row
from readiness.report.section import Section
from readiness.report.words import visible

WORST_FIRST = ("unmet", "partial", "unknown", "met", "not applicable")
LONGEST = 20_000
"""Characters of a recorded exchange that are shown."""
_LABEL = 110
"""Characters of one choice."""


class Drill:
    """Four choices, each within the one before, the worst first; what is chosen is shown below them.

    Args:
        desk: Whose run is looked into.

    Attributes:
        dimension, requirement, fact, exchange: What chooses.
        pane: Choices and what they lead to.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        names = ("Category", "Requirement", "Evidence", "Exchange")
        self.dimension, self.requirement, self.fact, self.exchange = self._levels = [
            Dropdown(description=name, layout=Layout(width="46em", max_width="100%"), style=STYLE) for name in names
        ]
        self._narrowing = False
        self._narrow()
        desk.heed(self._narrow)
        self.pane = desk.pane(self._section, HBox(self._levels, layout=Layout(flex_flow="row wrap")))
        for level in self._levels:
            level.observe(self._chosen, "value")

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        return self.pane._repr_mimebundle_(**kwargs)

    def _chosen(self, change: Any) -> None:
        if self._narrowing:
            return
        self._narrow(self._levels.index(change["owner"]) + 1)
        self.pane.redraw()

    def _narrow(self, first: int = 0) -> None:
        """Offer anew what the choices before these lead to."""
        self._narrowing = True
        try:
            for level in self._levels[first:]:
                offer(level, self._offered(level) if self._desk.opened else [])
        finally:
            self._narrowing = False

    def _offered(self, level: Any) -> Sequence[tuple[str, str]]:
        run = self._desk.opened
        assert run is not None
        if level is self.dimension:
            return dimensions(run)
        if level is self.requirement:
            found = [row for row in run.report.rows.values() if row.item.dimension == self.dimension.value]
            return [(f"{row.mark} {row.item.title}", row.item.id) for row in _worst(found)]
        row = run.report.rows[self.requirement.value]  # every category has one
        if level is self.fact:
            # a fact that two criteria judge is one piece of evidence
            return list({line.fact: (_label(line), line.fact) for line in _worst(row.observed)}.values())
        digests = [digest for line in self._lines(row) for digest in line.digests if digest in run.exchanges]
        records = {digest: run.exchanges[digest] for digest in digests}
        return [(visible(f"{asked(one)}  {answered(one)}", _LABEL), digest) for digest, one in records.items()]

    def _lines(self, row: Row) -> list[Line]:
        return [line for line in row.observed if line.fact == self.fact.value]

    def _section(self, run: Opened) -> Section:
        row = run.report.rows[self.requirement.value]
        record = run.exchanges.get(self.exchange.value or "")
        told = json.dumps(record, indent=2, ensure_ascii=False, default=str) if record else ""
        return fragment("drill", row=row, lines=self._lines(row), record=record, told=told, longest=LONGEST)


def dimensions(run: Opened) -> list[tuple[str, str]]:
    """The categories of a stage, those that lack most points of what is required first."""
    scores = run.assessment.scores
    rows = scores[scores["stage"] == run.stage]
    order = rows.assign(lacking=rows["required"] - rows["floor"]).sort_values("lacking", ascending=False, kind="stable")
    return [(run.catalogue.titles[name], name) for name in order["dimension"] if name in run.catalogue.titles]


def _worst(items: Any) -> list[Any]:
    return sorted(items, key=lambda item: WORST_FIRST.index(item.status))


def _label(line: Line) -> str:
    return visible(f"{MARKS[line.status]} {line.fact}: {line.value or 'not known'}", _LABEL)
