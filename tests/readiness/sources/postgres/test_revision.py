"""The revision that a real database records, beside the head of the history in the repository."""

import pytest

from ...test_rows import database as database
from ..repository.conftest import repo as repo
from ..repository.test_schema import step
from .test_retention import _url


@pytest.fixture
def look(told, database, repo, monkeypatch):
    async def ask(recorded, files=None):
        rows, run = database
        if recorded:
            run("CREATE TABLE alembic_version (version_num varchar(32))")
            run("INSERT INTO alembic_version SELECT unnest(%s::text[])", (recorded,))
        monkeypatch.setenv("DATABASE", _url(rows.place))
        history = files or {"1.py": step("one"), "2.py": step("two", '"one"')}
        repo.commit({f"versions/{name}": content for name, content in history.items()})
        repository = {"path": str(repo.folder), "migrations": "versions"}
        seen = await told("migrations", {"postgres": {"address": "env:DATABASE"}, "repository": repository})
        return seen["migrations.at_head"], seen.value("migrations.at_head")

    return ask


@pytest.mark.parametrize(("recorded", "at_head"), [(["two"], True), (["one"], False), (["one", "two"], False)])
async def test_a_database_is_at_the_head_or_behind_it(look, recorded, at_head):
    assert (await look(recorded))[1] is at_head


async def test_a_history_that_does_not_load_says_nothing_of_the_database(look):
    row, _ = await look(["one"], {"1.py": step("one", '"gone"')})
    assert row.reason.startswith("the history does not load")


async def test_a_database_without_the_table_is_named(look):
    row, _ = await look([])
    assert (row.status, row.permission) == ("unavailable", "SELECT on alembic_version")
