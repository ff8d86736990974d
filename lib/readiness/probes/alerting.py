"""Alerting: whether a critical condition raises an alert that reaches somebody."""

from readiness.evidence import Fact
from readiness.probes import supplied

alerting = supplied(
    Fact(
        "alerting.critical", "number", "Critical alert rules that evaluate, or ways into the paging service.", "rules"
    ),
    Fact(
        "alerting.unhealthy",
        "number",
        "Critical rules that do not evaluate, notifications that failed within an hour, paging services that are off.",
        "faults",
    ),
    Fact("alerting.routed", "boolean", "A critical alert is sent to a receiver that tells somebody."),
)
