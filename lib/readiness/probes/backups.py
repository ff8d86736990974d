"""Backups: how old the newest is, how long they are kept, and where."""

from readiness.evidence import Fact
from readiness.probes import supplied

backups = supplied(
    Fact("backups.newest_age_h", "number", "Age of the newest backup that is finished and not empty.", "h"),
    Fact(
        "backups.kept_days",
        "number",
        "How long backups are kept, or how many days the finished ones reach back.",
        "days",
    ),
    Fact("backups.second_location", "boolean", "Backups are copied to a second place or account.", attestable=True),
    Fact("backups.size_ratio", "number", "Size of the newest against the median of those of the week before it."),
)
