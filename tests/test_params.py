"""The parameters that are committed: whole, consistent, and the assessment's own numbers."""

from pathlib import Path

import pytest
from readiness import probes
from readiness.baseline import Baseline
from readiness.catalog import DIMENSIONS, Catalogue
from readiness.duration import duration
from readiness.gate import Gates
from readiness.validate import validate

PARAMS = Path(__file__).parent.parent / "params"
LIMITS = {"probe": "24h", "service": "24h", "vendor": "24h", "repository": "7d", "load": "30d", "attestation": "90d"}
SIX = {
    "infrastructure.production_environment",
    "infrastructure.tls",
    "data.backups",
    "experience.email_verification",
    "monitoring.error_tracking",
    "testing.unit",
}


@pytest.fixture(scope="module")
def catalogue():
    return Catalogue.load(PARAMS / "catalog", probes.facts())


@pytest.fixture(scope="module")
def gates(catalogue):
    return Gates.load(PARAMS / "gates.yaml", catalogue)


def test_every_file_is_valid():
    assert validate(PARAMS).problems == ()


def test_there_are_a_hundred_requirements_in_ten_dimensions(catalogue):
    count = {name: sum(item.dimension == name for item in catalogue) for name in DIMENSIONS}
    assert count == {
        "infrastructure": 11,
        "security": 17,
        "data": 10,
        "performance": 10,
        "monitoring": 10,
        "experience": 10,
        "api": 9,
        "testing": 5,
        "operations": 10,
        "documentation": 8,
    }
    assert len(catalogue) == 100


TOLD_ONLY = {"dns.dnssec"}
"""Shown as evidence, never judged: most clients' resolvers do not validate, so its absence is a remark, not a fault."""


def test_every_fact_has_a_probe_and_every_probes_every_fact_is_used(catalogue):
    judged, observed = catalogue.facts_of(set(DIMENSIONS)), set(probes.facts())
    assert judged - observed == set()
    assert observed - judged == TOLD_ONLY


def test_a_share_or_a_count_of_faults_never_stands_alone(catalogue):
    """Zero faults in nothing looked at would pass: something that must be there stands beside every `at_most: 0`.

    What a person states is no count of what a machine found; that there is a statement is there to be seen.
    """
    facts = probes.facts()
    for item in catalogue:
        judged = [criterion for criterion in item.criteria if criterion.fact]
        counted = [criterion for criterion in judged if not facts[criterion.fact].attestable]
        if any(criterion.operator in ("at_most", "below") for criterion in counted):
            assert len(judged) > 1, item.id


def test_the_alpha_gate_is_the_assessments(gates):
    alpha = gates.gates["alpha"]
    points = {name: (item.weight, item.required) for name, item in alpha.categories.items() if item.weight}
    assert points == {
        "infrastructure": (20, 15),
        "security": (25, 20),
        "data": (15, 10),
        "performance": (10, 5),
        "monitoring": (10, 5),
        "experience": (10, 5),
        "testing": (10, 5),
    }
    assert (alpha.minimum, alpha.requires, set(alpha.mandatory)) == (60, None, SIX)
    assert gates.partial_credit == 0.5


def test_a_later_gate_demands_what_the_earlier_does_and_more(gates):
    alpha, beta, ga = (gates.gates[stage] for stage in ("alpha", "beta", "ga"))
    assert (beta.requires, ga.requires) == ("alpha", "beta")
    assert (beta.minimum, beta.categories) == (80, alpha.categories)
    assert alpha.minimum < beta.minimum < ga.minimum
    assert set(alpha.mandatory) < set(beta.mandatory) < set(ga.mandatory)
    assert {"security.mfa", "security.security_audit", "testing.load", "infrastructure.multi_region"} < set(
        beta.mandatory
    )
    assert all(item.weight > 0 for item in ga.categories.values())


def test_the_baseline_declares_every_requirement_and_the_assessments_totals(catalogue):
    baseline = Baseline.read(PARAMS / "baseline" / "2025-09-10.yaml")
    assert set(baseline.requirements) == set(catalogue.requirements)
    statuses = [item.status for item in baseline.requirements.values()]
    assert (statuses.count("met"), statuses.count("partial")) == (3, 24)
    assert baseline.totals == {"overall": 35, "alpha": 40, "beta": 25, "ga": 15}
    assert sum(baseline.categories.values()) == 35


def test_a_requirements_age_limit_is_the_longest_of_its_kinds_of_evidence(catalogue):
    for item in catalogue:
        assert item.max_age >= max(duration(LIMITS[kind]) for kind in item.evidence), item.id


def test_only_the_declared_duplicate_weighs_nothing(catalogue):
    assert [item.id for item in catalogue if item.weight == 0] == ["documentation.api"]
