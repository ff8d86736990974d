"""Exports: what a run came to, for other programs. A module is one format, found by being there.

Each has a function `text(results)` from `Results` to the whole file, and `NAME`, what such a file is called beside a
report. All are pure. What a target said is escaped by each format's own rules.
"""

import importlib
import pkgutil
from pathlib import Path

from readiness.export.results import Results

FORMATS = tuple(sorted(item.name for item in pkgutil.iter_modules(__path__) if item.name not in ("results", "escape")))
BESIDE = ("badge", "markdown")
"""What is published beside each report; the others hold the same as the run's frames and are made when asked for."""


def name_of(form: str) -> str:
    """What a file of that format is called."""
    return str(importlib.import_module(f"{__name__}.{form}").NAME)


def text(results: Results, form: str) -> str:
    """A run's results in one of `FORMATS`, as a whole file, to be written in UTF-8."""
    return str(importlib.import_module(f"{__name__}.{form}").text(results))


def write_beside(results: Results, folder: Path) -> None:
    """Write those of `BESIDE` into a folder."""
    for form in BESIDE:
        (folder / name_of(form)).write_text(text(results, form), encoding="utf-8")


__all__ = ["BESIDE", "FORMATS", "Results", "name_of", "text", "write_beside"]
