"""Scalability: a fit of the Universal Scalability Law to what was measured, and what more load would need by it.

    X(N) = λN / (1 + σ(N−1) + κN(N−1))

N is the number of requests under way, λ the throughput of one, σ what has to be done one after the other, κ what it
costs to agree (Gunther, 2007, "Guerrilla Capacity Planning", chapters 4 to 6). Its peak is at N = √((1−σ)/κ).

Uncertainty comes from fitting again what the fitted law would give with relative errors as large as the residuals,
their size drawn as well (parametric bootstrap: Efron and Tibshirani, 1993, "An Introduction to the Bootstrap", chapter
6). Levels are few and parameters near their bounds: the covariance of a least-squares fit says too little there, and so
does drawing the residuals themselves again, whose intervals held the truth in 70 to 85 tests of a hundred.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

PARAMETERS = 3
FEWEST_LEVELS = 5
"""Three parameters and two levels more, or the fit would say nothing of its own error."""
DRAWS = 200
TIMES = (2, 10)
FARTHEST = 10
"""How many times the greatest concurrency measured a peak may lie off, at the end of its interval, to be told."""
FOREVER = 1e12


@dataclass(frozen=True)
class Interval:
    """A value and its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Need:
    """What a multiple of the largest measured throughput would need.

    Attributes:
        times: The multiple.
        throughput: It, requests a second.
        concurrency: Requests under way at which one installation would reach it; None where it would not.
        replicas: Installations of this kind, at least, that share nothing; an interval from the peak's.
    """

    times: int
    throughput: float
    concurrency: float | None
    replicas: Interval


@dataclass(frozen=True)
class Scalability:
    """A fit, or why there is none.

    Attributes:
        why_not: Why nothing can be said; empty where something can.
        lam, sigma, kappa: Parameters of the law, with intervals.
        peak: The greatest throughput by the law, requests a second; None where it is only known to lie beyond what was
            measured.
        at_least: The greatest throughput measured, requests a second.
        needs: What more would need; empty without a peak.
        residual_pct: Root mean square of the relative residuals.
    """

    why_not: str = ""
    lam: Interval | None = None
    sigma: Interval | None = None
    kappa: Interval | None = None
    peak: Interval | None = None
    at_least: float = 0.0
    needs: tuple[Need, ...] = ()
    residual_pct: float | None = None


def fit(concurrency: Sequence[float], throughput: Sequence[float], *, seed: int = 0) -> Scalability:
    """Fit the law.

    Args:
        concurrency: Requests under way at each level, mean.
        throughput: Completed a second at each level.
        seed: Makes the drawing repeatable.
    """
    n, x = np.array(concurrency, float), np.array(throughput, float)
    most = float(x.max()) if len(x) else 0.0
    if len(set(concurrency)) < FEWEST_LEVELS:
        return Scalability(f"{len(set(concurrency))} levels were measured, {FEWEST_LEVELS} are needed", at_least=most)
    found = _fitted(n, x)
    if found is None:
        return Scalability("no parameters of the law fit what was measured", at_least=most)
    expected = _law(n, *found)
    residuals = (x - expected) / expected
    random = np.random.default_rng(seed)
    freedom = len(n) - PARAMETERS
    # how large the error is, is itself only known from so few levels
    spread = np.sqrt((residuals**2).sum() / random.chisquare(freedom, DRAWS))
    noise = spread[:, None] * random.standard_normal((DRAWS, len(n)))
    drawn = [again for one in noise if (again := _fitted(n, np.maximum(expected * (1 + one), 1e-9))) is not None]
    table = np.array([found, *drawn])
    lam, sigma, kappa = (_interval(found[index], table[:, index]) for index in range(3))
    residual = round(100 * float(np.sqrt(np.mean(residuals**2))), 2)
    told = {"lam": lam, "sigma": sigma, "kappa": kappa, "at_least": most, "residual_pct": residual}
    reached = _interval(_turn(*found), np.array([_turn(*row) for row in table]))
    if reached.high > FARTHEST * n.max():
        return Scalability("", peak=None, **told)  # type: ignore[arg-type]
    peak = _interval(_peak(*found), np.array([_peak(*row) for row in table]))
    needs = tuple(_need(times, most, found, peak) for times in TIMES)
    return Scalability("", peak=peak, needs=needs, **told)  # type: ignore[arg-type]


def _law(n: NDArray[np.float64], lam: float, sigma: float, kappa: float) -> NDArray[np.float64]:
    found: NDArray[np.float64] = lam * n / (1 + sigma * (n - 1) + kappa * n * (n - 1))
    return found


def _fitted(n: NDArray[np.float64], x: NDArray[np.float64]) -> tuple[float, float, float] | None:
    """Least squares of the relative residuals, so that small levels count as much as large ones."""
    from scipy.optimize import curve_fit

    start = (float((x / n).max()), 0.01, 1e-5)
    try:
        found, _ = curve_fit(
            _law, n, x, p0=start, sigma=x, bounds=([0, 0, 0], [np.inf, 1.0, np.inf]), x_scale=start, maxfev=2000
        )
    except (RuntimeError, ValueError):
        return None
    return float(found[0]), float(found[1]), float(found[2])


def _turn(lam: float, sigma: float, kappa: float) -> float:
    """The concurrency at which throughput is greatest."""
    return max(1.0, math.sqrt(max(0.0, 1 - sigma) / kappa)) if kappa > 0 else FOREVER


def _peak(lam: float, sigma: float, kappa: float) -> float:
    return float(_law(np.array([_turn(lam, sigma, kappa)]), lam, sigma, kappa)[0])


def _interval(value: float, drawn: NDArray[np.float64]) -> Interval:
    low, high = np.quantile(drawn, [0.025, 0.975])
    return Interval(value, min(float(low), value), max(float(high), value))


def _need(times: int, most: float, found: tuple[float, float, float], peak: Interval) -> Need:
    wanted = times * most
    lam, sigma, kappa = found
    # λN = X(1 + σ(N−1) + κN(N−1)): the smaller root of κX·N² + (X(σ−κ) − λ)·N + X(1−σ)
    a, b, c = kappa * wanted, wanted * (sigma - kappa) - lam, wanted * (1 - sigma)
    inside = b * b - 4 * a * c
    concurrency = (-b - math.sqrt(inside)) / (2 * a) if inside >= 0 else None
    replicas = Interval(*(float(math.ceil(wanted / one)) for one in (peak.value, peak.high, peak.low)))
    return Need(times, wanted, concurrency, replicas)
