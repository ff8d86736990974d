"""The newest load tests of a target, for the report."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from readiness.errors import Unobservable
from readiness.load.summary import HELD
from readiness.report.words import counted
from readiness.sources.load.records import Loads

AGE = timedelta(days=30)
"""How long a load test stands as evidence; see the facts that are read from it."""
PERCENTILES = ("p50", "p95", "p99", "p99_9")
MODELS = {"open": "a rate of arrivals", "closed": "users"}


@dataclass(frozen=True)
class LoadTest:
    """The newest load test of one model that counts as evidence.

    Attributes:
        kind: `a rate of arrivals` or `users`.
        record: What it came to; empty where there is none.
        why_not: Why there is none.
        remedy: Command that makes one; empty where there is one.
    """

    kind: str
    record: Mapping[str, Any]
    why_not: str = ""
    remedy: str = ""

    @property
    def held(self) -> str:
        """Whether what it had to hold held, as a mark and a word."""
        return HELD[self.record["slo"]["held"]]

    @property
    def amount(self) -> str:
        """How much load there was, and for how long; of another tool's, as far as it tells."""
        rate, users, seconds = (self.record.get(name) for name in ("rate", "users", "seconds"))
        amount = f"{rate:g} requests a second" if rate else counted(users, "user") if users else "a load not told"
        return f"{amount} for {seconds:g} s" if seconds else amount

    @property
    def latencies(self) -> list[tuple[str, float, str]]:
        """Percentile, ms, and what it lies between with 95 %, empty where no interval is known."""
        times = self.record["latency_ms"] or self.record["service_ms"]  # other tools know of no intended start
        told = [(name.replace("_", "."), times.get(name) or {}) for name in PERCENTILES]
        return [
            (name, one["value"], "" if one.get("low") is None else f"{one['low']:.1f} and {one['high']:.1f}")
            for name, one in told
            if one.get("value") is not None
        ]

    @property
    def counts(self) -> str:
        """What became of the requests, in a sentence; empty where nothing is told."""
        told = [(self.record.get("scheduled"), "due"), (self.record.get("completed"), "completed")]
        told.append((sum((self.record.get("failed") or {}).values()), "failed"))
        parts = [f"{count:,} {word}" for count, word in told if count is not None]
        return f"Requests: {', '.join(parts)}." if parts else ""

    @property
    def has_curve(self) -> bool:
        """Whether its record holds latencies by share of requests."""
        return bool((self.record.get("curve") or {}).get("share"))


async def newest(folder: Path, target: str, now: datetime) -> list[LoadTest]:
    """The newest of each model, tests that are void or too old passed over.

    Args:
        folder: Of the target's published load tests.
        target: Name of the target.
        now: Time of judging, UTC.
    """
    loads, found = Loads(folder, target, now), []
    for model, kind in MODELS.items():
        try:
            found.append(LoadTest(kind, (await loads.newest(model, AGE)).told))
        except Unobservable as error:
            found.append(LoadTest(kind, {}, str(error), error.permission))
    return found
