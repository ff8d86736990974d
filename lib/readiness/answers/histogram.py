"""Histograms: percentiles of cumulative buckets, with the bounds between which they are known to lie."""

import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_Z = 1.96
"""Standard deviations of a 95 % confidence interval."""


@dataclass(frozen=True)
class Percentile:
    """A percentile.

    Attributes:
        value: As Prometheus interpolates it: as if the samples of its bucket were spread evenly.
        low, high: It lies between these (95 % confidence); `high` is infinite where no bucket bounds it.
    """

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Histogram:
    """Cumulative buckets.

    Attributes:
        bounds: Upper bounds, ascending, the last one infinite.
        counts: Samples at or below each bound.
    """

    bounds: Sequence[float]
    counts: Sequence[float]

    @classmethod
    def of(cls, buckets: Iterable[tuple[float, float]]) -> "Histogram":
        """A histogram of (upper bound, samples at or below it), in any order.

        Raises:
            ValueError: There is no infinite bucket, so that the samples cannot be counted.
        """
        found = sorted(buckets)
        if not found or found[-1][0] != math.inf:
            raise ValueError("no bucket +Inf")
        counts, most = [], 0.0
        for _, count in found:  # rates of buckets that were scraped at different moments may go down by a little
            most = max(most, count)
            counts.append(most)
        return cls([bound for bound, _ in found], counts)

    @property
    def samples(self) -> float:
        """Number of samples."""
        return self.counts[-1]

    def percentile(self, share: float) -> Percentile | None:
        """The percentile at `share` (0.99 for p99); None without samples.

        Which of the ordered samples it may be is bounded by the binomial distribution (normal approximation; Conover,
        Practical Nonparametric Statistics, 3.2), and where these are by their buckets. An upper bound is inclusive
        (`le`); it is given as the number just below it, since a time that equals it exactly does not occur.
        """
        if not self.samples:
            return None
        rank = share * self.samples
        spread = _Z * math.sqrt(rank * (1 - share))
        first, last = max(rank - spread, 1e-9), math.ceil(rank + spread) + 1
        low = self._below(self._bucket(first))
        high = self.bounds[self._bucket(last)] if last <= self.samples else math.inf
        high = math.nextafter(high, 0.0) if math.isfinite(high) else high
        return Percentile(min(max(self._interpolated(rank), low), high), low, high)

    def _bucket(self, rank: float) -> int:
        return bisect_left(self.counts, rank)

    def _below(self, bucket: int) -> float:
        return self.bounds[bucket - 1] if bucket else 0.0

    def _interpolated(self, rank: float) -> float:
        bucket = self._bucket(rank)
        lower, upper = self._below(bucket), self.bounds[bucket]
        if upper == math.inf:
            return lower
        before = self.counts[bucket - 1] if bucket else 0.0
        return lower + (upper - lower) * (rank - before) / (self.counts[bucket] - before)
