"""Exploring, what explore.ipynb is made of: a run lies open on a desk, and panes show parts of it."""

from readiness.explore import frames
from readiness.explore.comparison import Comparison
from readiness.explore.desk import Desk
from readiness.explore.drill import Drill
from readiness.explore.imagination import Imagination
from readiness.explore.loads import Loads
from readiness.explore.playground import playground
from readiness.explore.table import Table, offline

__all__ = [
    "Comparison",
    "Desk",
    "Drill",
    "Imagination",
    "Loads",
    "Table",
    "frames",
    "offline",
    "playground",
]
