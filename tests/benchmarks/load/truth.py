"""The truth: what requests at an even rate had to wait, computed from a server's log alone.

Who comes while the server neither freezes nor catches up waits as long as the server takes otherwise. Who comes later
than a freeze begins waits until the server answers as many as came before, and one more: first come, first served.
"""

import numpy as np
from numpy.typing import NDArray

from .freezing import Log

SHARES = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "p99_9": 0.999}
WITHIN_MS, WITHIN_SHARE = 1.0, 0.05
"""A reported time is true where it is off by no more than the larger of these."""


def service_s(log: Log) -> float:
    """How long the server takes where it neither freezes nor catches up, seconds: the median."""
    read, answered = np.array(log.read), np.array(log.answered)
    read = read[: len(answered)]
    usual = np.ones(len(read), dtype=bool)
    for began, _, caught_up in log.freezes:
        usual &= (answered[: len(read)] < began) | (read > caught_up)
    return float(np.median((answered - read)[usual]))


def truth(log: Log, rate: float, *, after_s: float, seconds: float) -> NDArray[np.float64]:
    """What each request would have waited, milliseconds.

    Args:
        log: What the server did.
        rate: Requests a second, evenly spaced from the first that the server read.
        after_s: How long after that first one it is measured from.
        seconds: How long it is measured.
    """
    usual = service_s(log)
    came = log.read[0] + np.arange(int((after_s + seconds) * rate)) / rate
    answered = np.array(log.answered)
    waited = np.full(len(came), usual)
    for began, _, caught_up in log.freezes:
        first, last = np.searchsorted(came, [began - usual, caught_up])
        then = answered[np.searchsorted(answered, began) :][: last - first]
        waited[first : first + len(then)] = np.maximum(then - came[first : first + len(then)], usual)
    return 1000 * waited[came >= log.read[0] + after_s]


def percentiles(waited_ms: NDArray[np.float64]) -> dict[str, float]:
    """The percentiles that are compared: of n the one at rank ⌈share·n⌉."""
    return {name: float(np.quantile(waited_ms, share, method="inverted_cdf")) for name, share in SHARES.items()}


def true(reported_ms: float, true_ms: float) -> bool:
    """Whether a reported time is near enough."""
    return abs(reported_ms - true_ms) <= max(WITHIN_MS, WITHIN_SHARE * true_ms)
