"""Intervals: how sure a measured percentile is.

Latencies under load depend on one another: a stall of a second is met by every request of that second. The binomial
interval of order statistics takes each for itself and comes out far too narrow then. So blocks of consecutive seconds
are drawn again, with replacement, whole as they were (circular block bootstrap: Politis and Romano, 1992, "A circular
block-resampling procedure for stationary data"; Künsch, 1989, Annals of Statistics 17). A block has ∛n seconds, rounded
up: the order at which the spread of an estimate is estimated best (Hall, Horowitz and Jing, 1995, Biometrika 82).
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

DRAWS = 400
"""Times that the seconds are drawn again: the ends of a 95 % interval are then off by a few draws in a hundred."""
CONFIDENCE = 0.95
FEWEST_SECONDS = 10
"""With fewer seconds there is nothing to draw blocks from; the interval is all that was seen."""


@dataclass(frozen=True)
class Estimate:
    """A percentile, in ms.

    Attributes:
        value: As measured.
        low, high: Ends of its 95 % interval.
        samples: Requests that it rests on.
    """

    value: float
    low: float
    high: float
    samples: int

    def settles(self, threshold_ms: float) -> bool:
        """Whether the threshold lies outside the interval."""
        return not self.low <= threshold_ms <= self.high

    def needed(self, threshold_ms: float) -> int:
        """About how many samples would settle a threshold: an interval narrows with the root of their number."""
        distance = abs(self.value - threshold_ms)
        width = max(self.high - self.value, self.value - self.low)
        if not distance or not width:
            return self.samples
        return math.ceil(self.samples * max(1.0, (width / distance) ** 2))


def percentiles(seconds: Mapping[int, Counter[int]], shares: Sequence[float], *, seed: int = 0) -> list[Estimate]:
    """Percentiles of everything measured, with 95 % intervals.

    Args:
        seconds: Second → latency (µs) → how many.
        shares: Which, such as 0.99.
        seed: Makes the drawing repeatable.

    Raises:
        ValueError: Nothing was measured.
    """
    filled = [second for second in sorted(seconds) if seconds[second]]
    if not filled:
        raise ValueError("nothing was measured")
    values = np.array(sorted({value for second in filled for value in seconds[second]}), dtype=np.int64)
    place = {int(value): index for index, value in enumerate(values)}
    table = np.zeros((len(filled), len(values)), dtype=np.int64)
    for row, second in enumerate(filled):
        for value, count in seconds[second].items():
            table[row, place[value]] = count
    whole = table.sum(axis=0)
    measured = _at(values, whole, shares)
    samples = int(whole.sum())
    if len(filled) < FEWEST_SECONDS:
        return [Estimate(value, values[0] / 1000, values[-1] / 1000, samples) for value in measured]
    random = np.random.default_rng(seed)
    block = math.ceil(len(filled) ** (1 / 3))
    drawn = np.empty((DRAWS, len(shares)))
    for draw in range(DRAWS):
        starts = random.integers(0, len(filled), math.ceil(len(filled) / block))
        rows = (starts[:, None] + np.arange(block)).ravel()[: len(filled)] % len(filled)
        drawn[draw] = _at(values, np.bincount(rows, minlength=len(filled)) @ table, shares)
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(drawn, [tail, 1 - tail], axis=0)
    return [
        Estimate(value, min(float(a), value), max(float(b), value), samples)
        for value, a, b in zip(measured, low, high, strict=True)
    ]


def _at(values: NDArray[np.int64], counts: NDArray[np.int64], shares: Sequence[float]) -> list[float]:
    """The smallest value that so large a share does not exceed, ms."""
    cumulative = np.cumsum(counts)
    ranks = np.ceil(np.array(shares) * cumulative[-1]).clip(1)
    return [float(values[index]) / 1000 for index in np.searchsorted(cumulative, ranks)]
