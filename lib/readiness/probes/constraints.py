"""Constraints: what the database itself refuses, whatever the code before it lets through."""

from readiness.evidence import Fact
from readiness.probes import supplied

constraints = supplied(
    Fact(
        "constraints.email_unique",
        "boolean",
        "Two accounts cannot have one address, whatever its upper and lower case.",
    ),
    Fact("constraints.count", "number", "Constraints of the platform's tables.", "constraints"),
    Fact("constraints.not_validated", "number", "Of these, those that older rows need not satisfy.", "constraints"),
)
