"""Made-up evidence of many targets, and projects on which forecasts are held against what came."""

from datetime import datetime

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from readiness import probes
from readiness.catalog import Catalogue
from readiness.evidence import COLUMNS

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


def evidence(catalogue: Catalogue, count: int, now: datetime, seed: int = 0) -> pd.DataFrame:
    """Evidence of so many targets, sorted by target.

    Of each fact that the catalogue judges, a value near its first threshold; some with an interval, some too old, some
    that could not be observed.
    """
    random, facts = np.random.default_rng(seed), probes.facts()
    first = catalogue.criteria.drop_duplicates("fact")
    asked = [(facts[name], one) for name, one in zip(first["fact"], first["threshold"], strict=True) if name]
    size = count * len(asked)
    fate, near = random.random(size), random.uniform(0.5, 1.5, size)
    observed, wide = fate < 0.9, np.where(fate < 0.2, 0.2 * near, 0)
    kind = np.tile([fact.type for fact, _ in asked], count)
    number = np.tile([float(one) if fact.type == "number" else np.nan for fact, one in asked], count)
    text = [(one[0] if isinstance(one, list) else one) if fact.type == "text" else None for fact, one in asked]
    good = random.random(size) < 0.8
    columns = {
        "target": np.repeat([f"target-{one:05}" for one in range(count)], len(asked)),
        "fact": np.tile([fact.name for fact, _ in asked], count),
        "number": np.where(observed, number * near, np.nan),
        "boolean": np.where(observed & (kind == "boolean"), good, None),
        "text": np.where(observed & (kind == "text"), np.where(good, np.tile(text, count), "other"), None),
        "unit": np.tile([fact.unit for fact, _ in asked], count),
        "status": np.where(observed, "observed", "unavailable"),
        "low": np.where(observed, number * (near - wide), np.nan),
        "high": np.where(observed, number * (near + wide), np.nan),
        "source": "GET https://api.example.com/health",
        "observed_at": pd.Timestamp(now) - pd.to_timedelta(np.where(fate < 0.85, 0, 400), unit="D"),
        "max_age": np.tile(np.array([fact.max_age for fact, _ in asked], "timedelta64[s]"), count),
        "reason": np.where(observed, "", "the platform did not answer in time"),
        "permission": "",
        "digest": "0123456789abcdef",
    }
    return pd.DataFrame(columns)[list(COLUMNS)].astype(COLUMNS)
