"""Business metrics: whether what the platform is for is counted."""

from readiness.canary import LONGEST_S
from readiness.evidence import Fact
from readiness.probes import supplied

business = supplied(
    Fact("business.metrics", "number", "Business metrics that are declared.", "metrics"),
    Fact("business.missing", "number", "Of these, those that do not exist.", "metrics"),
    Fact("business.moved", "boolean", "The counter of sign-ups counts a sign-up of our own."),
    deadline=LONGEST_S + 90,
    alone=True,  # sign-ups of other probes would move it as well
)
