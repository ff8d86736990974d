"""Loads: what load tests came to, as k6 summarised them."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from readiness.artefacts.load_summary import LoadSummary, load_summary
from readiness.observation import Observation, observed, unavailable
from readiness.source import supplies
from readiness.sources.repository import Repository
from readiness.sources.repository.reading import made, needed, noted
from readiness.wire.artefact import Artefact
from readiness.wire.checkout import Checkout

if TYPE_CHECKING:
    from readiness.probes import Context

_USERS = ("users", "minutes", "completed", "error_pct", "p99_ms", "passed", "think_s")
_P99 = "k6 tells it with --summary-trend-stats='avg,med,p(95),p(99),max'"


@supplies(*(f"load_tests.{name}" for name in _USERS))
async def users(source: Repository, checkout: Checkout, context: "Context") -> AsyncIterator[Observation]:
    """Read the test with virtual users."""
    artefact, told = await _read(source, checkout, "users")
    for name in _USERS:
        yield _told(f"load_tests.{name}", getattr(told, name), artefact)


@supplies(
    "load_tests.rate",
    "load_tests.rate_minutes",
    "load_tests.rate_achieved_pct",
    "load_tests.rate_error_pct",
    "load_tests.rate_p99_ms",
)
async def arrivals(source: Repository, checkout: Checkout, context: "Context") -> AsyncIterator[Observation]:
    """Read the test with a constant rate of arrivals."""
    artefact, told = await _read(source, checkout, "arrivals")
    for name in ("minutes", "error_pct", "p99_ms"):
        yield _told(f"load_tests.rate_{name}", getattr(told, name), artefact)
    offered = told.offered or source.artefacts.load.arrivals_per_s
    if offered is None or told.rate is None:
        needs = "sources.repository.artefacts.load.arrivals_per_s"
        for fact in ("load_tests.rate", "load_tests.rate_achieved_pct"):
            yield unavailable(
                fact, "the summary does not tell at what rate requests arrived", artefact, permission=needs
            )
        return
    yield observed("load_tests.rate", offered, artefact)
    yield observed("load_tests.rate_achieved_pct", round(min(100 * told.rate / offered, 100), 2), artefact)


async def _read(source: Repository, checkout: Checkout, name: str) -> tuple[Artefact, LoadSummary]:
    path = getattr(source.artefacts.load, name)
    if not path:
        needed(f"artefacts.load.{name}")
    artefact, told = await made(source, checkout, path, load_summary)
    return noted([artefact], [f"{told.completed} requests, {told.rate} a second, as a foreign tool measured them"])[
        0
    ], told


def _told(fact: str, value: float | bool | None, artefact: Artefact) -> Observation:
    if value is None:
        hint = f"; {_P99}" if fact.endswith("p99_ms") else ""
        return unavailable(fact, f"the summary does not tell it{hint}", artefact)
    return observed(fact, value, artefact)
