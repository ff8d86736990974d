"""Drills: what was practised, and how long it took, as attested."""

from readiness.evidence import Fact
from readiness.probes import supplied

drills = supplied(
    Fact("drills.rollback_min", "number", "Time that a practised rollback took.", "min", attestable=True),
    Fact("drills.incident", "boolean", "The incident playbook was exercised.", attestable=True),
    Fact(
        "drills.cache_stopped_s",
        "number",
        "Time until the readiness route of staging said 503 after its cache was stopped, while liveness stayed 200.",
        "s",
        attestable=True,
    ),
    Fact(
        "drills.alert_acknowledged_min",
        "number",
        "Time until a person acknowledged a synthetic alert.",
        "min",
        attestable=True,
    ),
    Fact(
        "drills.failover_min",
        "number",
        "Time that a practised fail-over to another region took.",
        "min",
        attestable=True,
    ),
    Fact("drills.origin_lost", "boolean", "One origin was taken away and no request failed.", attestable=True),
    Fact(
        "drills.recovery_point_within",
        "boolean",
        "A practised recovery of the platform lost no more data than its target admits.",
        attestable=True,
    ),
    Fact(
        "drills.recovery_time_within",
        "boolean",
        "A practised recovery of the platform took no longer than its target admits.",
        attestable=True,
    ),
)
