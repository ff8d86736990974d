"""Renewal of certificates, as attested."""

from readiness.evidence import Fact
from readiness.probes import supplied

renewal = supplied(
    Fact(
        "renewal.automatic",
        "boolean",
        "The certificate is renewed without a person; a renewal was seen.",
        attestable=True,
    ),
)
