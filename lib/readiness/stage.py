"""The three stages of a launch, in order; a later one includes the earlier ones."""

from typing import Literal

Stage = Literal["alpha", "beta", "ga"]
STAGES: tuple[Stage, ...] = ("alpha", "beta", "ga")


def up_to(stage: Stage) -> tuple[Stage, ...]:
    """The stages that `stage` includes, itself last."""
    return STAGES[: STAGES.index(stage) + 1]


def since(stage: Stage) -> tuple[Stage, ...]:
    """The stages that include `stage`, itself first."""
    return STAGES[STAGES.index(stage) :]
