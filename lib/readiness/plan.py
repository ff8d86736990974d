"""A plan: what a customer pays for, as far as it limits how often they may ask."""

from typing import Annotated

from pydantic import Field

from readiness.document import Record
from readiness.duration import Duration
from readiness.secret import Secret


class Plan(Record):
    """The published limit of one plan, for calls with an API key."""

    name: str = Field(min_length=1, description="its name, as the operation `set_plan` takes it")
    requests: Annotated[int, Field(gt=0, le=200)] = Field(description="requests allowed in one window, at most 200")
    window: Duration = Field(description="length of the window")
    key: Secret | None = Field(
        None,
        description="an API key of a customer on this plan, a reference; default: one of a test account put on it",
    )
