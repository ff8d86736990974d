"""Timing: whether two kinds of answers differ in the time they take, by a rank test rather than by a guess."""

from collections.abc import Sequence
from statistics import median

from readiness.errors import Unobservable

PAIRS = 15
"""Fewest pairs. With fewer, two kinds that differ by a fifth are too often taken for one."""
SIGNIFICANCE = 0.01
"""Chance at most of finding a difference where there is none."""
SUSPICION = 0.05
"""Chance at which it is worth looking once more: a busy machine of our own hides differences, it makes none."""
MARGIN = 0.2
"""Difference that counts, as a share of the smaller time: less is lost in what a network adds."""


def differ(one: Sequence[float], other: Sequence[float], significance: float = SIGNIFICANCE) -> bool:
    """Whether two kinds of answers take different times.

    Args:
        one: Times of one kind, in ms, above 0.
        other: Times of the other kind, in ms, each taken right before or after the one at the same place: so a
            platform that gets slower or faster meanwhile does so for both.
        significance: Chance at most of finding a difference where there is none.

    Returns:
        True if Wilcoxon's signed-rank test (two-sided) finds a difference, and in the middle one of the pairs the times
        are more than `MARGIN` apart; False if either does not hold.

    Raises:
        Unobservable: There are fewer than `PAIRS`.
    """
    if len(one) < PAIRS:
        raise Unobservable(f"{len(one)} pairs of times are too few to compare, {PAIRS} are needed")
    ratio = median(left / right for left, right in zip(one, other, strict=True))
    if 1 / (1 + MARGIN) <= ratio <= 1 + MARGIN:
        return False
    # a second to import, which a run without accounts need not wait for
    from scipy.stats import wilcoxon

    return bool(wilcoxon(one, other).pvalue < significance)
