"""Exports that are whole, and those that leave something out or give too much."""

import pytest
from readiness.probes.export import export

from .bureau import Bureau

RIGHT = {
    "export.values": 4,
    "export.missing": 0,
    "export.foreign_values": 7,
    "export.foreign": 0,
    "export.common_format": True,
    "export.proof_demanded": True,
}
DOWNLOAD = {"method": "GET", "path": "/export/{id}"}


@pytest.fixture
def look(serve, target_of, observe, now, tmp_path):
    async def run(*faults, without=(), **changes):
        bureau = Bureau(frozenset(faults), now)
        described = bureau.described(tmp_path / "secret", "verify", *without, **changes)
        seen = await observe(export, target_of(serve(bureau.app), **described))
        assert [one["email"] for one in bureau.users.values()] == ["boss@fake.example"]
        return seen

    return run


def values(seen):
    return {fact: seen.value(fact) for fact in RIGHT}


@pytest.mark.parametrize("faults", [(), ("table",)], ids=["json", "csv"])
async def test_a_whole_export_passes_in_either_format(look, faults):
    assert values(await look(*faults)) == RIGHT


async def test_an_export_that_is_prepared_is_waited_for(look):
    seen = await look("later", export_download=DOWNLOAD)
    assert values(seen) == RIGHT


@pytest.mark.parametrize(
    ("fault", "wrong"),
    [
        ("no keys", {"export.missing": 1}),
        ("unproven", {"export.proof_demanded": False}),
        ("page", {"export.common_format": False}),
    ],
)
async def test_one_thing_that_is_wrong_is_seen_and_nothing_else_changes(look, fault, wrong):
    assert values(await look(fault)) == {**RIGHT, **wrong}


async def test_what_belongs_to_another_tenant_is_seen(look):
    assert (await look("everybody")).value("export.foreign") > 0


async def test_what_is_not_described_is_not_put_in(look):
    seen = await look(without=("update", "api_key_create"))
    assert (seen.value("export.values"), seen.value("export.missing")) == (2, 0)


async def test_without_the_operation_nothing_is_known_and_nobody_is_made(look):
    seen = await look(without=("export",))
    assert {row.reason for row in seen.values()} == {"the target file does not describe the operation export"}
    assert seen.survey.accounts == 0


async def test_an_export_without_a_password_proves_nothing_of_it(look):
    seen = await look("unproven", export={"path": "/export", "body": {"password": "none"}})
    assert seen["export.proof_demanded"].reason == "the description of export has no {password}"
