"""Scaling: that replicas were seen to rise is a dated statement, which expires."""

from datetime import date

import pytest
from readiness.attestation import Attestation
from readiness.probes.scaling import scaling
from readiness.survey import survey


@pytest.mark.parametrize(
    ("value", "expires", "status"),
    [
        (True, date(2026, 5, 1), "observed"),
        (False, date(2026, 5, 1), "observed"),
        (True, date(2026, 3, 1), "unavailable"),
    ],
    ids=["rose", "did not", "expired"],
)
async def test_a_statement_stands_until_it_expires(target_of, now, value, expires, status):
    said = Attestation(
        fact="scaling.rose",
        value=value,
        statement="Replicas were counted during the load test.",
        by="operations",
        attested_on=date(2026, 2, 20),
        expires_on=expires,
    )
    target = target_of("http://127.0.0.1:9")
    result = await survey(target, [scaling], attestations=[said], now=lambda: now)
    row = result.evidence.set_index("fact").loc["scaling.rose"]
    assert row["status"] == status
    if status == "observed":
        assert bool(row["boolean"]) is value
