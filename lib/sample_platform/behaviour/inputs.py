"""How the platform behaves in what the platform does with invalid input, errors, and what its documents promise."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Inputs:
    """Right by default."""

    # input
    largest_body: int = 65_536
    refresh_bounds_text: bool = True
    search_bounds_text: bool = True
    forgot_refuses_unknown: bool = True
    search: Literal["bound", "formatted", "raw query"] = "bound"
    help_encodes: bool = True

    # errors
    odd_error: int | None = None

    # what documents promise
    documented_operation: str | None = None
    articles_as_documented: bool = True
    security_declared: bool = True
    texts_bounded_in_document: bool = True
    deprecation_announced: bool = True
    client_is_current: bool = True

    # answers to a signed-in user
    own_answers: Literal["private", "public", "kept"] = "private"
