"""Rows of a real PostgreSQL: which tables look personal, what is overdue, when a job ran, where an address is left."""

from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from readiness.errors import Unobservable
from readiness.retention import Policy
from readiness.rows import Rows, archived, quoted
from readiness.wire.postgres import Place, Postgres

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
POLICY = Policy.of(
    b"""
classes:
  - {class: accounts, tables: [users], period: 30d, column: seen_at, basis: contract, method: anonymise, emptied: email}
  - {class: audit, tables: [logs.audit], period: 90d, column: at, basis: law, method: archive}
personal: [users]
""",
    "retention.yaml",
)
ODD = 'Odd "name%'
TABLES = """
CREATE SCHEMA logs;
CREATE TABLE users (id int, email text, seen_at timestamptz);
CREATE TABLE logs.audit (id int, actor jsonb, at timestamptz);
CREATE TABLE "Odd ""name%" (note varchar(80), "ip_address" inet);
CREATE TABLE articles (title text, ship int, recipient text);
"""


@pytest.fixture
async def database(shared):
    """The rows of a database of its own, and what fills it, both as a superuser."""
    with psycopg.connect(shared.servers.conninfo(), autocommit=True) as admin:
        admin.execute("DROP DATABASE IF EXISTS rows_of_a_test WITH (FORCE)")
        admin.execute("CREATE DATABASE rows_of_a_test")
        address = shared.servers.conninfo("rows_of_a_test")
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(TABLES)
            async with Postgres(now=lambda: NOW, secrets=()) as postgres:
                yield Rows(postgres, Place.of(address)), connection.execute
        admin.execute("DROP DATABASE rows_of_a_test WITH (FORCE)")


async def test_tables_with_columns_of_personal_data_are_found_and_others_are_not(database):
    rows, _ = database
    found, _ = await rows.personal_tables()
    assert found == {"public.users", f"public.{ODD}"}


async def test_rows_beyond_their_period_are_counted_unless_they_are_anonymised(database):
    rows, run = database
    run(
        "INSERT INTO users VALUES (1, 'a@example.com', %s), (2, NULL, %s), (3, 'b@example.com', %s)",
        (NOW - timedelta(days=31), NOW - timedelta(days=31), NOW - timedelta(days=29)),
    )
    run("INSERT INTO logs.audit VALUES (1, '{}', %s)", (NOW - timedelta(days=91),))
    count, seen = await rows.overdue(POLICY.rules, NOW)
    assert (count, len(seen)) == (2, 2)
    assert (await rows.overdue(archived(POLICY), NOW))[0] == 1
    run("DELETE FROM logs.audit; UPDATE users SET email = NULL")
    assert (await rows.overdue(POLICY.rules, NOW))[0] == 0


async def test_a_policy_that_archives_nothing_has_nothing_to_be_overdue(database):
    rows, _ = database
    with pytest.raises(Unobservable):
        await rows.overdue([], NOW)


async def test_the_last_good_run_is_as_pg_cron_notes_it(database):
    rows, run = database
    run(
        "CREATE SCHEMA cron; CREATE TABLE cron.job (jobid int, jobname text);"
        "CREATE TABLE cron.job_run_details (jobid int, status text, end_time timestamptz);"
        "INSERT INTO cron.job VALUES (1, 'archive'), (2, 'vacuum')"
    )
    assert (await rows.last_run("archive"))[0] is None
    run(
        "INSERT INTO cron.job_run_details VALUES (1, 'succeeded', %s), (1, 'failed', %s), (2, 'succeeded', %s)",
        (NOW - timedelta(hours=20), NOW, NOW),
    )
    assert (await rows.last_run("archive"))[0] == NOW - timedelta(hours=20)


async def test_the_last_run_may_be_told_by_a_query_that_gives_a_time_with_its_zone(database):
    rows, _ = database
    when, _ = await rows.last_run(query="SELECT '2026-03-01T09:00:00Z'::timestamptz WHERE 'a%b' LIKE 'a%'")
    assert when == NOW - timedelta(days=1)
    for query in ("SELECT '2026-03-01'::timestamp", "SELECT 'yesterday'"):
        with pytest.raises(Unobservable):
            await rows.last_run(query=query)


async def test_an_address_is_found_in_every_kind_of_text_and_not_in_tables_held_by_law(database):
    rows, run = database
    assert (await rows.containing("a@example.com"))[:2] == (0, 5)
    run("INSERT INTO users VALUES (1, 'A@example.com', now())")
    run("""INSERT INTO logs.audit VALUES (1, '{"email": "a@example.com"}', now())""")
    run(f"INSERT INTO {quoted(ODD)} VALUES ('mail to a@example.com')", ())
    assert (await rows.containing("a@example.com"))[:2] == (3, 5)
    assert (await rows.containing("a@example.com", ["logs.audit"]))[:2] == (2, 4)
