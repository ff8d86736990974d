"""A fragment: HTML that a pane shows, from a template of the notebook's own or from a sentence."""

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader
from markupsafe import escape

from readiness.report.section import environment


class Fragment:
    """A piece of HTML.

    Args:
        name: What it is, for those who see no HTML.
        html: Everything foreign in it is escaped.
    """

    def __init__(self, name: str, html: str) -> None:
        self.name = name
        self.html = html

    def __repr__(self) -> str:
        return f"<{self.name}>"

    def _repr_html_(self) -> str:
        return self.html


def fragment(name: str, **values: Any) -> Fragment:
    """What the template of that name makes of the values; everything foreign in them is escaped."""
    return Fragment(name, _templates().get_template(f"{name}.html.j2").render(**values))


def note(text: str) -> Fragment:
    """A sentence in place of what cannot be shown; nothing where it is empty."""
    return Fragment("note", f'<div class="readiness"><p>{escape(text)}</p></div>' if text else "")


def preformatted(name: str, text: str) -> Fragment:
    """A text whose lines stand as they are."""
    return Fragment(name, f'<div class="readiness"><pre>{escape(text)}</pre></div>')


@cache
def _templates() -> Environment:
    """Templates of the notebook's own, with the report's words."""
    return environment().overlay(loader=PackageLoader("readiness.explore"))
