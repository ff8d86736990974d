"""Profiles that are their owners' to change, as far as they are, and some that are not."""

import pytest
from readiness.accounts import Ledger
from readiness.probes.profile import profile

from .club import OPERATIONS

RIGHT = {
    "profile.read": True,
    "profile.changed": True,
    "profile.role_kept": True,
    "profile.tenant_kept": True,
    "profile.email_pending": True,
    "profile.email_confirmed": True,
}
BEYOND = ("profile.role_kept", "profile.tenant_kept")


@pytest.fixture
def look(look_at_club):
    return lambda *faults, **options: look_at_club(profile, *faults, **options)


def values(seen):
    return {fact: seen.value(fact) for fact in RIGHT}


@pytest.mark.parametrize("way", ["ignores more", "refuses more"])
async def test_a_profile_of_which_its_owner_changes_what_is_theirs_passes(look, way):
    assert values(await look(way)) == RIGHT


@pytest.mark.parametrize(
    ("fault", "wrong"),
    [
        ("another's card", {"profile.read": False, "profile.email_pending": False, "profile.email_confirmed": None}),
        ("takes rank", {"profile.role_kept": False}),
        ("takes branch", {"profile.tenant_kept": False}),
        ("at once", {"profile.email_pending": False, "profile.email_confirmed": None}),
        ("to the old", {"profile.email_confirmed": False}),
        ("in vain", {"profile.email_confirmed": False}),
        ("both addresses", {"profile.email_confirmed": False}),
    ],
)
async def test_one_fault_costs_what_shows_it(look, fault, wrong):
    assert values(await look(fault)) == RIGHT | wrong


async def test_a_change_of_address_that_was_answered_is_not_waited_for_in_the_end(look, monkeypatch):
    asked, add = {}, Ledger.add

    def note(self, entry):
        asked[entry.email] = entry.asked
        add(self, entry)

    monkeypatch.setattr(Ledger, "add", note)
    await look("in vain")
    assert set(asked.values()) == {0.0}


async def test_a_name_that_is_not_kept_is_seen_and_then_what_is_kept_says_nothing(look):
    seen = await look("forgets")
    assert values(seen) == {**RIGHT, "profile.changed": False, **dict.fromkeys(BEYOND)}
    assert "nothing of the profile could be changed" in seen["profile.role_kept"].reason


async def test_a_role_that_shows_after_the_next_sign_in_alone_is_seen(look):
    assert (await look("takes rank", "rank by card")).value("profile.role_kept") is False


async def test_what_a_server_error_has_changed_all_the_same_is_seen(look):
    seen = await look("breaks off", "takes rank", "at once")
    assert seen.value("profile.changed") is True
    assert seen.value("profile.role_kept") is False
    assert seen.value("profile.email_pending") is False


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("loses more", "update_role was answered with status 404 and changed nothing"),
        ("overlooks more", "update_role was answered with status 200 and changed nothing"),
        ("fails more", "update_role was answered with status 500 and changed nothing"),
    ],
)
async def test_an_answer_that_is_no_refusal_proves_none(look, fault, reason):
    seen = await look(fault)
    assert values(seen) == {**RIGHT, **dict.fromkeys(BEYOND)}
    assert seen["profile.role_kept"].reason == reason


async def test_a_new_address_that_is_refused_says_nothing(look):
    seen = await look("keeps addresses")
    assert values(seen) == {**RIGHT, "profile.email_pending": None, "profile.email_confirmed": None}
    assert seen["profile.email_pending"].reason == "change_email was answered with status 403"


async def test_a_profile_that_cannot_be_read_is_a_finding_and_shows_nothing_else(look):
    assert values(await look("no card")) == {**dict.fromkeys(RIGHT), "profile.read": False}


async def test_a_role_that_the_profile_does_not_show_is_unknown(look):
    me = {**OPERATIONS["me"], "answer": {"email": "of.mail", "name": "of.title"}}
    seen = await look("takes rank", me=me)
    assert values(seen) == {**RIGHT, **dict.fromkeys(BEYOND)}
    assert seen["profile.role_kept"].reason == "the target file does not say where me holds role"


async def test_a_tenant_that_everybody_shares_cannot_be_tried(look):
    seen = await look("one branch")
    assert "no other tenant" in seen["profile.tenant_kept"].reason


@pytest.mark.parametrize(
    ("operation", "facts"),
    [
        ("me", RIGHT),
        ("update_role", ["profile.role_kept"]),
        ("confirm_email", ["profile.email_pending", "profile.email_confirmed"]),
    ],
)
async def test_what_is_not_described_is_unknown(look, operation, facts):
    seen = await look(without=(operation,))
    assert values(seen) == {**RIGHT, **dict.fromkeys(facts)}
    assert {f"does not describe the operation {operation}" in seen[fact].reason for fact in facts} == {True}
