"""Journeys: how many of the critical ones have an end-to-end test that passes."""

from readiness.evidence import Fact
from readiness.probes import supplied
from readiness.sources.repository import WEEK

journeys = supplied(
    Fact("journeys.declared", "number", "Critical journeys that the target file declares.", "journeys", WEEK),
    Fact("journeys.tested_pct", "number", "Those with an end-to-end test that passed.", "%", WEEK),
)
