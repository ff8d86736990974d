"""What can go wrong in a way that a person can mend.

ReadinessError
├── BadInput      a file, name or option that is not as expected (one line a problem)
└── RunFailed     the run itself could not be completed; nothing is published
"""


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
    """The run itself failed: a frame broke its contract, a notebook stopped, a disk is full."""
