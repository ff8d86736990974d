"""Restores: whether the newest backup was brought back and compared."""

from datetime import timedelta

from readiness.evidence import Fact
from readiness.probes import supplied

_QUARTER = timedelta(days=90)

restores = supplied(
    Fact(
        "restores.verified",
        "boolean",
        "A backup was restored into an empty database: rows, schema revision and checksums are what they were.",
        max_age=_QUARTER,
        attestable=True,
    ),
    Fact(
        "restores.within_target",
        "boolean",
        "The restore took no longer than the recovery time target.",
        max_age=_QUARTER,
        attestable=True,
    ),
    Fact(
        "restores.automatic",
        "boolean",
        "A job restores by a schedule, and cannot succeed without having restored.",
        max_age=_QUARTER,
        attestable=True,
    ),
)
