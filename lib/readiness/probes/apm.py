"""APM: whether a performance monitor sees production's requests, and can tell them apart."""

from readiness.evidence import Fact
from readiness.probes import supplied

apm = supplied(
    Fact(
        "apm.requests", "number", "Production requests that the performance monitor saw in the last hour.", "requests"
    ),
    Fact("apm.tagged", "boolean", "All of them carry service, environment and version."),
)
