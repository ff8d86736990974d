"""A circuit breaker: stops a load test when the platform goes on failing, so that it is not kept from recovering."""

from readiness.load.channel import Tidings

LASTING_S = 5
"""Seconds in a row with too many failures."""
FEWEST = 10
"""Requests that have to end in that time: fewer tell nothing."""


class Breaker:
    """Adds up what workers tell.

    Args:
        abort_pct: Failures that are too many, per cent of those that end in a second.

    Attributes:
        reason: Why the test has to stop; empty as long as it need not.
    """

    def __init__(self, abort_pct: float) -> None:
        self._abort_pct = abort_pct
        self._seconds: dict[int, list[int]] = {}
        self.reason = ""

    def hear(self, tidings: Tidings) -> None:
        """What one worker tells of one second."""
        if tidings.second is None:
            return
        ended = self._seconds.setdefault(tidings.second, [0, 0])
        ended[0] += tidings.scheduled
        ended[1] += tidings.failed
        lasting = range(tidings.second - LASTING_S + 1, tidings.second + 1)
        told = [self._seconds.get(second, [0, 0]) for second in lasting]
        if lasting.start in self._seconds and sum(ended for ended, _ in told) >= FEWEST and all(map(self._bad, told)):
            self.reason = f"circuit breaker: more than {self._abort_pct:g} % failed for {LASTING_S} s"

    def _bad(self, told: list[int]) -> bool:
        """Whether too many failed; in a second in which nothing ended nothing succeeded either."""
        ended, failed = told
        return not ended or 100 * failed > self._abort_pct * ended
