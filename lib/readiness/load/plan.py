"""A plan: what one load test is to do, decided and permitted before the first request is sent."""

import math
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from readiness.errors import BadInput
from readiness.load.arrivals import Ramp
from readiness.load.assignment import Assignment, Step
from readiness.operation import OPERATIONS, Operation
from readiness.target import Target

PER_WORKER = 8000
"""Requests a second, or users, that one worker is given at most: about two thirds of what it was measured to send."""
MOST_SECONDS = 4 * 3600
MOST = 100_000
"""Requests a second, or users, that a plan may ask for."""


@dataclass(frozen=True)
class Slo:
    """What has to hold under load.

    Attributes:
        p99_ms: The 99th percentile from the intended start stays below.
        error_pct: Failures stay below, per cent.
    """

    p99_ms: float = 500.0
    error_pct: float = 1.0

    def __post_init__(self) -> None:
        if not (self.p99_ms > 0 and 0 < self.error_pct <= 100):
            raise BadInput("load: expected a p99 above 0 ms and errors above 0 and at most 100 %")


@dataclass(frozen=True)
class Plan:
    """One load test.

    Attributes:
        target: Name of the target, or the host of a bare address.
        address: Base address of the platform.
        journey: Its name.
        steps: What it consists of.
        rate: Open model: requests a second; None for the closed model.
        ramp_from: Open model: rate at which the measured part begins, where it is not the same all along.
        users: Closed model: virtual users; None for the open model.
        seconds: Measured part.
        warm_up_s: Sent before it and not counted.
        timeout_s: Patience with one answer.
        abort_pct: Failures that stop the test, per cent of a second's, when they last.
        poisson: Arrivals independent of one another.
        workers: How many processes; 0: as many as it takes.
        executor: Address of a Dask scheduler; empty: this machine.
        seed: Makes it repeatable.
        slo: What has to hold.
    """

    target: str
    address: str
    journey: str
    steps: tuple[Step, ...]
    rate: float | None = None
    ramp_from: float | None = None
    users: int | None = None
    seconds: float = 30.0
    warm_up_s: float = 2.0
    timeout_s: float = 10.0
    abort_pct: float = 50.0
    poisson: bool = False
    workers: int = 0
    executor: str = ""
    seed: int = 0
    slo: Slo = field(default_factory=Slo)

    def __post_init__(self) -> None:
        if (self.rate is None) == (self.users is None):
            raise BadInput("load: expected either a rate or a number of users")
        if self.rate is not None and not 0 < self.rate <= MOST:
            raise BadInput(f"load: expected a rate above 0 and at most {MOST} a second, got {self.rate:g}")
        if self.ramp_from is not None and (self.rate is None or not 0 <= self.ramp_from <= MOST):
            raise BadInput(f"load: expected a ramp to a rate, from 0 to {MOST} a second, got {self.ramp_from:g}")
        if self.users is not None and not 0 < self.users <= MOST:
            raise BadInput(f"load: expected 1 to {MOST} users, got {self.users}")
        if not 1 <= self.seconds <= MOST_SECONDS:
            raise BadInput(f"load: expected a duration from 1s to 4h, got {self.seconds:g}s")
        if not 0 <= self.warm_up_s <= MOST_SECONDS:
            raise BadInput(f"load: expected a warm-up of at most 4h, got {self.warm_up_s:g}s")
        if not 0 <= self.workers <= 64:
            raise BadInput(f"load: expected at most 64 workers, got {self.workers}")

    @property
    def most_rate(self) -> float:
        """Requests a second at most; 0 for the closed model, whose users wait for answers."""
        return max(self.rate or 0.0, self.ramp_from or 0.0)

    @property
    def users_rate(self) -> float:
        """Requests a second that the users of the closed model can send at most; infinite where they do not think."""
        shortest = self.think_s / 2  # each pause lasts from half of it on
        return (self.users or 0) * len(self.steps) / shortest if shortest else math.inf

    @property
    def think_s(self) -> float:
        """Time that a user thinks in one round, on average."""
        return sum(step.think_s for step in self.steps)

    @property
    def accounts(self) -> bool:
        """Whether it needs test accounts."""
        return any(step.signed_in or step.operation.placeholders for step in self.steps)

    def at(self, load: float) -> "Plan":
        """The same with another rate or number of users."""
        return replace(self, rate=load) if self.rate is not None else replace(self, users=max(1, round(load)))

    def crew_size(self, cores: int) -> int:
        """How many workers: one, and one more for each `PER_WORKER`, but not more than there are cores."""
        size = self.most_rate or float(self.users or 0)
        return self.workers or min(max(1, -int(-size // PER_WORKER)), cores)

    def assignment(self, **given: Any) -> Assignment:
        """What workers share; `given` are its other attributes, such as guests."""
        ramps: tuple[Ramp, ...] = ()
        if self.rate is not None:
            start = self.rate if self.ramp_from is None else self.ramp_from
            warm = (Ramp(self.warm_up_s, start, start),) if self.warm_up_s else ()
            ramps = (*warm, Ramp(self.seconds, start, self.rate))
        return Assignment(
            address=self.address,
            steps=self.steps,
            ramps=ramps,
            users=self.users or 0,
            seconds=self.seconds,
            warm_up_s=self.warm_up_s,
            timeout_s=self.timeout_s,
            poisson=self.poisson,
            seed=self.seed,
            **given,
        )


def steps_of(target: Target, journey: str) -> tuple[str, tuple[Step, ...]]:
    """A journey of a target file.

    Args:
        target: The platform.
        journey: Its name; empty: the first that is declared, else the health route.

    Returns:
        Its name and steps.

    Raises:
        BadInput: There is none of that name.
    """
    declared = target.load.journeys
    if not journey and not declared:
        return "health", (_get(target.routes.health, 0.0),)
    name = journey or next(iter(declared))
    if name not in declared:
        raise BadInput(
            f"journey {name!r}: expected one of: {', '.join(declared) or 'none is declared (load.journeys)'}"
        )
    steps = []
    for item in declared[name]:
        think = item.think.total_seconds()
        if item.get is not None:
            steps.append(_get(item.get, think))
            continue
        operation = target.operations[str(item.operation)]
        by = operation.by or OPERATIONS[str(item.operation)].by
        if by == "admin":
            raise BadInput(f"load.journeys.{name}: {item.operation} is asked for by administrators alone")
        steps.append(Step(str(item.operation), operation, by == "user", think))
    return name, tuple(steps)


def plan_for(target: Target, *, journey: str = "", **given: Any) -> Plan:
    """The plan of a load test of a target; `given` are other attributes of the plan.

    Raises:
        BadInput: The target has no such journey, or a plan cannot be so.
    """
    name, steps = steps_of(target, journey)
    return Plan(
        target=target.name,
        address=target.production,
        journey=name,
        steps=steps,
        timeout_s=target.load.timeout.total_seconds(),
        abort_pct=target.load.abort,
        executor=target.load.executor,
        **given,
    )


def plan_for_address(address: str, **given: Any) -> Plan:
    """The plan for an address alone: its path is asked for again and again.

    Raises:
        BadInput: It is no such address, or a plan cannot be so.
    """
    try:
        parts = urlsplit(address)
        host, _ = str(parts.hostname or "").encode("idna"), parts.port
    except (ValueError, UnicodeError) as error:
        raise BadInput(f"load: expected an address such as http://127.0.0.1:8000/path: {error}") from None
    if parts.scheme not in ("http", "https") or not host or parts.username is not None:
        raise BadInput("load: expected an address such as http://127.0.0.1:8000/path, without a user")
    path = parts.path or "/"
    whole = path + (f"?{parts.query}" if parts.query else "")
    step = replace(_get(whole, 0.0), name=f"GET {path}")  # a query may hold a secret
    return Plan(
        target=str(parts.hostname),
        address=f"{parts.scheme}://{parts.netloc}",
        journey=step.name,
        steps=(step,),
        **given,
    )


def refusal(plan: Plan, target: Target | None, loopback: bool, now: datetime) -> str:
    """Why a plan is not permitted; empty where it is. Load on loopback needs no grant.

    Args:
        plan: The plan.
        target: The target file; None for an address alone.
        loopback: Whether the platform's host leads to this machine.
        now: UTC.
    """
    if loopback:
        return ""
    if target is None:
        return f"load on {plan.address} needs a target file that grants it; an address alone will do on loopback only"
    grant = target.load
    if "load" not in target.permissions:
        return "load is not granted: permissions: [load] and load.rate, load.users, load.until in the target file"
    if grant.until is None:
        return "load is granted without an end: expected load.until, the last day on which it may be sent"
    if now.date() > grant.until:
        return f"the grant of load ended on {grant.until} (load.until)"
    if plan.rate is not None and (grant.rate is None or plan.most_rate > grant.rate):
        return f"{plan.most_rate:g} requests a second: {_granted(grant.rate)} are granted (load.rate)"
    if plan.users is not None and (grant.users is None or plan.users > grant.users):
        return f"{plan.users} users: {_granted(grant.users)} are granted (load.users)"
    if plan.users is not None and grant.rate is not None and plan.users_rate > grant.rate:
        sent = "any number of" if math.isinf(plan.users_rate) else f"up to {plan.users_rate:g}"
        return f"{plan.users} users may send {sent} requests a second: {_granted(grant.rate)} are granted (load.rate)"
    return ""


def _granted(most: float | None) -> str:
    return "none" if most is None else f"at most {most:g}"


def _get(path: str, think_s: float) -> Step:
    return Step(f"GET {path}", Operation(method="GET", path=path), think_s=think_s)
