"""What a target file says of load: the journeys of virtual users, the tests to be made, and how much is granted."""

from datetime import date, timedelta
from typing import Annotated, Self

from pydantic import Field, model_validator

from readiness.address import Route
from readiness.document import Record
from readiness.duration import Duration


class JourneyStep(Record):
    """One step of a journey."""

    operation: str | None = Field(None, description="name in `operations`")
    get: Route | None = Field(None, description="instead: a path that is asked for by GET, by nobody")
    think: Duration = Field(
        timedelta(0), description="pause before it, on average; each lasts from half of it to one and a half"
    )

    @model_validator(mode="after")
    def _one_request(self) -> Self:
        if (self.operation is None) == (self.get is None):
            raise ValueError("expected one of operation and get")
        return self


class LoadTest(Record):
    """One load test that `readiness run --load` carries out."""

    rate: Annotated[float, Field(gt=0, le=100_000, strict=False)] | None = Field(
        None, description="open model: requests a second"
    )
    users: Annotated[int, Field(gt=0, le=100_000)] | None = Field(None, description="closed model: virtual users")
    duration: Duration = Field(timedelta(minutes=5), description="measured part")
    warm_up: Duration = Field(timedelta(seconds=10), description="sent before it and not counted")
    journey: str = Field("", description="journey; default: the first that is declared, else the health route")

    @model_validator(mode="after")
    def _one_model(self) -> Self:
        if (self.rate is None) == (self.users is None):
            raise ValueError("expected one of rate and users")
        return self


class Load(Record):
    """How a platform is put under load."""

    journeys: dict[str, Annotated[list[JourneyStep], Field(min_length=1, max_length=50)]] = Field(
        {}, description="journeys by name; default: `health`, the health route alone"
    )
    tests: Annotated[list[LoadTest], Field(max_length=20)] = Field(
        [], description="the load tests of `readiness run --load`, one after the other"
    )
    rate: Annotated[float, Field(gt=0, le=100_000, strict=False)] | None = Field(
        None, description="requests a second at most; a part of the grant"
    )
    users: Annotated[int, Field(gt=0, le=100_000)] | None = Field(
        None, description="virtual users at most; a part of the grant"
    )
    until: date | None = Field(None, description="last day on which load is granted, UTC")
    executor: str = Field(
        "",
        pattern=r"^$|^(tcp|tls)://\S+$",
        description="a Dask scheduler whose workers send the load, `tcp://host:8786`; default: this machine",
    )
    timeout: Duration = Field(timedelta(seconds=10), description="patience with one answer")
    abort: Annotated[float, Field(gt=0, le=100, strict=False)] = Field(
        50, description="per cent of failures above which a test stops itself, when they last for 5 s"
    )
