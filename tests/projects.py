"""Made-up projects, on which forecasts are held against what came."""

import numpy as np
from numpy.typing import NDArray

Gains = NDArray[np.float64]


def project(random: np.random.Generator, weeks: int = 2000) -> tuple[Gains, Gains, float]:
    """Points that a project gained in each of the 6 to 20 weeks so far and in `weeks` to come, and those it lacks.

    Requirements are closed one by one or in lumps, at a pace of its own; in one week of seven some are lost.
    """
    past, pace, lumpy = int(random.integers(6, 21)), random.uniform(0.8, 4), random.random() < 0.4

    def gained(count: int) -> Gains:
        closed = random.poisson(pace / 1.5, count) * 1.5
        if lumpy:
            closed = np.where(random.random(count) < 0.5, 0, random.gamma(2, pace, count))
        return closed - np.where(random.random(count) < 0.15, random.uniform(0, 2, count), 0)

    return gained(past), gained(weeks), random.uniform(5, 40)
