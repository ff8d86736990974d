"""Database: what keeps the accounts, whether it is supported, managed and closed to plain connections."""

from readiness.evidence import Fact
from readiness.probes import supplied

database = supplied(
    Fact("database.is_postgresql", "boolean", "It is PostgreSQL."),
    Fact("database.supported", "boolean", "Its major version still gets fixes."),
    Fact("database.loopback", "boolean", "It runs on the machine that looks, and not on a server of its own."),
    Fact("database.managed_healthy", "boolean", "Its vendor says that the project is active and healthy."),
    Fact("database.pooled", "boolean", "Connections go through a pooler, or a standby follows."),
    Fact("database.plain_refused", "boolean", "It refuses connections without TLS."),
)
