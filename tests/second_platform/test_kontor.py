"""A platform that a target file alone describes: other paths, other names, forms, a cookie, and codes in its mails."""

import json

import pytest
from readiness import probes
from readiness.accounts import mailing
from readiness.validate import validate

from .assessed import KEEPER, PARAMS, PASSWORD, TARGET, assessed

RIGHT = {
    "access.cross_tenant": 0,
    "access.cross_tenant_tried": 2,
    "access.matrix_pct": 100,
    "access.open_operations": 0,
    "access.rows": 31,
    "access.swept": 10,
    "access.violations": 0,
    "caching.user_hit": False,
    "caching.user_uncacheable": True,
    "cors.credentialed_hostile_allowed": 0,
    "cors.credentialed_routes": 8,
    "documented.answers_differing": 0,
    "erasure.accepted": True,
    "erasure.credentials_refused": True,
    "erasure.erased": True,
    "erasure.sign_in_refused": True,
    "errors.conflict": True,
    "errors.forbidden": True,
    "errors.kinds": 8,
    "errors.leaks": 0,
    "errors.off_shape": 0,
    "errors.wrong_status": 0,
    "injection.changed_meaning": 0,
    "injection.database_errors": 0,
    "injection.delays": 0,
    "injection.parameters": 5,
    "inputs.auth_refused_pct": 100,
    "inputs.auth_server_errors": 0,
    "inputs.oversize_refused": True,
    "inputs.refused_pct": 100,
    "inputs.server_errors": 0,
    "login.refuses_bad_credentials": True,
    "login.refuses_malformed": True,
    "races.accounts_made": 1,
    "races.refresh": "none",
    "races.registrations": 20,
    "rate_limit.operations": 1,
    "rate_limit.per_account": True,
    "rate_limit.recovers": True,
    "rate_limit.refusal_in_shape": True,
    "rate_limit.retry_after": True,
    "rate_limit.spoofable": False,
    "rate_limit.unlimited_operations": 0,
    "registration.mail_arrives": True,
    "registration.neutral": True,
    "registration.neutral_time": True,
    "registration.unverified_refused": True,
    "reset.ends_sessions": True,
    "reset.host_injection": False,
    "reset.life_min": 10,
    "reset.limited_per_account": True,
    "reset.neutral": True,
    "reset.neutral_time": True,
    "reset.once": True,
    "reset.works": True,
    "sessions.current_marked": True,
    "sessions.listed": 2,
    "sessions.other_lives": True,
    "sessions.revoked_refused": True,
    "sessions.undescribed": 0,
    "tokens.claims": "opaque",
    "tokens.cookies_unprotected": 0,
    "tokens.expired": "opaque",
    "tokens.forgeries": 5,
    "tokens.forgeries_unrefused": 0,
    "tokens.key": "opaque",
    "tokens.life_s": 0,
    "tokens.refresh": "none",
    "tokens.refresh_repeated": "none",
    "tokens.signed_out": "nothing",
    "verification.bound_to_user": True,
    "verification.dkim": "pass",
    "verification.dmarc": "pass",
    "verification.dmarc_aligned": True,
    "verification.life_h": 0.25,
    "verification.once": True,
    "verification.resend_limited": True,
    "verification.spf": "pass",
    "verification.works": True,
}
"""What an observer of Kontor has to see of its journeys."""

MET = {
    "experience.email_verification",
    "experience.error_messages",
    "experience.password_reset",
    "experience.registration",
    "infrastructure.production_environment",
    "infrastructure.tls",
    "security.authentication",
    "security.authorization",
    "security.input_validation",
}
"""What it meets at alpha; of the others it lacks something, or nobody can see it."""

WRONG = {
    "signing out ends nothing": ({"tokens.signed_out": "everything", "tokens.life_s": None}, "security.authentication"),
    # a member reads another; the keeper, who is told to expect none, reads both
    "members read each other": ({"access.cross_tenant": 1, "access.violations": 3}, "security.authorization"),
    "codes work twice": ({"verification.once": False}, "experience.email_verification"),
}
"""Faults, with what then is seen instead, and the requirement that is not met any more."""

ABSENT = {
    "audit": "audit",
    "export": "export",
    "factor": "totp_enrol",
    "graphql": "graphql",
    "imports": "import",
    "keys": "api_key_create",
    "usage": "api_key_create",
}
"""Probes of what Kontor does not have, and the operation that they miss first."""


@pytest.fixture(scope="module")
def assess(tmp_path_factory):
    """`assess(*faults)` is the outcome of assessing Kontor with these faults; no more mail is soon said to come."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mailing, "QUIET", 0.5)
        patch.setattr(mailing, "_LOOK", 0.05)
        patch.setenv("READINESS_STATE", str(tmp_path_factory.mktemp("state")))
        yield lambda *faults: assessed(tmp_path_factory.mktemp("kontor"), *faults)


@pytest.fixture(scope="module")
def healthy(assess):
    return assess()


def test_the_target_file_is_as_expected():
    assert validate(PARAMS, [TARGET]).problems == ()


def test_the_platform_s_own_document_says_nothing_against_it(healthy):
    assert healthy.contradictions == []


def test_every_journey_is_observed_with_the_value_it_deserves(healthy):
    assert {fact: healthy.values.get(fact) for fact in RIGHT} == RIGHT
    assert {name for name, status in healthy.alpha.items() if status == "met"} == MET


def test_invalid_input_is_sent_to_forms_as_well(healthy):
    sent = [one for one in healthy.survey.exchanges if one.get("note") == "Missing required property: pass"]
    assert any(one["url"].endswith("/konto/anmelden") and one["content"].startswith("mail=") for one in sent)


def test_what_the_target_file_does_not_describe_is_unavailable_for_that_reason(healthy):
    absent = {fact.name: ABSENT[one.name] for one in probes.discover() if one.name in ABSENT for fact in one.facts}
    reasons = {fact: f"the target file does not describe the operation {name}" for fact, name in absent.items()}
    assert {fact: healthy.reasons.get(fact) for fact in absent} == reasons


def test_no_probe_crashes(healthy):
    assert healthy.survey.evidence.query("status == 'error'")["reason"].tolist() == []


def test_no_account_and_no_session_is_left(healthy):
    assert healthy.survey.accounts > 20
    assert healthy.survey.left == ()
    assert list(healthy.kontor.members) == [KEEPER]
    assert healthy.kontor.sessions == {}


def test_no_secret_of_a_session_is_recorded(healthy):
    said = json.dumps(healthy.survey.exchanges, ensure_ascii=False)
    assert len(healthy.kontor.told) > 50
    assert [secret for secret in (*healthy.kontor.told, PASSWORD) if secret in said] == []


def test_faults_turn_their_own_facts_and_requirements_alone(assess):
    faulty = assess(*WRONG)
    wrong = {fact: value for facts, _ in WRONG.values() for fact, value in facts.items()}
    assert {fact: faulty.values.get(fact) for fact in RIGHT} == RIGHT | wrong
    lost = {requirement for _, requirement in WRONG.values()}
    assert {name for name, status in faulty.alpha.items() if status == "met"} == MET - lost
    assert {faulty.alpha[name] for name in lost} == {"unmet"}
    assert list(faulty.kontor.members) == [KEEPER]
