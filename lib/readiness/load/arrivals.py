"""Arrivals: when requests are to start, decided before the first is sent and never moved by what is answered."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Ramp:
    """A rate that changes evenly over a time; constant where both ends are the same.

    Attributes:
        seconds: How long.
        start, end: Arrivals per second.
    """

    seconds: float
    start: float
    end: float

    @property
    def count(self) -> float:
        """Arrivals expected in it."""
        return self.seconds * (self.start + self.end) / 2


def arrivals(
    ramps: Sequence[Ramp], *, share: tuple[int, int] = (0, 1), poisson: bool = False, seed: int = 0
) -> NDArray[np.float64]:
    """Intended starts of one worker's share, in seconds from the beginning, in order.

    Args:
        ramps: The rate over time.
        share: Which of how many workers; together they arrive as one would.
        poisson: Arrivals independent of one another, as those of many people are; else evenly spaced.
        seed: Makes Poisson arrivals repeatable.

    Returns:
        Seconds. The cumulative rate is inverted exactly, so that evenly spaced arrivals are so in every ramp.
    """
    index, workers = share
    whole = sum(ramp.count for ramp in ramps)
    if poisson:
        random = np.random.default_rng([seed, index])
        size = int(whole / workers + 10 * np.sqrt(whole / workers) + 20)
        ticks = np.cumsum(random.exponential(float(workers), size))
        ticks = ticks[ticks < whole]
    else:
        ticks = np.arange(index + 0.5, whole, workers)
    return _inverted(ramps, ticks)


def _inverted(ramps: Sequence[Ramp], ticks: NDArray[np.float64]) -> NDArray[np.float64]:
    """The times at which the cumulative rate reaches `ticks`."""
    times = np.empty_like(ticks)
    before, began = 0.0, 0.0
    for ramp in ramps:
        inside = (ticks >= before) & (ticks < before + ramp.count)
        reached = ticks[inside] - before
        slope = (ramp.end - ramp.start) / ramp.seconds
        if abs(slope) < 1e-12:
            times[inside] = began + reached / ramp.start
        else:  # reached = start·t + slope·t²/2
            times[inside] = began + (np.sqrt(ramp.start**2 + 2 * slope * reached) - ramp.start) / slope
        before += ramp.count
        began += ramp.seconds
    return times
