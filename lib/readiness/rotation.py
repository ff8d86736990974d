"""Rotation: how old the values of secrets are, wherever they are kept."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from readiness.backups import AHEAD, DAY
from readiness.observation import Observation, observed, unavailable
from readiness.wire.exchange import Recorded


def oldest(made: Sequence[datetime | None], now: datetime, *seen: Recorded) -> Observation:
    """`secrets.oldest_days`.

    Args:
        made: When the current value of each secret was made; None for a secret that has none.
        now: The run's time, UTC.
        seen: The exchanges that told it.
    """
    fact, times = "secrets.oldest_days", [at for at in made if at is not None]
    if not made or len(times) < len(made):
        return unavailable(fact, f"without a value: {len(made) - len(times)} of {len(made)} secrets", *seen)
    if max(times) > now + AHEAD:
        return unavailable(fact, "a secret is dated in the future", *seen)
    return observed(fact, round(max(now - min(times), timedelta(0)) / DAY, 2), *seen)
