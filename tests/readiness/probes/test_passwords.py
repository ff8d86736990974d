"""Passwords: good ones are taken whole, bad ones refused, and a refusal of everything proves nothing."""

import pytest
from readiness.probes.passwords import passwords

from .house import DESCRIBED, House

FACTS = ("short_refused", "common_refused", "email_refused", "breached_refused", "long_accepted", "whole_used")
RIGHT = dict.fromkeys([*(f"passwords.{name}" for name in FACTS), "passwords.composition_free"], True)


@pytest.fixture
def look(serve, target_of, observe):
    async def run(*faults):
        house = House(frozenset(faults))
        seen = await observe(passwords, target_of(serve(house.app), **DESCRIBED))
        assert house.users == {}
        return {fact: seen.value(fact) for fact in RIGHT}, seen

    return run


async def test_a_platform_that_is_right(look):
    assert (await look())[0] == RIGHT


@pytest.mark.parametrize(
    ("fault", "fact"),
    [
        ("takes short", "short_refused"),
        ("takes common", "common_refused"),
        ("takes address", "email_refused"),
        ("takes breached", "breached_refused"),
        ("cuts", "whole_used"),
        ("demands digits", "composition_free"),
    ],
)
async def test_one_thing_that_is_wrong_is_seen_and_nothing_else_changes(look, fault, fact):
    assert (await look(fault))[0] == {**RIGHT, f"passwords.{fact}": False}


async def test_a_long_one_that_is_refused_cannot_show_that_it_is_used_whole(look):
    values, seen = await look("refuses long")
    assert values == {**RIGHT, "passwords.long_accepted": False, "passwords.whole_used": None}
    assert seen["passwords.whole_used"].reason == "no password of more than 72 bytes was taken"


async def test_where_every_password_is_refused_a_refusal_proves_nothing(look):
    values, seen = await look("refuses long", "demands digits")
    assert values["passwords.short_refused"] is None
    assert "no good password was taken" in seen["passwords.common_refused"].reason


async def test_no_password_is_recorded(look):
    _, seen = await look("takes common")
    assert "password123" not in str(seen.survey.exchanges)
