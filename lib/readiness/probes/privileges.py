"""Privileges: what the platform's own role may do in the database."""

from readiness.evidence import Fact
from readiness.probes import supplied

privileges = supplied(
    Fact(
        "privileges.audit_changeable", "boolean", "The platform's role can change or delete records of the audit trail."
    ),
)
