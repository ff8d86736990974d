"""Tokens and session cookies of a small platform that is right, and of one that is wrong in one thing."""

import pytest
from readiness.probes.tokens import protected, tokens

from .house import COOKIE, DESCRIBED, House

RIGHT = {
    "tokens.key": "asymmetric",
    "tokens.claims": "whole",
    "tokens.life_s": 600,
    "tokens.forgeries_unrefused": 0,
    "tokens.expired": "refused",
    "tokens.refresh": "works",
    "tokens.refresh_repeated": "revokes",
    "tokens.signed_out": "nothing",
    "tokens.cookies_unprotected": 0,
    "tokens.staging_refused": True,
}
OF_A_COOKIE = {
    **RIGHT,
    "tokens.key": "opaque",
    "tokens.claims": "opaque",
    "tokens.life_s": 0,
    "tokens.expired": "opaque",
    "tokens.refresh": "none",
    "tokens.refresh_repeated": "none",
}


@pytest.fixture
def look(serve, target_of, observe):
    """`await look(house, staging)` runs the probe."""

    async def run(house, described=DESCRIBED, staging=None):
        beside = serve((staging or House(cookie=house.cookie)).app)
        return await observe(tokens, target_of(serve(house.app), staging=beside, **described))

    return run


def values(seen):
    return {fact: seen.value(fact) for fact in RIGHT}


async def test_a_platform_that_is_right_with_signed_tokens(look):
    house = House()
    seen = await look(house)
    assert values(seen) == RIGHT
    assert seen.value("tokens.forgeries") >= 15
    assert house.users == {}


async def test_a_platform_that_is_right_with_a_session_cookie(look):
    seen = await look(House(cookie=True), COOKIE)
    assert values(seen) == OF_A_COOKIE
    assert seen.value("tokens.forgeries") == 5


@pytest.mark.parametrize("sole", ["ends", "continues"])
async def test_a_platform_where_an_account_has_one_session_is_seen_as_whole(look, sole):
    seen = await look(House(sole=sole))
    assert values(seen) == RIGHT
    assert seen.value("tokens.forgeries") >= 15


@pytest.mark.parametrize(
    ("fault", "fact", "value"),
    [
        ("no sub", "tokens.claims", "without sub"),
        ("never expires", "tokens.expired", "accepted"),
        ("any audience", "tokens.forgeries_unrefused", 1),
        ("reusable", "tokens.refresh_repeated", "accepted"),
        ("family survives", "tokens.refresh_repeated", "refused"),
        ("signs nobody out", "tokens.signed_out", "everything"),
        ("access lives on", "tokens.signed_out", "access"),
    ],
)
async def test_one_thing_that_is_wrong_is_seen_and_nothing_else_changes(look, fault, fact, value):
    seen = await look(House(frozenset({fault})))
    assert values(seen) == {**RIGHT, fact: value}


async def test_tokens_that_are_never_verified_are_forged(look):
    seen = await look(House(frozenset({"any signature"})))
    assert seen.value("tokens.forgeries_unrefused") >= 8
    assert "none" in seen["tokens.forgeries_unrefused"].source


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
async def test_a_secret_that_everybody_would_try_is_found(look):
    seen = await look(House(secret="changeme"))
    assert seen.value("tokens.key") == "common secret"


async def test_a_token_of_staging_that_production_takes_is_seen(look):
    house = House()
    seen = await look(house, staging=House(key=house.key, sessions=house.sessions))
    assert seen.value("tokens.staging_refused") is False


@pytest.mark.parametrize(
    ("fault", "fact", "value"),
    [
        ("bare cookie", "tokens.cookies_unprotected", 1),
        ("signs nobody out", "tokens.signed_out", "everything"),
    ],
)
async def test_what_is_wrong_with_a_session_cookie_is_seen(look, fault, fact, value):
    seen = await look(House(frozenset({fault}), cookie=True), COOKIE)
    assert seen.value(fact) == value


async def test_what_is_not_described_is_unknown(look):
    operations = {name: one for name, one in DESCRIBED["operations"].items() if name not in ("refresh", "short_token")}
    seen = await look(House(), {**DESCRIBED, "operations": operations})
    assert "short_token" in seen["tokens.expired"].reason
    for fact in ("tokens.expired", "tokens.refresh", "tokens.refresh_repeated", "tokens.signed_out"):
        assert seen[fact].status == "unavailable"


async def test_a_refresh_that_is_described_and_said_not_to_be_there_is_unknown(look):
    seen = await look(House(), {**DESCRIBED, "session": {"refresh": False}})
    assert seen["tokens.refresh"].status == "unavailable"


async def test_no_token_is_recorded(look):
    house = House()
    seen = await look(house)
    said = str(seen.survey.exchanges)
    assert not any(text in said for text in [*house.refreshes, *house.sessions])
    assert "eyJ" not in said


@pytest.mark.parametrize(
    ("header", "good"),
    [
        ("sid=0123456789abcdef; HttpOnly; Secure; SameSite=Lax", True),
        ("sid=0123456789abcdef; httponly; secure; samesite=strict; Path=/", True),
        ("sid=0123456789abcdef; HttpOnly; Secure; SameSite=None", False),
        ("sid=0123456789abcdef; HttpOnly; Secure", False),
        ("sid=0123456789abcdef; HttpOnly; SameSite=Lax", False),
        ("sid=0123456789abcdef; Secure; SameSite=Lax", False),
        ("lang=en", True),
        ("xsrf=fedcba9876543210", True),
    ],
)
def test_a_cookie_that_may_carry_a_session_needs_all_three_attributes(header, good):
    assert protected(header, csrf="fedcba9876543210") is good
