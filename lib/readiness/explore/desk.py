"""The desk: which run of which target lies open, and everything that is shown of it."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from ipywidgets import Dropdown, HBox

from readiness import history as past
from readiness.baseline import Baseline
from readiness.errors import BadInput, ReadinessError
from readiness.explore.choice import offer
from readiness.explore.fragment import note
from readiness.explore.opened import Opened
from readiness.explore.pane import Pane, Shown
from readiness.figures import STAGE_TITLES
from readiness.forecast import Forecast, forecast, open_mandatory
from readiness.parameters import ExploreParameters
from readiness.reports import Reports
from readiness.stage import STAGES
from readiness.target import Target

NONE_YET = "There is no run to explore yet: run `make report`, or `readiness run {target}`, then restart this notebook."


class Desk:
    """A run that lies open; another can be chosen.

    Args:
        given: The notebook's parameters.

    Attributes:
        target, run, stage: What chooses it.
        opened: The run; None where there is none, or none that can be read.

    Raises:
        BadInput: The run that is asked for is not there.
    """

    def __init__(self, given: ExploreParameters) -> None:
        self.given = given
        self.place = given.reports_folder
        self.opened: Opened | None = None
        self._listeners: list[Callable[[], None]] = []
        self._histories: dict[str, past.History] = {}
        named = Target.find(given.target, given.params_folder).name if "/" in given.target else given.target
        kept = Reports.of(self.place)
        runs = {name: found for name in kept.targets() if (found := kept.runs(name))}
        self._runs = {name: list(reversed(found)) for name, found in runs.items()}
        own = self._runs.get(named, [])
        if given.run and given.run not in own:
            raise BadInput(f"parameter run: expected a published run of {named}, got {given.run!r}")
        self.target = Dropdown(options=sorted({*runs, named}), value=named, description="Target")
        self.run = Dropdown(options=own, value=given.run or next(iter(own), None), description="Run")
        stages = [(STAGE_TITLES[stage], stage) for stage in STAGES]
        self.stage = Dropdown(options=stages, value=given.stage, description="Stage")
        self.why = ""
        self._choosing = False
        self._open()
        self._face = Pane(self._header, HBox([self.target, self.run, self.stage]))
        self.target.observe(self._other_target, "value")
        for chosen in (self.run, self.stage):
            chosen.observe(self._other_run, "value")

    def pane(self, draw: Callable[[Opened], Shown], *controls: Any) -> Pane:
        """A pane on the run that lies open, drawn anew when another does; nothing where none does."""
        pane = Pane(lambda: draw(self.opened) if self.opened else note(""), *controls)
        self.heed(pane.redraw)
        return pane

    def heed(self, listener: Callable[[], None]) -> None:
        """Call it whenever another run or stage is chosen; the listeners are called in the order in which they came."""
        self._listeners.append(listener)

    def earlier(self) -> list[str]:
        """The target's other runs, the newest before the open one first, later ones last."""
        runs = self._runs.get(self.target.value, [])
        here = str(self.run.value)
        return [run for run in runs if run < here] + [run for run in runs if run > here]

    def folder(self, run: str) -> Path:
        """Of a run of the target that is chosen."""
        return self.place / str(self.target.value) / run

    def runs(self) -> list[Path]:
        """Folders of the target's runs, the newest first."""
        return [self.folder(run) for run in self._runs.get(self.target.value, [])]

    @property
    def history(self) -> past.History:
        """The target's history, declared baselines included."""
        name = str(self.target.value)
        if name not in self._histories:
            self._histories[name] = self._history(name)
        return self._histories[name]

    def forecast(self, run: Opened) -> Forecast:
        """When the gate of the stage will have its points and what is mandatory, as the report tells it."""
        still = open_mandatory(self.history.findings, run.stage, run.gates.gates[run.stage].mandatory)
        return forecast(self.history.scores, run.stage, still)

    def _history(self, name: str) -> past.History:
        folder = self.given.params_folder
        baselines = [Baseline.read(path) for path in sorted((folder / "baseline").glob("*.yaml"))]
        return past.read(Reports.of(self.place), [name], baselines)

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        return self._face._repr_mimebundle_(**kwargs)

    def _header(self) -> Shown:
        return self.opened.report.header() if self.opened else note(self.why)

    def _open(self) -> None:
        before, self.opened = self.opened, None
        self.why = NONE_YET.format(target=self.target.value)
        if self.run.value is None:
            return
        path = self.folder(self.run.value)
        try:
            if before is not None and before.folder.path == path:
                self.opened = replace(before, stage=self.stage.value)
            else:
                self.opened = Opened.of(path, self.stage.value)
        except ReadinessError as error:
            self.why = str(error)

    def _other_target(self, change: Any) -> None:
        self._choosing = True
        offer(self.run, self._runs.get(self.target.value, []))
        self._choosing = False
        self._other_run(change)

    def _other_run(self, change: Any) -> None:
        if self._choosing:
            return
        self._open()
        for listener in (self._face.redraw, *self._listeners):
            listener()
