"""Intervals: how sure a measured percentile is.

Latencies under load depend on one another: a stall of a second is met by every request of that second. The binomial
interval of order statistics takes each for itself and comes out far too narrow then. So blocks of consecutive seconds
are drawn again, with replacement, whole as they were (circular block bootstrap: Politis and Romano, 1992, "A circular
block-resampling procedure for stationary data"; Künsch, 1989, Annals of Statistics 17). A block has ∛n seconds, rounded
up: the order at which the spread of an estimate is estimated best (Hall, Horowitz and Jing, 1995, Biometrika 82).

Where the interval of order statistics is the wider one, it is taken: no drawing goes beyond what was seen.
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
Z = 1.96
"""Standard deviations of a 95 % interval."""
FEWEST_BEYOND = 5
"""With fewer samples beyond a percentile nothing tells how far it may lie: the interval goes to the largest."""
MOST_ROWS = 1000
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
    rows = _rows(seconds)
    if not rows:
        raise ValueError("nothing was measured")
    values = np.array(sorted({value for row in rows for value in row}), dtype=np.int64)
    table = np.zeros((len(rows), len(values)))
    for number, row in enumerate(rows):
        table[number, np.searchsorted(values, list(row))] = list(row.values())
    whole = table.sum(axis=0)
    samples = int(whole.sum())
    measured = _at(values, whole, shares)
    if len(rows) < FEWEST_SECONDS:
        return [Estimate(value, values[0] / 1000, values[-1] / 1000, samples) for value in measured]
    random = np.random.default_rng(seed)
    block = math.ceil(len(rows) ** (1 / 3))
    starts = random.integers(0, len(rows), (DRAWS, math.ceil(len(rows) / block)))
    drawn_rows = (starts[:, :, None] + np.arange(block)).reshape(DRAWS, -1)[:, : len(rows)] % len(rows)
    weights = np.stack([np.bincount(row, minlength=len(rows)) for row in drawn_rows]).astype(np.float64)
    drawn = np.array([_at(values, counts, shares) for counts in weights @ table])
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(drawn, [tail, 1 - tail], axis=0)
    ranked = [_at(values, whole, _ranks(shares, samples, side)) for side in (-1, 1)]
    return [
        Estimate(value, min(float(a), c, value), max(float(b), d, value), samples)
        for value, a, b, c, d in zip(measured, low, high, *ranked, strict=True)
    ]


def _rows(seconds: Mapping[int, Counter[int]]) -> list[Counter[int]]:
    """Counts of consecutive seconds that have any; of a long test those of neighbours together."""
    filled = [seconds[second] for second in sorted(seconds) if seconds[second]]
    together = math.ceil(len(filled) / MOST_ROWS) or 1
    return [sum(filled[start : start + together], Counter()) for start in range(0, len(filled), together)]


def _ranks(shares: Sequence[float], samples: int, side: int) -> list[float]:
    """Shares at the ends of the interval of order statistics, by the normal approximation of the binomial."""
    return [
        min(max(share + side * Z * math.sqrt(share * (1 - share) / samples), 0.0), 1.0)
        if samples * (1 - share) >= FEWEST_BEYOND
        else (1.0 if side > 0 else max(share - Z / math.sqrt(samples), 0.0))
        for share in shares
    ]


def _at(values: NDArray[np.int64], counts: NDArray[np.float64], shares: Sequence[float]) -> list[float]:
    """The smallest value that so large a share does not exceed, ms."""
    cumulative = np.cumsum(counts)
    ranks = np.ceil(np.array(shares) * cumulative[-1] - 1e-9).clip(1)
    return [float(values[index]) / 1000 for index in np.searchsorted(cumulative, ranks)]
