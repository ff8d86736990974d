"""Log store: whether logs of every replica arrive in one place, and how long they are kept there."""

from readiness.evidence import Fact
from readiness.probes import supplied

log_store = supplied(
    Fact("log_store.replicas", "number", "Replicas of the platform that run.", "replicas"),
    Fact("log_store.silent_replicas", "number", "Of these, those without a log record in 15 minutes.", "replicas"),
    Fact("log_store.kept_days", "number", "Days that log records are kept, at least.", "days"),
)
