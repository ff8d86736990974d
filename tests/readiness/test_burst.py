"""Bursts: as fast as it takes to exceed a limit, and no faster."""

import asyncio
from datetime import UTC, datetime

from readiness.burst import Burst
from readiness.wire.exchange import Exchange

NOW = datetime(2026, 3, 2, tzinfo=UTC)


class Platform:
    """It answers after `seconds`, and refuses from the request after `allowed` on."""

    def __init__(self, allowed: int, seconds: float = 0.0) -> None:
        self.allowed, self.seconds = allowed, seconds
        self.asked = self.busy = self.busiest = 0

    async def ask(self, headers: dict[str, str]) -> Exchange:
        self.asked += 1
        status = 401 if self.asked <= self.allowed else 429
        self.busy += 1
        self.busiest = max(self.busiest, self.busy)
        await asyncio.sleep(self.seconds)
        self.busy -= 1
        return Exchange(method="POST", url="https://api.example.com/in", status=status, observed_at=NOW)


async def test_quick_answers_are_asked_for_one_by_one():
    platform = Platform(allowed=30)
    burst = await Burst("in", 30, 60.0, platform.ask).run()
    assert (burst.limited, burst.allowed, platform.busiest) == (True, 30, 1)


async def test_slow_answers_are_asked_for_several_at_a_time_so_that_they_fit_into_a_window():
    platform = Platform(allowed=30, seconds=0.05)
    burst = await Burst("in", 30, 1.0, platform.ask).run()  # 37 one by one would take longer than the window
    assert (burst.limited, burst.allowed) == (True, 30)
    assert 1 < platform.busiest <= 8


async def test_slow_answers_without_a_limit_are_unlimited_all_the_same():
    platform = Platform(allowed=1_000, seconds=0.05)
    assert (await Burst("in", 20, 1.5, platform.ask).run()).limited is False
