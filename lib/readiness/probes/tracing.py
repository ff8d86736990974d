"""Tracing: whether a request of our own can be followed into the database."""

from readiness.canary import LONGEST_S
from readiness.evidence import Fact
from readiness.probes import supplied

tracing = supplied(
    Fact("tracing.found", "boolean", "The trace of a request of our own is found by the id that it was sent with."),
    Fact("tracing.database_span", "boolean", "A query of the database is part of it."),
    deadline=LONGEST_S + 60,
)
