"""Alerts: what the repository host's own scanners found and nobody has dealt with."""

from readiness.evidence import Fact
from readiness.probes import supplied

alerts = supplied(
    Fact("alerts.dependencies", "number", "Open critical and high alerts of dependencies.", "alerts"),
    Fact("alerts.code", "number", "Open critical and high alerts of code scanning.", "alerts"),
)
