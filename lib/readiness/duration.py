"""Durations as people write them in parameter files: `30s`, `24h`, `7d`."""

import re
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def duration(text: Any) -> timedelta:
    """Read a duration.

    Args:
        text: A positive number directly followed by s, m, h or d; a timedelta passes through.

    Raises:
        ValueError: Anything else.
    """
    if isinstance(text, timedelta):
        return text
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([smhd])", text) if isinstance(text, str) else None
    try:
        if match and (length := timedelta(**{_UNITS[match[2]]: float(match[1])})) > timedelta():
            return length
    except OverflowError:
        pass  # longer than anyone can wait is as wrong as not a duration at all
    raise ValueError(f"expected a duration such as 30s, 24h or 7d, got {text!r}")


Duration = Annotated[timedelta, BeforeValidator(duration)]
"""A timedelta that is written as text in a parameter file."""
