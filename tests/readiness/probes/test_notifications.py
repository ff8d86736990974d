"""People who are told what happens to their account and nothing that they do not want to know, and some who are not."""

import pytest
from readiness.probes.notifications import notifications

from .club import OPERATIONS

RIGHT = {
    "notifications.password_mail": True,
    "notifications.password_notice": True,
    "notifications.device_mail": True,
    "notifications.device_notice": True,
    "notifications.opt_out": True,
    "notifications.security_mail_kept": True,
}
NOTICES = ("notifications.password_notice", "notifications.device_notice")


@pytest.fixture
def look(look_at_club):
    return lambda *faults, **options: look_at_club(notifications, *faults, **options)


def values(seen):
    return {fact: seen.value(fact) for fact in RIGHT}


@pytest.mark.parametrize("way", ["as usual", "by time", "says no", "breaks off"])
async def test_a_platform_that_tells_what_is_wanted_passes(look, way):
    """Notices are read at a time or not, news that nobody wants are refused or not sent, changes end in an error."""
    assert values(await look(way)) == RIGHT


@pytest.mark.parametrize(
    ("fault", "wrong"),
    [
        ("no password mail", {"notifications.password_mail": False, "notifications.security_mail_kept": None}),
        ("no password notice", {"notifications.password_notice": False}),
        ("no device mail", {"notifications.device_mail": False}),
        ("no device notice", {"notifications.device_notice": False}),
        ("shown read", dict.fromkeys(NOTICES, False)),
        ("news for ever", {"notifications.opt_out": False}),
        ("silenced", {"notifications.security_mail_kept": False}),
    ],
)
async def test_one_fault_costs_what_shows_it(look, fault, wrong):
    assert values(await look(fault)) == RIGHT | wrong


async def test_where_no_mail_came_before_opting_out_its_absence_says_nothing(look):
    seen = await look("no news")
    assert values(seen) == {**RIGHT, "notifications.opt_out": None, "notifications.security_mail_kept": None}
    assert "no mail of the kind product came" in seen["notifications.opt_out"].reason
    assert seen["notifications.security_mail_kept"].reason == "no mail could be switched off"


async def test_a_password_that_cannot_be_changed_shows_nothing_of_being_told(look):
    seen = await look("keeps passwords")
    lost = ("notifications.password_mail", "notifications.password_notice", "notifications.security_mail_kept")
    assert values(seen) == {**RIGHT, **dict.fromkeys(lost)}
    assert seen["notifications.password_mail"].reason == "change_password was answered with status 403"


@pytest.mark.parametrize(
    ("operation", "facts"),
    [
        ("notices", NOTICES),
        ("product_mail", ["notifications.opt_out"]),
        ("opt_out", ["notifications.opt_out"]),
    ],
)
async def test_what_is_not_described_is_unknown(look, operation, facts):
    seen = await look(without=(operation,))
    lost = {fact for fact, value in values(seen).items() if value is None}
    assert lost - {"notifications.security_mail_kept"} == set(facts)
    assert {f"does not describe the operation {operation}" in seen[fact].reason for fact in facts} == {True}


async def test_notices_that_do_not_tell_what_was_read_are_unknown(look):
    notices = {**OPERATIONS["notices"], "answer": {"kind": "*.about"}}
    seen = await look(notices=notices)
    assert values(seen) == {**RIGHT, **dict.fromkeys(NOTICES)}
    assert seen["notifications.password_notice"].reason == "the target file does not say where notices holds read"


async def test_without_a_mailbox_and_notices_no_account_is_made(serve, target_of, observe, tmp_path):
    from .club import Club

    club = Club()
    described = club.described(tmp_path / "secret", "notices")
    del described["mailbox"]
    seen = await observe(notifications, target_of(serve(club.app), **described))
    assert values(seen) == dict.fromkeys(RIGHT)
    assert seen.survey.accounts == 0
