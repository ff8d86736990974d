"""Audits: whether one was passed, as attested."""

from readiness.evidence import Fact
from readiness.probes import supplied

audits = supplied(
    Fact("audits.passed", "boolean", "A security audit against a standard was passed.", attestable=True),
)
