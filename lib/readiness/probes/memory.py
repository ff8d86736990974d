"""Memory: how large the platform's processes are, and whether they grow."""

from readiness.evidence import Fact
from readiness.probes import supplied

memory = supplied(
    Fact("memory.largest_mib", "number", "Resident memory of the largest process at its peak.", "MiB"),
    Fact("memory.growth_pct", "number", "Growth of the process that grew most, by its trend over the window.", "%"),
)
