"""Migrations: whether the schema has one history that loads, and the database stands at its end."""

from readiness.evidence import Fact
from readiness.probes import supplied
from readiness.sources.repository import WEEK

migrations = supplied(
    Fact("migrations.heads", "number", "Heads of the migration history; none where it does not load.", "heads", WEEK),
    Fact("migrations.at_head", "boolean", "The database records the head of the history as its revision."),
    Fact(
        "migrations.upgrade_tests",
        "number",
        "Upgrades that a test tries and passes: from an empty database, from the release before.",
        "upgrades",
        WEEK,
    ),
    Fact(
        "migrations.irreversible_unmarked",
        "number",
        "Revisions that cannot be undone and do not say so.",
        "revisions",
        WEEK,
    ),
)
