"""Retention: whether personal data has an end that is written down, and kept to."""

from readiness.evidence import Fact
from readiness.probes import supplied
from readiness.sources.repository import WEEK

retention = supplied(
    Fact(
        "retention.policy",
        "boolean",
        "A policy that can be read says of classes of data how long which tables keep them, why, and how they end.",
        "",
        WEEK,
    ),
    Fact("retention.personal_tables", "number", "Tables with personal data.", "tables"),
    Fact("retention.uncovered_tables", "number", "Of these, those that the policy does not cover.", "tables"),
    Fact("retention.overdue_rows", "number", "Rows that are kept longer than the policy has it.", "rows"),
)
