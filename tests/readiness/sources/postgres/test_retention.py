"""Retention in a real database: what the policy leaves out, what is overdue, and whether the archival job runs."""

from datetime import timedelta

import pytest

from ...test_rows import NOW
from ...test_rows import database as database
from ..repository.conftest import repo as repo

POLICY = """
classes:
  - {class: accounts, tables: [users], period: 30d, column: seen_at, basis: contract, method: anonymise, emptied: email}
  - {class: audit, tables: [logs.audit], period: 90d, column: at, basis: law, method: archive}
personal: [users]
"""
RUNS = "CREATE TABLE IF NOT EXISTS runs (ended_at timestamptz); INSERT INTO runs VALUES ('{}')"


@pytest.fixture
def look(told, database, repo, monkeypatch):
    """`await look("retention", policy)`: what is told with that policy in the repository."""

    async def ask(subject, policy=POLICY, **settings):
        rows, _ = database
        monkeypatch.setenv("DATABASE", _url(rows.place))
        repo.commit({"retention.yaml": policy})
        repository = {"path": str(repo.folder), "retention": "retention.yaml"}
        return await told(subject, {"postgres": {"address": "env:DATABASE", **settings}, "repository": repository})

    return ask


def _url(place):
    given = place.parameters
    return f"postgresql://{given['user']}:{given['password']}@{given['host']}:{given['port']}/{given['dbname']}"


NAMES = ("retention.personal_tables", "retention.uncovered_tables", "retention.overdue_rows")


async def test_personal_data_that_is_covered_and_not_overdue(look, database):
    database[1]('DROP TABLE "Odd ""name%"')
    seen = await look("retention")
    assert seen.value("retention.policy") is True
    assert [seen.value(name) for name in NAMES] == [1, 0, 0]
    assert (await look("archival")).value("archival.overdue_rows") == 0


async def test_a_table_that_the_policy_forgets_and_rows_beyond_their_period(look, database):
    run = database[1]
    run("CREATE TABLE invitations (invited_email text, at timestamptz)")
    run("INSERT INTO users VALUES (1, 'a@example.com', %s)", (NOW - timedelta(days=31),))
    run("INSERT INTO logs.audit VALUES (1, '{}', %s)", (NOW - timedelta(days=91),))
    seen = await look("retention")
    assert [seen.value(name) for name in NAMES] == [3, 2, 2]
    assert (await look("archival")).value("archival.overdue_rows") == 1


async def test_a_policy_about_tables_that_are_not_there_counts_nothing(look):
    seen = await look("retention", POLICY.replace("logs.audit", "logs.trail"))
    assert seen["retention.overdue_rows"].status == "unavailable"
    assert seen.value("retention.personal_tables") == 2


async def test_without_a_policy_nothing_is_known_of_the_tables(look):
    seen = await look("retention", "classes: []")
    assert seen.value("retention.policy") is False
    assert {seen[name].status for name in NAMES} == {"unavailable"}


async def test_a_policy_that_archives_nothing_leaves_archival_unknown(look):
    row = (await look("archival", POLICY.replace("archive", "delete")))["archival.overdue_rows"]
    assert row.reason == "the retention policy has no such class of data"


@pytest.mark.parametrize(("hours", "on_schedule"), [(20, True), (30, False)])
async def test_the_job_has_to_have_ended_well_within_its_interval(look, database, hours, on_schedule):
    database[1](RUNS.format(NOW - timedelta(hours=hours)))
    job = {"query": "SELECT max(ended_at) FROM runs", "every": "1d"}
    assert (await look("archival", archival=job)).value("archival.on_schedule") is on_schedule


async def test_a_query_that_would_write_is_refused_by_the_database(look, database):
    database[1](RUNS.format(NOW))
    seen = await look("archival", archival={"query": "DELETE FROM runs RETURNING ended_at", "every": "1d"})
    assert seen["archival.on_schedule"].reason == "postgres: the connection only reads"


async def test_without_pg_cron_or_a_job_nothing_is_known_of_the_schedule(look):
    assert (await look("archival"))["archival.on_schedule"].permission == "sources.postgres.archival"
    row = (await look("archival", archival={"job": "archive", "every": "1d"}))["archival.on_schedule"]
    assert row.permission == "SELECT on cron.job and cron.job_run_details"
