"""Accounts that are erased, and those that are not."""

import pytest
from readiness.probes.erasure import erasure

from .bureau import ADMIN, Bureau

RIGHT = {
    "erasure.accepted": True,
    "erasure.sign_in_refused": True,
    "erasure.credentials_refused": True,
    "erasure.erased": True,
}


@pytest.fixture
def look(serve, target_of, observe, now, tmp_path):
    async def run(*faults, without=(), **changes):
        bureau = Bureau(frozenset(faults), now)
        described = bureau.described(tmp_path / "secret", "verify", *without, **changes)
        seen = await observe(erasure, target_of(serve(bureau.app), **described))
        assert [one["email"] for one in bureau.users.values()] == [ADMIN]
        assert seen.survey.left == ()
        return seen

    return run


def values(seen):
    return {fact: seen.value(fact) for fact in RIGHT}


async def test_an_account_that_is_erased_passes(look):
    assert values(await look()) == RIGHT


async def test_an_erasure_that_is_scheduled_passes_once_nobody_can_sign_in(look):
    assert values(await look("scheduled", without=("api_key_create",))) == {
        **RIGHT,
        "erasure.credentials_refused": False,
    }


@pytest.mark.parametrize(
    ("fault", "wrong"),
    [
        ("switches off", {"erasure.erased": False}),
        ("keys live on", {"erasure.credentials_refused": False}),
        (
            "does nothing",
            {"erasure.erased": False, "erasure.credentials_refused": False, "erasure.sign_in_refused": False},
        ),
    ],
)
async def test_what_is_left_of_a_deleted_account_is_seen(look, fault, wrong):
    assert values(await look(fault)) == {**RIGHT, **wrong}


async def test_a_refused_deletion_is_a_finding_and_says_nothing_of_the_rest(look):
    seen = await look("keeps people")
    assert values(seen) == {**dict.fromkeys(RIGHT), "erasure.accepted": False}
    assert seen["erasure.erased"].reason == "delete was answered with status 403"


async def test_without_a_list_of_users_the_address_has_to_be_free_again(look):
    assert values(await look(without=("users",))) == RIGHT


async def test_without_a_list_of_users_an_address_that_is_kept_is_seen(serve, target_of, observe, now, tmp_path):
    bureau = Bureau(frozenset({"switches off"}), now)
    described = bureau.described(tmp_path / "secret", "verify", "users")
    seen = await observe(erasure, target_of(serve(bureau.app), **described))
    assert values(seen) == {**RIGHT, "erasure.erased": False}
