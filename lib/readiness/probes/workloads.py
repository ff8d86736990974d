"""Workloads: production's containers, as what runs them sees them."""

from readiness.evidence import Fact
from readiness.probes import supplied

workloads = supplied(
    Fact("workloads.count", "number", "Workloads in production.", "workloads"),
    Fact("workloads.short", "number", "Workloads with fewer than two replicas, or not all of them ready.", "workloads"),
    Fact("workloads.unprobed", "number", "Workloads without health checks or resource limits.", "workloads"),
    Fact("workloads.root", "number", "Workloads that are not kept from running as root, or privileged.", "workloads"),
)
