"""What a dated statement can stand for, it settles both ways: each such fact, as its requirement demands it."""

from datetime import date, timedelta
from functools import cache
from pathlib import Path

import pytest
from readiness import probes
from readiness.assessment import Parameters
from readiness.attestation import Attestation
from readiness.judge import evaluate
from readiness.survey import survey

PARAMS = Path(__file__).parent.parent / "params"
ATTESTABLE = sorted(name for name, fact in probes.facts().items() if fact.attestable and fact.type != "text")
BESIDE = {"is": (True, False), "at_most": (0, 1), "at_least": (0, -1), "above": (1, 0), "below": (-1, 0)}
"""What holds and what does not, beside the threshold of an operator."""


@cache
def demanded():
    """The catalogue's criteria on what can be attested: a frame of stage, requirement, fact, operator, threshold."""
    criteria = Parameters.load("sample", PARAMS).catalogue.criteria
    return criteria[criteria["fact"].isin(ATTESTABLE)]


@pytest.mark.parametrize("holds", [True, False], ids=["good", "bad"])
@pytest.mark.parametrize("fact", ATTESTABLE)
async def test_a_statement_settles_what_is_demanded(target_of, now, fact, holds):
    criteria = demanded()[lambda frame: frame["fact"] == fact]
    last = criteria.iloc[-1]
    beside = BESIDE[last["operator"]][0 if holds else 1]
    value = beside if last["operator"] == "is" else last["threshold"] + beside
    said = Attestation(
        fact=fact,
        value=value,
        statement="It was looked at, and written down.",
        by="operations",
        attested_on=now.date() - timedelta(days=1),
        expires_on=now.date() + timedelta(days=60),
    )
    telling = next(probe for probe in probes.discover() if fact in {one.name for one in probe.facts})
    result = await survey(target_of("http://127.0.0.1:9"), [telling], attestations=[said], now=lambda: now)
    judged = evaluate(result.evidence, criteria.tail(1), now)
    assert judged["holds"].tolist() == [holds], judged["reason"].tolist()


async def test_one_that_has_expired_settles_nothing(target_of, now):
    said = Attestation(
        fact="penetration.scope_production",
        value=True,
        statement="Production was tested.",
        by="operations",
        attested_on=date(2025, 3, 1),
        expires_on=date(2026, 3, 1),
    )
    telling = next(probe for probe in probes.discover() if probe.name == "penetration")
    result = await survey(target_of("http://127.0.0.1:9"), [telling], attestations=[said], now=lambda: now)
    assert set(result.evidence["status"]) == {"unavailable"}
