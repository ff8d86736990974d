"""Secrets: whether they are in the repository's history, how they are kept, and how old they are."""

from readiness.evidence import Fact
from readiness.probes import supplied
from readiness.sources.repository import WEEK

secrets = supplied(
    Fact("secrets.in_history", "number", "Secrets that a scan of the whole history found.", "secrets", WEEK),
    Fact("secrets.commits_read", "number", "Commits that the scan read.", "commits", WEEK),
    Fact("secrets.alerts", "number", "Open secret-scanning alerts at the repository host.", "alerts"),
    Fact(
        "secrets.kept_encrypted",
        "boolean",
        "The platform's secrets are kept encrypted, by vendor, vault or key service.",
    ),
    Fact("secrets.oldest_days", "number", "Days since the oldest listed secret was rotated.", "days"),
    Fact("secrets.audited", "boolean", "Reading of secrets is logged, and keys are rotated by themselves."),
)
