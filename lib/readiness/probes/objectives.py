"""Objectives: what availability the monitoring service holds the platform to."""

from readiness.evidence import Fact
from readiness.probes import supplied

objectives = supplied(
    Fact(
        "objectives.availability_pct",
        "number",
        "Target of the strictest service level objective over 30 days; 0 where there is none.",
        "%",
    ),
)
