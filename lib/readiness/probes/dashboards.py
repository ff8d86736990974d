"""Dashboards: whether one shows how the platform does, from data that is there."""

from readiness.evidence import Fact
from readiness.probes import supplied

dashboards = supplied(
    Fact("dashboards.complete", "number", "Dashboards that show rate, errors, duration and saturation.", "dashboards"),
    Fact("dashboards.dead_panels", "number", "Panels without an existing data source, of the best of them.", "panels"),
)
