"""The newest load tests of a target, for the report."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from readiness.errors import Unobservable
from readiness.load.summary import HELD
from readiness.sources.load.records import Loads

AGE = timedelta(days=30)
"""How long a load test stands as evidence; see the facts that are read from it."""
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
