"""CPU: how busy the platform's processes are, against the limit they have."""

from readiness.evidence import Fact
from readiness.probes import supplied

cpu = supplied(
    Fact("cpu.limit_declared", "boolean", "Every container has a CPU limit."),
    Fact("cpu.p95_pct", "number", "CPU use of the busiest process against its limit, 95th percentile.", "%"),
)
