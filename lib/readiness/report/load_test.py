"""The newest load tests of a target, for the report."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from readiness.errors import Unobservable
from readiness.load.summary import HELD
from readiness.report.words import counted
from readiness.sources.load.records import Loads, at, is_number

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
        """Whether what it had to hold held, as a mark and a word, and why."""
        held, why = at(self.record, "slo", "held"), at(self.record, "slo", "why")
        word = HELD[held if isinstance(held, bool) else None]
        return f"{word}: {why}" if isinstance(why, str) and why else word

    @property
    def amount(self) -> str:
        """How much load there was, and for how long; of another tool's, as far as it tells."""
        rate, users, seconds = (self._number(name) for name in ("rate", "users", "seconds"))
        amount = f"{rate:g} requests a second" if rate else counted(int(users), "user") if users else "a load not told"
        return f"{amount} for {seconds:g} s" if seconds else amount

    @property
    def from_(self) -> str:
        """What the latencies are counted from; other tools know of no intended start."""
        return "the intended start" if at(self.record, "latency_ms", "p50") is not None else "the send"

    @property
    def latencies(self) -> list[tuple[str, float, str]]:
        """Percentile, ms, and what it lies between with 95 %, empty where no interval is known."""
        times = "latency_ms" if self.from_ == "the intended start" else "service_ms"
        found = []
        for name in PERCENTILES:
            value, low, high = (at(self.record, times, name, end) for end in ("value", "low", "high"))
            if is_number(value):
                between = f"{low:.1f} and {high:.1f}" if is_number(low) and is_number(high) else ""
                found.append((name.replace("_", "."), float(value), between))
        return found

    @property
    def counts(self) -> str:
        """What became of the requests, in a sentence; empty where nothing is told."""
        failed = at(self.record, "failed")
        told = [(self._number("scheduled"), "due"), (self._number("completed"), "completed")]
        if isinstance(failed, Mapping):
            told.append((sum(count for count in failed.values() if is_number(count)), "failed"))
        parts = [f"{count:,.0f} {word}" for count, word in told if count is not None]
        return f"Requests: {', '.join(parts)}." if parts else ""

    @property
    def omits(self) -> list[str]:
        """What another tool's summary leaves out, a sentence each."""
        told = at(self.record, "omits")
        return [str(line) for line in told] if isinstance(told, list) else []

    @property
    def has_curve(self) -> bool:
        """Whether its record holds latencies by share of requests."""
        shares = at(self.record, "curve", "share")
        return isinstance(shares, list) and bool(shares)

    def _number(self, name: str) -> float | None:
        value = at(self.record, name)
        return float(value) if is_number(value) else None


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
