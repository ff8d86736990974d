"""Imagination: what if some work were done, and what if categories and requirements weighed otherwise, by widgets."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ipywidgets import HTML, Button, Checkbox, Dropdown, FloatSlider, HBox, Layout, SelectMultiple, VBox

from readiness.catalog import DIMENSIONS
from readiness.errors import BadInput
from readiness.explore.choice import STYLE, offer
from readiness.explore.desk import Desk
from readiness.explore.fragment import fragment
from readiness.explore.opened import Opened
from readiness.explore.pane import Pane, Shown
from readiness.listing import MARKS
from readiness.shortest_path import DAYS, Path, shortest_path
from readiness.what_if import WhatIf, what_if

MOST_POINTS = 50
"""That a category's slider goes to, unless it weighs more already."""
MOST_WEIGHT = 10
"""Of a requirement, as in the catalogue."""
_COLUMN = Layout(flex="1 1 24em", min_width="0")


def affordable(path: Path, budget: float) -> list[str]:
    """What of a path is done with so many person-days: in its order, each item that still fits."""
    chosen, left = [], budget
    for item in path.items:
        if item.effort <= left + DAYS:
            left -= item.effort
            chosen.append(item.requirement)
    return chosen


class Imagination:
    """Weights and work that are imagined, and what would follow from them.

    Args:
        desk: Whose run it starts from.

    Attributes:
        budget: Person-days that are spent along the shortest path; moving it sets `ticks`.
        ticks: Requirement id → checkbox, for what is on the shortest path, in its order.
        others: Further requirements that are done.
        weights: Dimension → slider: points of the stage that is looked at.
        requirement, weight: A requirement, and what it weighs within its dimension.
        told: What would follow; None where no run lies open, or what is asked for cannot be imagined.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._quiet = False
        self._panes: list[Pane] = []
        self._weights: dict[str, float] = {}
        self.told: WhatIf | None = None
        self._fault: BadInput | None = None
        self.path: Path | None = None
        self.ticks: dict[str, Any] = {}
        self.budget = _slider("Person-days", max=desk.given.budget, step=0.5)
        self.others = SelectMultiple(description="Also done", rows=8, layout=Layout(width="auto"), style=STYLE)
        self.weights = {name: _slider(name.capitalize(), max=MOST_POINTS) for name in DIMENSIONS}
        self.requirement = Dropdown(description="Weight of", layout=Layout(width="auto"), style=STYLE)
        self.weight = _slider("is", max=MOST_WEIGHT)
        self.reset = Button(description="As it is")
        self._items = VBox(layout=Layout(max_height="22em", overflow="auto", display="block"))
        self._renew()
        desk.heed(self._renew)
        self.budget.observe(self._spend, "value")
        self.requirement.observe(self._other_requirement, "value")
        self.weight.observe(self._weigh, "value")
        self.reset.on_click(lambda button: self._renew(budget=0.0))
        for control in (self.others, *self.weights.values()):
            control.observe(self._imagine, "value")

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        return self.pane(self._section, self._controls())._repr_mimebundle_(**kwargs)

    def pane(self, draw: Any, *controls: Any) -> Pane:
        """A pane on what would follow: `draw` takes the run that lies open and what is told."""
        pane = self._desk.pane(lambda run: draw(run, self._answer), *controls)
        self._panes.append(pane)
        return pane

    @property
    def _answer(self) -> WhatIf | None:
        if self._fault:
            raise self._fault
        return self.told

    def _controls(self) -> Any:
        work = VBox([HTML("<b>Work that is done</b>"), self.budget, self._items, self.others], layout=_COLUMN)
        weights = [HTML("<b>Weights</b>"), *self.weights.values(), self.requirement, self.weight, self.reset]
        return HBox([work, VBox(weights, layout=_COLUMN)], layout=Layout(flex_flow="row wrap"))

    def _renew(self, budget: float | None = None) -> None:
        """Start from the run as it is, with a first budget spent."""
        run = self._desk.opened
        if run is None:
            self.told = None
            return
        findings, gates = run.assessment.findings, run.gates
        self.path = shortest_path(findings, run.catalogue, gates, run.stage, alternatives=False)
        with self._together():
            self._weights = {}
            self.ticks = {item.requirement: _tick(item) for item in self.path.items}
            for tick in self.ticks.values():
                tick.observe(self._imagine, "value")
            self._items.children = tuple(self.ticks.values())
            self._offer(run)
            for name, slider in self.weights.items():
                weight = gates.gates[run.stage].categories[name].weight
                slider.max, slider.value = max(MOST_POINTS, weight), weight
            self.budget.max = max(self.path.effort, self.budget.min)
            self.budget.value = min(self._desk.given.budget if budget is None else budget, self.budget.max)
            self._spend()

    def _offer(self, run: Opened) -> None:
        findings = run.assessment.findings
        rows: Any = findings[(findings["stage"] == run.stage) & (findings["status"] != "not applicable")]
        titles = {row.requirement: run.catalogue.requirements[row.requirement].title for row in rows.itertuples()}
        open_ = rows[rows["floor"] < 1]
        marks = dict(zip(open_["requirement"], open_["status"].map(MARKS), strict=True))
        self.others.options = [
            (f"{mark} {titles[name]}", name) for name, mark in marks.items() if name not in self.ticks
        ]
        self.others.value = ()
        offer(self.requirement, [(title, name) for name, title in titles.items()])
        self._other_requirement()

    @contextmanager
    def _together(self) -> Iterator[None]:
        """Many controls are set, and what follows is asked for once."""
        outer, self._quiet = self._quiet, True
        try:
            yield
        finally:
            self._quiet = outer
        self._imagine()

    def _spend(self, change: Any = None) -> None:
        chosen = affordable(self.path, self.budget.value) if self.path else []
        with self._together():
            for name, tick in self.ticks.items():
                tick.value = name in chosen

    def _other_requirement(self, change: Any = None) -> None:
        run, name = self._desk.opened, self.requirement.value
        if run and name:
            with self._together():
                self.weight.value = self._weights.get(name, run.catalogue.requirements[name].weight)

    def _weigh(self, change: Any) -> None:
        run, name = self._desk.opened, self.requirement.value
        if run and name:
            self._weights[name] = self.weight.value
            if self.weight.value == run.catalogue.requirements[name].weight:
                del self._weights[name]
            self._imagine()

    @property
    def done(self) -> list[str]:
        """Ids of the requirements that are imagined done."""
        return [name for name, tick in self.ticks.items() if tick.value] + list(self.others.value)

    def asked(self, run: Opened) -> dict[str, Any]:
        """What is imagined, as `what_if` takes it."""
        categories = {name: slider.value for name, slider in self.weights.items()}
        return {"categories": {run.stage: categories}, "weights": dict(self._weights), "done": self.done}

    def _imagine(self, change: Any = None) -> None:
        run = self._desk.opened
        if self._quiet or run is None:
            return
        try:
            self.told = what_if(
                run.assessment.findings, run.gates, run.catalogue, past=run.assessment.past, **self.asked(run)
            )
            self._fault = None
        except BadInput as error:  # such as weights that are all 0; the panes say so
            self.told, self._fault = None, error
        for pane in self._panes:
            pane.redraw()

    def _section(self, run: Opened, told: WhatIf | None) -> Shown:
        assert told is not None
        return fragment(
            "imagination",
            stage=run.stage,
            before=run.assessment.decision,
            after=told.decision,
            done=[run.catalogue.requirements[name] for name in self.done],
            obstacles=self.path.obstacles if self.path else (),
            weights={n: c.weight for n, c in told.gates.gates[run.stage].categories.items()},
            own={n: c.weight for n, c in run.gates.gates[run.stage].categories.items()},
            effort=sum(self._effort(run, name) for name in self.done),
        )

    def _effort(self, run: Opened, name: str) -> float:
        """Person-days that a requirement still takes: of what is partly met, the part that is not."""
        rows = run.assessment.findings
        left = 1 - rows[(rows["requirement"] == name) & (rows["stage"] == run.stage)]["floor"].min()
        return float(run.catalogue.requirements[name].effort * left)


def _slider(description: str, *, max: float, step: float = 1.0) -> Any:
    layout = Layout(width="auto")
    return FloatSlider(
        description=description, min=0, readout_format=".1f", layout=layout, style=STYLE, max=max, step=step
    )


def _tick(item: Any) -> Any:
    label = f"{item.title} ({item.effort:g} d, +{item.points:.1f}{', mandatory' if item.mandatory else ''})"
    return Checkbox(description=label, indent=False, layout=Layout(width="auto"))
