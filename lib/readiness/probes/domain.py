"""Domain: how long the name is registered for, and whether it can be carried away."""

from readiness.evidence import Fact
from readiness.probes import supplied

domain = supplied(
    Fact("domain.days_left", "number", "Days until the domain's registration expires.", "days"),
    Fact("domain.transfer_locked", "boolean", "The registration cannot be transferred as it is (RFC 8056)."),
)
