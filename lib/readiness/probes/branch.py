"""Branch: what a change has to pass before it is on the default branch."""

from readiness.evidence import Fact
from readiness.probes import supplied

branch = supplied(
    Fact("branch.checks_required", "number", "Status checks that the default branch requires.", "checks"),
    Fact("branch.reviews_required", "number", "Approving reviews that the default branch requires.", "reviews"),
    Fact("branch.force_push_blocked", "boolean", "The history of the default branch cannot be rewritten."),
)
