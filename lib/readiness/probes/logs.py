"""Logs: whether records are structured, free of secrets, and lead from a request to what was logged of it."""

from readiness.canary import LONGEST_S
from readiness.evidence import Fact
from readiness.probes import supplied

logs = supplied(
    Fact("logs.lines", "number", "Log records that were looked at.", "lines"),
    Fact("logs.structured_pct", "number", "Share that has time, level, message, service and request id.", "%"),
    Fact("logs.traced_pct", "number", "Share that has a trace id.", "%"),
    Fact("logs.secrets", "number", "Records with a credential, a key or an e-mail address.", "lines"),
    Fact("logs.request_found", "boolean", "The id of a request of our own is found in the logs."),
    deadline=LONGEST_S + 60,
)
