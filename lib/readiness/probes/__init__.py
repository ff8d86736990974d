"""Probes: each module here observes facts from one kind of source, and is found by being here.

A probe is an async generator that yields observations one by one, so that what it saw before a crash or its deadline
still counts:

    @probe(Fact("health.live", "boolean", "The liveness route answers."))
    async def health(context: Context) -> AsyncIterator[Observation]:
        answer = await context.client.get(context.url("/health/live"))
        if answer.failure:
            yield unavailable("health.live", answer.failure, answer)
        else:
            yield observed("health.live", answer.status == 200, answer)

A fact that is declared and never yielded becomes `unavailable` with the reason that nothing was said of it; a probe
that raises costs its own facts alone. What needs an account asks `context.accounts` for one and is written as small
checks, each run by `settled`, which turns what stands in the way (`Unobservable`) into an `unavailable` fact. What only
a source behind the platform can tell is declared with `supplied`:

    uptime = supplied(Fact("uptime.monitors", "number", "Monitors of the production host that are active.", "monitors"))
"""

import importlib
import pkgutil
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import TypeAlias

from readiness.accounts import Accounts
from readiness.evidence import Fact
from readiness.observation import Observation, observed, settled, unavailable
from readiness.supply import Supply
from readiness.target import Target
from readiness.wire.client import Client

__all__ = [
    "Context",
    "Observation",
    "Probe",
    "discover",
    "facts",
    "observed",
    "probe",
    "settled",
    "supplied",
    "unavailable",
]


@dataclass(frozen=True)
class Context:
    """What a probe may use.

    Attributes:
        target: The platform's addresses and declarations.
        client: The run's one client; its exchanges are recorded.
        now: The run's time, UTC.
        accounts: The run's test accounts.
        supply: The sources behind the platform.
    """

    target: Target
    client: Client
    now: datetime
    accounts: Accounts
    supply: Supply

    def url(self, route: str) -> str:
        """Production's address of `route`."""
        return self.target.production + route

    def told(self, *facts: Fact) -> AsyncIterator[Observation]:
        """What sources and attestations say of these facts, one observation each."""
        return self.supply.tell(self, facts)


Run: TypeAlias = Callable[[Context], AsyncIterator[Observation]]


@dataclass(frozen=True)
class Probe:
    """A probe's metadata and its code.

    Attributes:
        name: The module's name, which its facts' names begin with.
        facts: Every fact it can observe.
        run: The async generator.
        deadline: Seconds after which it is stopped; what it yielded until then counts.
        alone: It disturbs others (provokes limits), or would be disturbed by them (takes the time), so it runs after
            them, by itself.
    """

    name: str
    facts: tuple[Fact, ...]
    run: Run
    deadline: float
    alone: bool


def probe(*facts: Fact, deadline: float = 90.0, alone: bool = False) -> Callable[[Run], Probe]:
    """Declare the decorated async generator a probe of `facts`; see `Probe`."""
    names = {fact.name.partition(".")[0] for fact in facts}
    if len(names) != 1:
        raise ValueError(f"the facts of one probe share its name, got {sorted(names)}")

    def declare(run: Run) -> Probe:
        return Probe(names.pop(), facts, run, deadline, alone)

    return declare


def supplied(*facts: Fact, deadline: float = 90.0, alone: bool = False) -> Probe:
    """A probe of facts that only sources behind the platform, or attestations, can tell; see `readiness.source`."""

    async def ask(context: Context) -> AsyncIterator[Observation]:
        async for observation in context.told(*facts):
            yield observation

    return probe(*facts, deadline=deadline, alone=alone)(ask)


@cache
def discover() -> tuple[Probe, ...]:
    """Every probe in this folder, by name."""
    found = []
    for module in pkgutil.iter_modules(__path__):
        loaded = importlib.import_module(f"{__name__}.{module.name}")
        found += [value for value in vars(loaded).values() if isinstance(value, Probe)]
    return tuple(sorted(found, key=lambda item: item.name))


def facts(probes: Iterable[Probe] | None = None) -> dict[str, Fact]:
    """Every fact by name.

    Raises:
        ValueError: Two probes declare the same fact.
    """
    known: dict[str, Fact] = {}
    for item in discover() if probes is None else probes:
        for fact in item.facts:
            if fact.name in known:
                raise ValueError(f"fact {fact.name} is declared twice")
            known[fact.name] = fact
    return known
