"""Regions: where application and data run, so that the loss of one place is survived."""

from readiness.evidence import Fact
from readiness.probes import supplied

regions = supplied(
    Fact("regions.application", "number", "Regions that the application runs in.", "regions"),
    Fact("regions.database", "number", "Regions that hold the database.", "regions"),
    Fact("regions.replica_lag_s", "number", "How far the replica in another region is behind.", "s"),
)
