"""Capacity: how long what there is will last."""

from readiness.evidence import Fact
from readiness.probes import supplied

capacity = supplied(
    Fact("capacity.days_left", "number", "Days until disk, connections or memory run out, by their trend.", "days"),
    Fact(
        "capacity.headroom", "number", "Load sustained in a test, against the observed peak.", "times", attestable=True
    ),
)
