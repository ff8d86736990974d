"""Latency: how long requests take, by the platform's own histogram."""

from readiness.evidence import Fact
from readiness.probes import supplied

latency = supplied(
    Fact(
        "latency.samples", "number", "Requests that the percentiles rest on, of the group with the fewest.", "requests"
    ),
    Fact("latency.p50_ms", "number", "Time in which half of all requests are answered.", "ms"),
    Fact("latency.p99_ms", "number", "Time in which all but one request in a hundred are answered.", "ms"),
)
