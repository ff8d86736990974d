"""Passwords that are reset by their owners alone, and some that are not."""

import pytest
from readiness.probes.reset import reset

RIGHT = {
    "reset.works": True,
    "reset.once": True,
    "reset.life_min": 30.0,
    "reset.ends_sessions": True,
    "reset.host_injection": False,
    "reset.limited_per_account": True,
    "reset.neutral": True,
    "reset.neutral_time": True,
}


@pytest.fixture
def look(look_at_office):
    return lambda *faults, without=(): look_at_office(reset, *faults, without=without)


def values(seen):
    return {fact: seen.value(fact) for fact in RIGHT}


async def test_a_reset_that_is_safe_passes_and_leaves_nobody_behind(look):
    assert values(await look()) == RIGHT


@pytest.mark.parametrize(
    ("fault", "wrong"),
    [
        ("repeats", {"reset.once": False}),
        ("for ever", {"reset.life_min": 14_400.0}),
        ("says no life", {"reset.life_min": None}),
        ("keeps sessions", {"reset.ends_sessions": False}),
        ("follows host", {"reset.host_injection": True}),
        ("follows forwarded host", {"reset.host_injection": True}),
        ("unlimited", {"reset.limited_per_account": False}),
        ("unknown", {"reset.neutral": False}),
        ("slow forgot", {"reset.neutral_time": False}),
        ("does nothing", {"reset.works": False}),
    ],
)
async def test_one_fault_costs_one_fact(look, fault, wrong):
    assert values(await look(fault)) == RIGHT | wrong


async def test_a_platform_without_a_described_reset_is_judged_by_what_is_described(look):
    seen = await look(without=("reset",))
    assert seen.value("reset.works") is None
    assert seen.value("reset.once") is None
    assert seen.value("reset.neutral") is True


async def test_a_platform_that_is_not_described_is_not_judged(look):
    assert values(await look(without=("forgot",))) == dict.fromkeys(RIGHT)
