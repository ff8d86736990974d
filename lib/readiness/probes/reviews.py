"""Reviews: what people looked through and signed off."""

from readiness.evidence import Fact
from readiness.probes import supplied

reviews = supplied(
    Fact(
        "reviews.access_matrix",
        "boolean",
        "The matrix of roles and operations was reviewed: it is complete and grants no more than is needed.",
        attestable=True,
    ),
    Fact(
        "reviews.retention",
        "boolean",
        "The retention policy was reviewed by somebody with legal knowledge.",
        attestable=True,
    ),
    Fact("reviews.policies_followed", "boolean", "The security policies are followed.", attestable=True),
    Fact(
        "reviews.sections_complete", "boolean", "The declared list of dashboard sections is complete.", attestable=True
    ),
    Fact(
        "reviews.user_guide_followed",
        "boolean",
        "A person outside the team could follow the user guide.",
        attestable=True,
    ),
)
