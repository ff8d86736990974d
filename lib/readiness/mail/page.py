"""The HTML alternative of a mail: what every client shows, under 100 kB, beyond which some cut a mail off."""

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from readiness.listing import VERDICT_MARKS
from readiness.mail.content import Content
from readiness.mail.failure import Failure

BEFORE = 2
"""Lists before the categories' bars: what changed and what blocks."""
_COLOURS = {"Go": "#1f8a63", "No-go": "#d0451b", "Undetermined": "#a87400"}
"""Each has 3:1 against white and near-black (WCAG 2.2, 1.4.11); the word beside it says the same."""


def of_run(content: Content, attached: bool) -> str:
    """The page of a run.

    Args:
        content: What it says.
        attached: Whether the report is attached.
    """
    template = _environment().get_template("run.html.j2")
    return template.render(
        content=content, subject=content.subject, attached=attached, split=BEFORE, colours=_COLOURS, marks=VERDICT_MARKS
    )


def of_failure(failure: Failure) -> str:
    """The page of a run that failed."""
    return _environment().get_template("failed.html.j2").render(failure=failure, subject=failure.subject)


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("readiness.mail"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
