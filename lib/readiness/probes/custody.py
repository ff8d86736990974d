"""Custody: where secrets are and who can read them, as attested."""

from readiness.evidence import Fact
from readiness.probes import supplied

custody = supplied(
    Fact(
        "custody.signing_keys",
        "boolean",
        "It is known, and stated, where signing keys are kept and who can read them.",
        attestable=True,
    ),
    Fact(
        "custody.secret_readers",
        "boolean",
        "It is known, and stated, who can read production secrets.",
        attestable=True,
    ),
    Fact(
        "custody.internal_hops",
        "boolean",
        "Connections between the platform's own services are encrypted.",
        attestable=True,
    ),
)
