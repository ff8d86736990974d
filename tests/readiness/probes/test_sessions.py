"""The list of sessions of a small platform, with tokens and with cookies."""

import pytest
from readiness.probes.sessions import sessions

from .house import COOKIE, DESCRIBED, House

RIGHT = {
    "sessions.listed": 2,
    "sessions.undescribed": 0,
    "sessions.current_marked": True,
    "sessions.revoked_refused": True,
    "sessions.other_lives": True,
}


@pytest.fixture
def look(serve, target_of, observe):
    async def run(house, described=DESCRIBED):
        return await observe(sessions, target_of(serve(house.app), **described))

    return run


def values(seen):
    return {fact: seen.value(fact) for fact in RIGHT}


@pytest.mark.parametrize(("cookie", "described"), [(False, DESCRIBED), (True, COOKIE)], ids=["token", "cookie"])
async def test_a_platform_that_is_right(look, cookie, described):
    house = House(cookie=cookie)
    assert values(await look(house, described)) == RIGHT
    assert house.users == {}


@pytest.mark.parametrize(
    ("fault", "wrong"),
    [
        ("unmarked", {"sessions.current_marked": False}),
        ("no device", {"sessions.undescribed": 2}),
        ("revokes nothing", {"sessions.revoked_refused": False}),
    ],
)
async def test_one_thing_that_is_wrong_is_seen_and_nothing_else_changes(look, fault, wrong):
    assert values(await look(House(frozenset({fault})))) == {**RIGHT, **wrong}


async def test_a_list_that_leaves_a_session_out_is_seen(look):
    seen = await look(House(frozenset({"lists one"})))
    assert seen.value("sessions.listed") == 1
    assert seen.value("sessions.current_marked") is False


async def test_an_access_token_that_outlives_its_session_is_right_where_it_cannot_be_refreshed(look):
    seen = await look(House(frozenset({"access lives on"})))
    assert seen.value("sessions.revoked_refused") is True
    assert len(seen["sessions.revoked_refused"].digest.split()) == 4


async def test_a_session_on_the_server_that_lives_on_is_not_ended(look):
    seen = await look(House(frozenset({"access lives on"}), cookie=True), COOKIE)
    assert seen.value("sessions.revoked_refused") is False


async def test_what_the_target_file_does_not_place_is_unknown(look):
    operations = {**DESCRIBED["operations"]}
    operations["sessions"] = {**operations["sessions"], "answer": {"id": "*.id"}}
    seen = await look(House(), {**DESCRIBED, "operations": operations})
    assert seen["sessions.undescribed"].status == "unavailable"
    assert "current" in seen["sessions.current_marked"].reason
    assert "which session is which" in seen["sessions.revoked_refused"].reason


async def test_a_platform_without_a_list_is_unknown(look):
    operations = {name: one for name, one in DESCRIBED["operations"].items() if name != "sessions"}
    seen = await look(House(), {**DESCRIBED, "operations": operations})
    assert {seen[fact].status for fact in RIGHT} == {"unavailable"}
