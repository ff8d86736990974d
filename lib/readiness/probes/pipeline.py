"""Pipeline: whether the required workflows passed for the head of the default branch."""

from readiness.evidence import Fact
from readiness.probes import supplied

pipeline = supplied(
    Fact("pipeline.workflows", "number", "Required workflows that ran to their end on the head.", "workflows"),
    Fact("pipeline.failing", "number", "Required workflows that did not succeed on the head.", "workflows"),
    Fact("pipeline.success_pct", "number", "Share of the last 20 runs of the default branch that succeeded.", "%"),
)
