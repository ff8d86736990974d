"""Scaling: the rules that replicas are added by, and whether they were seen to act."""

from readiness.evidence import Fact
from readiness.probes import supplied

scaling = supplied(
    Fact("scaling.smallest", "number", "Replicas that the scaling rules keep at least.", "replicas"),
    Fact("scaling.largest_above", "boolean", "Every scaling rule may add replicas to those it keeps."),
    Fact("scaling.active", "boolean", "There are scaling rules, and each is able to act."),
    Fact("scaling.rose", "boolean", "Replicas were added under load.", attestable=True),
)
