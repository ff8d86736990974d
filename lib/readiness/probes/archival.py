"""Archival: whether old rows leave the live tables on schedule, and where they go."""

from readiness.evidence import Fact
from readiness.probes import supplied

archival = supplied(
    Fact("archival.on_schedule", "boolean", "The job that archives ended well within its last interval."),
    Fact("archival.overdue_rows", "number", "Rows in live tables that should have been archived.", "rows"),
    Fact(
        "archival.storage_class",
        "boolean",
        "The archive is kept in a class of storage meant for it, apart from the live data.",
        attestable=True,
    ),
)
