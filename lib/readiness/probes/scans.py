"""Scans: which kinds of security tests ran within a week, and what they found."""

from readiness.evidence import Fact
from readiness.probes import supplied
from readiness.sources.repository import WEEK

scans = supplied(
    Fact("scans.kinds", "number", "Kinds of security tests that ran to their end within a week.", "kinds", WEEK),
    Fact(
        "scans.high", "number", "Findings of high severity or above in them, dismissed ones left out.", "findings", WEEK
    ),
)
