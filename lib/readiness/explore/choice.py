"""Choices: dropdowns whose options follow from what lies open."""

from collections.abc import Sequence
from typing import Any

STYLE = {"description_width": "8em"}
"""Of controls whose descriptions are to be read whole and to stand in line."""


def offer(choice: Any, options: Sequence[Any]) -> None:
    """Offer options, the first of which is chosen; None where there is none.

    Args:
        choice: A dropdown.
        options: Values, or pairs of label and value.
    """
    choice.options = list(options)
    first = options[0] if options else None
    choice.value = first[1] if isinstance(first, tuple) else first
