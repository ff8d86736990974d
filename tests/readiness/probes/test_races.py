"""Simultaneous requests to a small platform."""

import asyncio

import pytest
from readiness.probes.races import races
from starlette.responses import JSONResponse

from .house import COOKIE, DESCRIBED, House

LIMITS = [
    {"route": "/users", "requests": 5, "window": "0.3s"},
    {"route": "/renew", "requests": 30, "window": "0.2s"},
]


class Slow(House):
    """It looks, waits a moment, and then does what was right when it looked."""

    async def renew(self, request):
        found = self.refreshes.get((await request.json())["token"])
        free = found and not found["used"]
        await asyncio.sleep(0.3)
        if not free:
            return await super().renew(request)
        found["used"] = True
        return JSONResponse(self.pair(found["sid"]))


@pytest.fixture
def look(serve, target_of, observe):
    async def run(house, described=DESCRIBED, **keys):
        return await observe(races, target_of(serve(house.app), **{**described, **keys}))

    return run


async def test_one_of_many_wins(look):
    house = House()
    seen = await look(house)
    assert seen.value("races.registrations") == 20
    assert seen.value("races.accounts_made") == 1
    assert seen.value("races.refresh") == "one wins"
    assert sum(row["digest"] in seen["races.refresh"].digest for row in seen.survey.exchanges) == 20
    assert house.users == {}


async def test_a_declared_limit_makes_the_race_smaller(look):
    seen = await look(House(), limits=LIMITS)
    assert seen.value("races.registrations") == 5
    assert sum(row["digest"] in seen["races.refresh"].digest for row in seen.survey.exchanges) == 20


async def test_a_limit_that_lets_no_race_be_run_leaves_it_unknown(look):
    seen = await look(House(), limits=[{"route": "/users", "requests": 2, "window": "1s"}])
    assert "limit of 2" in seen["races.registrations"].reason
    assert seen.value("races.refresh") == "one wins"


async def test_two_refreshes_that_both_win_are_seen(look):
    seen = await look(Slow())
    assert seen.value("races.refresh") == "several win"


async def test_sign_ups_that_all_win_tell_nothing_without_a_list_of_users(look):
    seen = await look(House(frozenset({"two of one"})))
    assert "list of users" in seen["races.accounts_made"].reason


async def test_a_platform_without_refresh_tokens_has_no_such_race(look):
    seen = await look(House(cookie=True), COOKIE)
    assert seen.value("races.refresh") == "none"
    assert seen.value("races.accounts_made") == 1
