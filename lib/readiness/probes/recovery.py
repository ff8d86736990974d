"""Recovery: how far back the database can be taken, and whether its log really leaves the server."""

from readiness.evidence import Fact
from readiness.probes import supplied

recovery = supplied(
    Fact("recovery.window_h", "number", "How far back any point in time can be restored.", "h"),
    Fact(
        "recovery.archiving",
        "boolean",
        "The log is archived: the last segment of late, and more successes than failures.",
    ),
)
