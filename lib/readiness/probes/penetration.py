"""Penetration test: what an independent test within the year found, as attested."""

from readiness.evidence import Fact
from readiness.probes import supplied

penetration = supplied(
    Fact(
        "penetration.scope_production",
        "boolean",
        "An independent penetration test had the production API in its scope.",
        attestable=True,
    ),
    Fact(
        "penetration.open_findings",
        "number",
        "Critical and high findings of that test that are open after the retest.",
        "findings",
        attestable=True,
    ),
)
