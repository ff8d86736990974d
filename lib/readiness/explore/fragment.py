"""A fragment: HTML that a pane shows, from a template of the notebook's own or from a sentence."""

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader
from markupsafe import escape

from readiness.report.section import Section, environment


def fragment(name: str, **values: Any) -> Section:
    """What the template of that name makes of the values; everything foreign in them is escaped."""
    return Section(name, _templates().get_template(f"{name}.html.j2").render(**values))


def note(text: str) -> Section:
    """A sentence in place of what cannot be shown; nothing where it is empty."""
    return Section("note", f'<div class="readiness"><p>{escape(text)}</p></div>' if text else "")


def preformatted(name: str, text: str) -> Section:
    """A text whose lines stand as they are."""
    return Section(name, f'<div class="readiness"><pre>{escape(text)}</pre></div>')


@cache
def _templates() -> Environment:
    """Templates of the notebook's own, with the report's words."""
    return environment().overlay(loader=PackageLoader("readiness.explore"))
