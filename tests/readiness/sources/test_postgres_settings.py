"""Settings and constraints as people write them: other spellings of off, a typo in a role, one case alone let in."""

import secrets
from datetime import UTC, datetime

import psycopg
import pytest
from readiness.observation import settled
from readiness.sources.postgres import Postgres
from readiness.sources.postgres.server import OF_ROLE, ROLE, SETTINGS, _replicated, durability
from readiness.wire.postgres import Statement


@pytest.fixture
def place(shared, monkeypatch):
    """`place(sql, …)` runs statements in a database of this test's own, where `{role}` is the application's role."""
    name, role = f"settings_{secrets.token_hex(4)}", f"app_{secrets.token_hex(4)}"
    with psycopg.connect(shared.servers.conninfo(), autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
        server.execute(f"CREATE ROLE {role} LOGIN")
        monkeypatch.setenv("DATABASE", shared.servers.conninfo(name))

        def run(*statements):
            with psycopg.connect(shared.servers.conninfo(name), autocommit=True) as connection:
                for statement in statements:
                    connection.execute(statement.format(role=role))
            return role

        yield run
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")
        server.execute(f"DROP ROLE {role}")


@pytest.fixture
def look(told):
    async def ask(subject, **settings):
        return await told(subject, {"postgres": {"address": "env:DATABASE", "window": "1s", **settings}})

    return ask


async def test_a_role_that_is_not_there_has_no_settings(look, place):
    place()
    seen = await look("durability", role="nobody_of_that_name")
    for fact in ("safe", "statement_timeout_ms", "idle_timeout_ms"):
        assert seen[f"durability.{fact}"].reason == "there is no role nobody_of_that_name"


@pytest.mark.parametrize(
    ("definition", "unique"),
    [
        ("email text UNIQUE CHECK (email = lower(email))", True),
        ("email varchar(200) UNIQUE CHECK (email = lower(email))", True),
        ("email text UNIQUE CHECK (email <> '')", False),
        ("email text CHECK (email = lower(email))", False),
        ("email text, id int, UNIQUE (email, id), CHECK (email = lower(email))", False),
    ],
)
async def test_a_column_that_lets_one_case_in_is_unique_whatever_the_case(look, place, definition, unique):
    place(f"CREATE TABLE users ({definition})")
    assert (await look("constraints", email="users.email")).value("constraints.email_unique") is unique


async def test_a_check_that_older_rows_need_not_satisfy_does_not_count(look, place):
    place("CREATE TABLE users (email text UNIQUE)")
    place("ALTER TABLE users ADD CHECK (email = lower(email)) NOT VALID")
    assert (await look("constraints", email="users.email")).value("constraints.email_unique") is False


@pytest.mark.parametrize(
    ("written", "safe"),
    [
        ("on", True),
        ("local", True),
        ("remote_apply", True),
        ("off", False),
        ("OFF", False),
        ("false", False),
        ("0", False),
    ],
)
async def test_a_role_that_does_not_wait_for_the_disk_is_not_safe_however_that_is_written(monkeypatch, written, safe):
    monkeypatch.setenv("DATABASE", "postgresql://reader:p@db.example.com/app")
    answers = {
        SETTINGS: [{"name": name, "value": "on"} for name in ("fsync", "full_page_writes", "synchronous_commit")]
        + [{"name": name, "value": "0"} for name in ("statement_timeout", "idle_in_transaction_session_timeout")],
        OF_ROLE: [{"role": "app", "here": False, "setting": f"synchronous_commit={written}"}],
        ROLE: [{"rolname": "app"}],
    }

    class Answering:
        async def read(self, place, text, *values, **more):
            return Statement(
                place=place, text=text, rows=tuple(answers[text]), observed_at=datetime(2026, 3, 2, tzinfo=UTC)
            )

    source = Postgres(address="env:DATABASE", role="app")
    said = {one.fact: one.value async for one in durability.run(source, Answering(), None)}
    assert said["durability.safe"] is safe


@pytest.mark.parametrize(
    ("row", "pooled", "permission"),
    [
        ({"following": 1, "hidden": 0}, True, ""),
        ({"following": 0, "hidden": 1}, None, "GRANT pg_monitor TO reader"),
        ({"following": 0, "hidden": 0}, None, ""),
    ],
)
async def test_a_standby_that_may_not_be_seen_is_told_from_none(monkeypatch, row, pooled, permission):
    monkeypatch.setenv("DATABASE", "postgresql://reader:p@db.example.com/app")

    class Answering:
        async def read(self, place, text, *values, **more):
            return Statement(place=place, text=text, rows=(row,), observed_at=datetime(2026, 3, 2, tzinfo=UTC))

    found = await settled("database.pooled", _replicated(Postgres(address="env:DATABASE"), Answering()))
    assert (found.value, found.permission) == (pooled, permission)
