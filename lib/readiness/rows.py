"""Rows: what the tables of a PostgreSQL database hold, told by statements that only read."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from readiness.errors import Unobservable
from readiness.retention import Policy, Rule, qualified
from readiness.wire.postgres import Place, Postgres, Statement

PERSONAL = (
    "(^|_)(e_?mail|phone|mobile|first_?name|last_?name|full_?name|surname|birth_?(day|date)|date_of_birth|dob|ip|"
    "ip_?addr(ess)?|street|post_?code|zip_?code|iban|passport|ssn|tax_id)(_|$)"
)
"""Names of columns that hold personal data: what names or locates a person (Regulation (EU) 2016/679, article 4(1))."""
_LIVE = """
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND a.attnum > 0 AND NOT a.attisdropped
AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%%'
"""
# the catalogue shows tables and columns to whoever may not read them, information_schema hides those
_PERSONAL = f"SELECT DISTINCT n.nspname AS schema, c.relname AS name {_LIVE} AND a.attname ~* %s"
_TEXTUAL = "('text', 'varchar', 'bpchar', 'citext', 'json', 'jsonb', 'xml', '_text', '_varchar', 'hstore', 'name')"
_TEXTS = (
    f"SELECT n.nspname AS schema, c.relname AS name, a.attname AS column {_LIVE} "  # noqa: S608 (constants)
    f"AND a.atttypid IN (SELECT oid FROM pg_type WHERE typname IN {_TEXTUAL}) ORDER BY 1, 2, 3"
)
_JOB = """SELECT max(d.end_time) FROM cron.job_run_details d JOIN cron.job j USING (jobid)
WHERE j.jobname = %s AND d.status = 'succeeded'"""


@dataclass(frozen=True)
class Rows:
    """The tables of one database.

    Attributes:
        postgres: What asks; see `readiness.wire.postgres`.
        place: The database, and as whom it is asked.
    """

    postgres: Postgres
    place: Place

    async def personal_tables(self) -> tuple[set[str], Statement]:
        """Tables with a column whose name is that of personal data, with their schemas."""
        found = await self.postgres.read(self.place, _PERSONAL, PERSONAL)
        return {f"{row['schema']}.{row['name']}" for row in found.rows}, found

    async def overdue(self, rules: Iterable[Rule], now: datetime) -> tuple[int, list[Statement]]:
        """Rows that are kept longer than these rules have it, over all their tables.

        Raises:
            Unobservable: There is no rule to hold them to, or a table or column is not there or may not be read.
        """
        count, seen = 0, list[Statement]()
        for rule in rules:
            left = f" AND {quoted(rule.emptied)} IS NOT NULL" if rule.emptied else ""
            for table in map(qualified, rule.tables):
                counted = await self._count(table.split("."), f"{quoted(rule.column)} < %s{left}", now - rule.period)
                count, seen = count + counted.row["count"], [*seen, counted]
        if not seen:
            raise Unobservable("the retention policy has no such class of data")
        return count, seen

    async def last_run(self, job: str = "", query: str = "") -> tuple[datetime | None, Statement]:
        """When a job last ended well: as pg_cron notes it for `job`, or as `query` has it; None where it never did.

        Raises:
            Unobservable: What is found is no point in time with its zone.
        """
        if query:
            found = await self.postgres.read(self.place, query.replace("%", "%%"), grant="what the query reads")
        else:
            found = await self.postgres.read(self.place, _JOB, job, grant="SELECT on cron.job and cron.job_run_details")
        when = next(iter(found.row.values())) if found.rows else None
        if when is not None and (not isinstance(when, datetime) or when.tzinfo is None):
            raise Unobservable("the query for the last run gives no time with a zone", found)
        return when, found

    async def containing(self, text: str, held: Iterable[str] = ()) -> tuple[int, int, list[Statement]]:
        """Rows of all tables that hold a text in any column of text, regardless of case.

        Args:
            text: What is looked for, such as the address of somebody who is erased.
            held: Tables that are kept by law and left out.

        Returns:
            The rows, the columns that were searched, and the records.

        Raises:
            Unobservable: A table may not be read: it may hold it as well.
        """
        listed = await self.postgres.read(self.place, _TEXTS)
        kept, tables = set(map(qualified, held)), dict[tuple[str, str], list[str]]()
        for row in listed.rows:
            if f"{row['schema']}.{row['name']}" not in kept:
                tables.setdefault((row["schema"], row["name"]), []).append(row["column"])
        found, seen = 0, [listed]
        for table, columns in tables.items():
            places = " OR ".join(f"strpos(lower({quoted(column)}::text), lower(%s)) > 0" for column in columns)
            counted = await self._count(table, places, *[text] * len(columns))
            found, seen = found + counted.row["count"], [*seen, counted]
        return found, sum(map(len, tables.values())), seen

    async def showing(self, column: str, texts: Sequence[str]) -> Statement:
        """How many values a column has (`count`), and how many of them show one of these texts (`shown`).

        Args:
            column: With its table: `users.totp_secret`. What it holds does not leave the database.
            texts: In lower case.
        """
        table, _, name = column.rpartition(".")
        found = f"EXISTS (SELECT FROM unnest(%s::text[]) t WHERE strpos(lower({quoted(name)}::text), t) > 0)"
        source = quoted(*table.split("."))
        query = f"SELECT count({quoted(name)}) AS count, count(*) FILTER (WHERE {found}) AS shown FROM {source}"  # noqa: S608
        return await self.postgres.read(self.place, query, list(texts), grant=f"SELECT on {table}")

    async def head(self, column: str, email: str, address: str, size: int) -> Statement:
        """The first characters (`head`) of what a column holds for the account with an address.

        Args:
            column, email: With their table, which is the same.
        """
        table, _, name = column.rpartition(".")
        if email.rpartition(".")[0] != table:
            raise Unobservable(f"{column} and {email} are not in one table", permission="sources.postgres.password")
        known = quoted(email.rpartition(".")[2])
        query = f"SELECT left({quoted(name)}::text, {size}) AS head FROM {quoted(*table.split('.'))} "  # noqa: S608
        return await self.postgres.read(
            self.place, f"{query}WHERE lower({known}::text) = lower(%s)", address, grant=f"SELECT on {table}"
        )

    async def _count(self, table: Sequence[str], where: str, *values: Any) -> Statement:
        name = quoted(*table)
        query = f"SELECT count(*) AS count FROM {name} WHERE {where}"  # noqa: S608 (names are quoted)
        return await self.postgres.read(self.place, query, *values, grant=f"SELECT on {name.replace('%%', '%')}")


def quoted(*names: str) -> str:
    """Identifiers as SQL writes them, joined by dots."""
    return ".".join('"' + name.replace('"', '""').replace("%", "%%") + '"' for name in names)


def archived(policy: Policy) -> list[Rule]:
    """The classes of data that leave the live tables for an archive."""
    return [rule for rule in policy.rules if rule.method == "archive"]
