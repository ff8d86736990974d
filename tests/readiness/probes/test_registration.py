"""Sign-ups that tell nobody who is there, and some that do."""

import pytest
from readiness.probes.registration import registration

RIGHT = {
    "registration.mail_arrives": True,
    "registration.unverified_refused": True,
    "registration.neutral": True,
    "registration.neutral_time": True,
}


@pytest.fixture
def look(look_at_office):
    return lambda *faults, without=(): look_at_office(registration, *faults, without=without)


def values(seen):
    return {fact: seen.value(fact) for fact in RIGHT}


async def test_a_neutral_registration_passes_and_leaves_nobody_behind(look):
    assert values(await look()) == RIGHT


async def test_an_account_that_cannot_even_sign_in_before_it_is_verified_is_refused(look):
    assert (await look("closed")).value("registration.unverified_refused") is True


@pytest.mark.parametrize(
    ("fault", "wrong"),
    [
        ("conflict", {"registration.neutral": False}),
        ("says so", {"registration.neutral": False}),
        ("slow sign-up", {"registration.neutral_time": False}),
        ("open", {"registration.unverified_refused": False}),
    ],
)
async def test_one_fault_costs_one_fact(look, fault, wrong):
    assert values(await look(fault)) == RIGHT | wrong


async def test_a_mail_that_does_not_come_is_seen_and_what_needs_it_is_not_guessed(look):
    seen = await look("no mail")
    assert seen.value("registration.mail_arrives") is False
    assert seen["registration.unverified_refused"].reason == "no mail to verify the address with arrived"
    assert seen.value("registration.neutral") is True


async def test_a_platform_that_is_not_described_is_not_judged(look):
    seen = await look(without=("sign_up",))
    assert values(seen) == dict.fromkeys(RIGHT)
    assert "does not describe the operation sign_up" in seen["registration.mail_arrives"].reason
