"""Runbooks: whether every alert leads to instructions."""

from readiness.evidence import Fact
from readiness.probes import supplied
from readiness.sources.repository import WEEK

runbooks = supplied(
    Fact("runbooks.rules", "number", "Alert rules.", "rules", WEEK),
    Fact("runbooks.linked_pct", "number", "Those whose runbook link leads to something.", "%", WEEK),
)
