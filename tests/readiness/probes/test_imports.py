"""Bulk imports that take good rows, and those that do not."""

import pytest
from readiness.probes.imports import imports, rows_of

from .bureau import ADMIN, Bureau, good

RIGHT = {
    "imports.rows": 1000,
    "imports.created_pct": 100,
    "imports.reported_pct": 100,
    "imports.listed": True,
    "imports.repeatable": True,
    "imports.admin_only": True,
}


@pytest.fixture
def look(serve, target_of, observe, now, tmp_path):
    async def run(*faults, without=(), rows=1000):
        bureau = Bureau(frozenset(faults), now)
        described = bureau.described(tmp_path / "secret", "verify", *without) | {"import_rows": rows}
        seen = await observe(imports, target_of(serve(bureau.app), **described))
        assert [one["email"] for one in bureau.users.values()] == [ADMIN]
        assert seen.survey.left == ()
        return seen

    return run


def values(seen):
    return {fact: seen.value(fact) for fact in RIGHT}


def test_one_row_in_a_hundred_is_bad_and_every_address_is_tagged():
    sent = rows_of("test+run-1@example.com", 1000)
    assert len(sent.rows) == 1000
    assert [index for index, row in enumerate(sent.rows) if not good(row["email"])] == sent.bad
    assert len(sent.bad) == 10
    assert len(set(sent.good)) == 990
    assert all(email.startswith("test+run-1-") and email.endswith("@example.com") for email in sent.good)


def test_bad_rows_are_named_by_number_from_any_start_or_by_address():
    sent = rows_of("test+run-1@example.com", 300)
    assert sent.bad == [50, 150, 250]
    for errors in ([50, 150, 250], ["51", "151", "251"], [52, 152, 252]):
        assert sent.named(errors) == 3
    assert sent.named([50, 151, 252]) == 1
    assert sent.named([sent.rows[150]["email"], sent.rows[250]["email"]]) == 2
    assert sent.named(None) == 0


async def test_a_platform_that_is_right_passes_and_nobody_is_left(look):
    assert values(await look()) == RIGHT


@pytest.mark.parametrize(
    ("fault", "wrong"),
    [
        ("hides", {"imports.reported_pct": 0}),
        ("copies", {"imports.repeatable": False}),
        ("open", {"imports.admin_only": False}),
        ("only says so", {"imports.listed": False, "imports.repeatable": False}),
    ],
)
async def test_one_thing_that_is_wrong_is_seen_and_nothing_else_changes(look, fault, wrong):
    assert values(await look(fault)) == {**RIGHT, **wrong}


async def test_bad_rows_that_become_accounts_are_seen(look):
    assert (await look("takes anything")).value("imports.created_pct") > 100


async def test_a_refused_import_made_nothing(look):
    seen = await look("all or nothing")
    assert (seen.value("imports.created_pct"), seen.value("imports.reported_pct")) == (0, 0)
    assert seen["imports.repeatable"].reason == "import was answered with status 422"


async def test_what_an_import_that_broke_off_left_is_removed(look):
    seen = await look("breaks off", rows=30)
    assert seen.value("imports.created_pct") == 0


async def test_fewer_rows_are_no_whole_import(look):
    seen = await look(rows=200)
    assert values(seen) == {**RIGHT, "imports.rows": None}
    assert seen["imports.rows"].reason == "the target file allows 200 rows only (import_rows)"


async def test_nothing_is_imported_that_could_not_be_removed(look):
    seen = await look(without=("import_undo",))
    assert {row.reason for row in seen.values()} == {"the target file does not describe the operation import_undo"}
    assert seen.survey.requests == 0
