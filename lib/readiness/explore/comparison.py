"""The comparison: what moved the score between the run that lies open and another of the target."""

from collections.abc import Callable
from typing import Any

from ipywidgets import Dropdown

from readiness import snapshot
from readiness.change import Change, change
from readiness.errors import BadInput, ReadinessError, first_line
from readiness.explore import frames
from readiness.explore.choice import offer
from readiness.explore.desk import Desk
from readiness.explore.fragment import note
from readiness.explore.opened import Opened
from readiness.explore.pane import Pane, Shown
from readiness.explore.table import Table
from readiness.figures import STAGE_TITLES
from readiness.listing import interval
from readiness.run import RunFolder

ONE_RUN = "There is one run of this target; what moves its score can be said from the second on."


class Comparison:
    """The other run, and what moved the score from the earlier to the later of the two.

    Args:
        desk: Where one of the runs lies open.

    Attributes:
        other: Chooses the other run; at first the one before.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._told: dict[tuple[str, ...], Change] = {}
        self.other = Dropdown(description="Other run")
        self._renew()
        desk.heed(self._renew)

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        return self._desk.pane(self._table, self.other)._repr_mimebundle_(**kwargs)

    def pane(self, draw: Callable[[Change], Shown]) -> Pane:
        """A pane on what `draw` makes of the change; nothing where there is no other run."""
        pane = self._desk.pane(lambda run: draw(self.change(run)) if self.other.value else note(""))
        self.other.observe(pane.redraw, "value")
        return pane

    def change(self, run: Opened) -> Change:
        """What moved the score of the stage that is looked at.

        Raises:
            BadInput: There is no other run, or one of the two cannot be judged again.
        """
        if not self.other.value:
            raise BadInput(ONE_RUN)
        pair = sorted((run.folder.path, self._desk.folder(self.other.value)), key=lambda path: path.name)
        key = (run.stage, *map(str, pair))
        if key not in self._told:
            first, second = (RunFolder(path) for path in pair)
            try:
                judged_by = snapshot.parameters_of(first), snapshot.parameters_of(second)
                self._told[key] = change(first, second, run.stage, *judged_by)
            except ReadinessError:
                raise
            except Exception as error:  # parts of the other run that can be read and do not fit one another
                raise BadInput(f"{self.other.value}: cannot be compared: {first_line(error)}") from None
        return self._told[key]

    def _table(self, run: Opened) -> Shown:
        told = self.change(run)
        caption = f"{STAGE_TITLES[run.stage]}: {interval(*told.before)} → {interval(*told.after)}"
        return Table(frames.changes(told), caption) if told.rows else note(f"{caption}: nothing moved it.")

    def _renew(self) -> None:
        offer(self.other, self._desk.earlier())
