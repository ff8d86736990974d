"""Queries: what the platform's statements take, as the database itself counts it."""

from readiness.canary import LONGEST_S
from readiness.evidence import Fact
from readiness.probes import supplied

queries = supplied(
    Fact("queries.calls", "number", "Statements of the platform within the window.", "statements"),
    Fact("queries.mean_ms", "number", "Mean time of one of them.", "ms"),
    Fact("queries.slow", "number", "Statements with 100 calls or more that take over 500 ms on average.", "statements"),
    deadline=LONGEST_S + 90,
)
