"""What can go wrong in a way that a person can mend, and what a probe meets that stands in its way.

ReadinessError
├── BadInput      a file, name or option that is not as expected (one line a problem)
├── RunFailed     the run itself could not be completed; nothing is published
└── Overlap       another run of the target is going on; nothing was started
Unobservable      a fact cannot be observed, and why; it becomes a row of evidence, never the end of a run
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from readiness.wire.exchange import Recorded


class ReadinessError(Exception):
    """Base of every error that is shown as one clear line instead of a traceback."""


class BadInput(ReadinessError):
    """Input that a person can mend.

    Attributes:
        problems: One line each, `file:line: key: expected …, got …` where a file is concerned.
    """

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class RunFailed(ReadinessError):
    """The run itself failed: a frame broke its contract, a notebook stopped, a disk is full.

    Attributes:
        kept: The folder that holds what there is of it; None for none.
    """

    def __init__(self, message: str, kept: "Path | None" = None) -> None:
        super().__init__(message)
        self.kept = kept


class Overlap(ReadinessError):
    """Another run of the same target is going on."""


class Unobservable(Exception):
    """Something stands in the way of an observation.

    Attributes:
        reason: What, in one line.
        exchanges: Where it showed.
        permission: The exact grant that is missing, where that is why.
    """

    def __init__(self, reason: str, *exchanges: "Recorded", permission: str = "") -> None:
        super().__init__(reason)
        self.reason, self.exchanges, self.permission = reason, exchanges, permission


def first_line(error: BaseException) -> str:
    """An error of any kind in one line, with what kind it is."""
    said = str(error).strip().splitlines()
    return f"{type(error).__name__}: {said[0][:300]}" if said else type(error).__name__
