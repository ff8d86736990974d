"""Durability: whether what was confirmed outlives a crash, and whether nobody can hold a lock for ever."""

from readiness.canary import LONGEST_S
from readiness.evidence import Fact
from readiness.probes import supplied

durability = supplied(
    Fact(
        "durability.safe", "boolean", "What was committed is on disk (fsync, full_page_writes and synchronous_commit)."
    ),
    Fact(
        "durability.statement_timeout_ms",
        "number",
        "Time after which a statement of the platform is stopped; 0: never.",
        "ms",
    ),
    Fact("durability.idle_timeout_ms", "number", "Time after which its idle transaction is ended; 0: never.", "ms"),
    Fact("durability.transactions", "number", "Transactions in the window that was watched.", "transactions"),
    Fact("durability.deadlocks", "number", "Deadlocks among them.", "deadlocks"),
    deadline=LONGEST_S + 90,
)
