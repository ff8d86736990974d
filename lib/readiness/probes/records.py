"""Records that data protection law asks for, as attested."""

from readiness.evidence import Fact
from readiness.probes import supplied

records = supplied(
    Fact(
        "records.processing",
        "boolean",
        "There is a record of processing activities (GDPR, article 30).",
        attestable=True,
    ),
    Fact(
        "records.processors",
        "boolean",
        "Every processor is listed, with a contract (GDPR, article 28).",
        attestable=True,
    ),
    Fact(
        "records.impact_assessment",
        "boolean",
        "An impact assessment was made, or its want reasoned (GDPR, article 35).",
        attestable=True,
    ),
    Fact(
        "records.legal_basis",
        "boolean",
        "The legal basis of every processing is stated (GDPR, article 6).",
        attestable=True,
    ),
)
