"""CDN: how many requests for static files the edge answers itself."""

from readiness.evidence import Fact
from readiness.probes import supplied

cdn = supplied(
    Fact("cdn.requests", "number", "Requests of the static host in 7 days.", "requests"),
    Fact("cdn.hit_pct", "number", "Share of them that the edge answered.", "%"),
)
