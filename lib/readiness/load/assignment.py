"""An assignment: all that a worker has to know, plain values that can be sent to another process or machine."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from readiness.load.arrivals import Ramp
from readiness.operation import Operation


@dataclass(frozen=True)
class Step:
    """One request of a journey.

    Attributes:
        name: The operation, or the method and path of a plain request.
        operation: How it is asked for.
        signed_in: Whether it shows who asks.
        think_s: Pause before it, seconds, on average; each lasts from half of it to one and a half.
    """

    name: str
    operation: Operation
    signed_in: bool = False
    think_s: float = 0.0


@dataclass(frozen=True)
class Guest:
    """A test account that goes through the journey.

    Attributes:
        values: What placeholders stand for: `email`, `password`, …
        held: What the platform gave it when it signed in.
        cookies: Likewise.
    """

    values: Mapping[str, Any] = field(default_factory=dict, repr=False)
    held: Mapping[str, Any] = field(default_factory=dict, repr=False)
    cookies: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Assignment:
    """What one worker does.

    Attributes:
        address: Base address of the platform.
        steps: The journey, again and again.
        share: Which of how many workers this one is.
        ramps: Open model: requests a second over time, the warm-up included.
        users: Closed model: how many virtual users at a time; 0 for the open model.
        seconds: How long, the warm-up not counted.
        warm_up_s: How long before that requests are sent and not counted.
        timeout_s: Patience with one answer.
        poisson: Whether arrivals are independent, rather than evenly spaced.
        guests: Test accounts, taken in turn.
        session: Headers that show who asks, as templates.
        cookies: Whether cookies are sent back.
        headers: Headers of every request.
        ca_file: Certificate authority to trust besides the public ones.
        addresses: IP address of each host, looked up beforehand.
        seed: Makes arrivals, jitter and pauses repeatable.
    """

    address: str
    steps: tuple[Step, ...]
    share: tuple[int, int] = (0, 1)
    ramps: tuple[Ramp, ...] = ()
    users: int = 0
    seconds: float = 10.0
    warm_up_s: float = 0.0
    timeout_s: float = 10.0
    poisson: bool = False
    guests: tuple[Guest, ...] = ()
    session: Mapping[str, str] = field(default_factory=dict)
    cookies: bool = False
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    ca_file: str = ""
    addresses: Mapping[str, str] = field(default_factory=dict)
    seed: int = 0
