"""Verification mails that work once, for their owner, and some that do not."""

import pytest
from readiness.probes.verification import verification

RIGHT = {
    "verification.works": True,
    "verification.once": True,
    "verification.life_h": 0.5,
    "verification.bound_to_user": True,
    "verification.resend_limited": True,
    "verification.dkim": "none",
    "verification.spf": "pass",
    "verification.dmarc": "pass",
    "verification.dmarc_aligned": True,
}


@pytest.fixture
def look(look_at_office):
    return lambda *faults, without=(): look_at_office(verification, *faults, without=without)


def values(seen):
    return {fact: seen.value(fact) for fact in RIGHT}


async def test_a_link_that_works_once_for_its_owner_passes(look):
    assert values(await look()) == RIGHT


@pytest.mark.parametrize(
    ("fault", "wrong"),
    [
        ("repeats", {"verification.once": False}),
        ("for ever", {"verification.life_h": 240.0}),
        ("says no life", {"verification.life_h": None}),
        ("whoever asks", {"verification.bound_to_user": False}),
        ("whoever is named", {"verification.bound_to_user": False}),
        ("unlimited", {"verification.resend_limited": False}),
        ("refuses", {}),
        ("refuses everybody", {"verification.resend_limited": None}),
        ("open", {"verification.bound_to_user": None}),
        (
            "from elsewhere",
            {"verification.spf": "none", "verification.dmarc": "fail", "verification.dmarc_aligned": False},
        ),
    ],
)
async def test_one_fault_costs_what_shows_it(look, fault, wrong):
    assert values(await look(fault)) == RIGHT | wrong


async def test_without_a_mail_nothing_is_said(look):
    assert set(values(await look("no mail")).values()) == {None}


async def test_a_mail_that_cannot_be_sent_again_is_not_said_to_be_limited(look):
    seen = await look(without=("resend_verification",))
    assert "does not describe the operation resend_verification" in seen["verification.resend_limited"].reason
