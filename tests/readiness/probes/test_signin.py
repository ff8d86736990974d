"""Signing in: neutral failures, being remembered, and sessions that begin anew."""

import pytest
from readiness.probes.signin import signin

from .house import COOKIE, DESCRIBED, House

RIGHT = {
    "signin.neutral": True,
    "signin.neutral_time": True,
    "signin.remembered_d": 30,
    "signin.unremembered_h": 12,
    "signin.renewed": True,
}
SIGN_IN = DESCRIBED["operations"]["sign_in"]


@pytest.fixture
def look(serve, target_of, observe):
    async def run(*faults, described=DESCRIBED, cookie=False):
        house = House(frozenset(faults), cookie=cookie)
        seen = await observe(signin, target_of(serve(house.app), **described))
        assert house.users == {}
        return {fact: seen.value(fact) for fact in RIGHT}, seen

    return run


async def test_a_platform_that_is_right(look):
    values, seen = await look()
    assert values == RIGHT
    assert seen.survey.accounts == 5


async def test_a_session_in_a_cookie_ends_with_the_browser_unless_remembered(look):
    values, _ = await look(described=COOKIE, cookie=True)
    assert values == {**RIGHT, "signin.unremembered_h": 0}


@pytest.mark.parametrize(
    ("fault", "wrong"),
    [
        ("names unknown", {"signin.neutral": False}),
        ("slow for known", {"signin.neutral_time": False}),
        ("always remembers", {"signin.unremembered_h": 720}),
        ("never remembers", {"signin.remembered_d": 0.5}),
    ],
)
async def test_one_thing_that_is_wrong_is_seen_and_nothing_else_changes(look, fault, wrong):
    assert (await look(fault))[0] == {**RIGHT, **wrong}


@pytest.mark.parametrize("fault", ["fixed", "continued"])
async def test_a_session_that_was_planted_before_signing_in_is_seen(look, fault):
    values, _ = await look(fault, described=COOKIE, cookie=True)
    assert values["signin.renewed"] is False


async def test_no_account_is_given_many_wrong_passwords_in_a_row(serve, target_of, observe):
    house = House()
    await observe(signin, target_of(serve(house.app), **DESCRIBED))
    assert sum(count > 0 for count in house.wrong.values()) >= 15  # of nobody, each once
    assert house.most_wrong == 3


async def test_what_nothing_says_is_unknown(look):
    values, seen = await look("says no life")
    assert values["signin.remembered_d"] is None
    assert "nothing says how long" in seen["signin.unremembered_h"].reason


async def test_a_platform_that_cannot_be_asked_to_remember_is_unknown_in_that(look):
    body = {name: text for name, text in SIGN_IN["body"].items() if name != "remember"}
    operations = {**DESCRIBED["operations"], "sign_in": {**SIGN_IN, "body": {**body, "remember": False}}}
    values, seen = await look(described={**DESCRIBED, "operations": operations})
    assert "{remember}" in seen["signin.remembered_d"].reason
    assert values["signin.unremembered_h"] == 12


async def test_without_the_grant_nothing_is_made(target_of, observe):
    seen = await observe(signin, target_of("http://192.0.2.1", **DESCRIBED, pace={"timeout": "1s"}))
    assert {row.permission for row in seen.values()} == {"accounts"}
