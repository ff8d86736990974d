"""A section of the report, something that a notebook cell can show, and the templates that sections are made of."""

from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from readiness.figures import STAGE_TITLES, VERDICT_MARKS, VERDICT_WORDS
from readiness.listing import MARKS, interval
from readiness.report.words import ahead, counted, day, effort, listed, moved, shown, utc, visible
from readiness.stage import STAGES

TOP = 10
"""Entries of a long list that are shown before the rest is folded away."""


class Section:
    """Part of a report, shown by a notebook as HTML.

    Args:
        name: What it is, for those who see no HTML.
        html: The fragment; everything foreign in it is escaped.
    """

    def __init__(self, name: str, html: str) -> None:
        self.name = name
        self.html = html

    def __repr__(self) -> str:
        return f"<section {self.name}>"

    def _repr_html_(self) -> str:
        return self.html


@cache
def environment() -> Environment:
    """Templates with everything foreign escaped, and the words that all of them use."""
    environment = Environment(
        loader=PackageLoader("readiness.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "visible": visible,
        "utc": utc,
        "day": day,
        "effort": effort,
        "listed": listed,
        "shown": shown,
        "moved": moved,
    }
    environment.globals |= {
        "STAGES": STAGES,
        "STAGE_TITLES": STAGE_TITLES,
        "MARKS": MARKS,
        "VERDICT_MARKS": VERDICT_MARKS,
        "VERDICT_WORDS": VERDICT_WORDS,
        "TOP": TOP,
        "ahead": ahead,
        "counted": counted,
        "interval": interval,
        "style": Markup((files("readiness.report") / "static" / "section.css").read_text("utf-8")),  # noqa: S704 our own
    }
    return environment
