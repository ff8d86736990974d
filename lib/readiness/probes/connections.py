"""Connections: how many the platform holds, and what its pools leave of the server's limit."""

from readiness.canary import LONGEST_S
from readiness.evidence import Fact
from readiness.probes import supplied

connections = supplied(
    Fact("connections.most", "number", "Most connections of the platform at one time.", "connections"),
    Fact("connections.refused", "number", "Connections that the server had none left for.", "connections"),
    Fact(
        "connections.limit_left",
        "number",
        "What is left of the limit when every pool is full and ten are kept.",
        "connections",
    ),
    deadline=LONGEST_S + 90,
)
