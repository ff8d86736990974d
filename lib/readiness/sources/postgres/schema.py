"""The schema: what the database itself holds its rows to, and what the platform's role may do with the audit trail."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from readiness.errors import Unobservable
from readiness.observation import Observation, observed, settled
from readiness.source import supplies
from readiness.sources.postgres import Postgres
from readiness.wire import postgres as wire

if TYPE_CHECKING:
    from readiness.probes import Context

CONSTRAINTS = (
    "SELECT count(*) AS count, count(*) FILTER (WHERE NOT convalidated) AS open FROM pg_constraint c "
    "JOIN pg_namespace n ON n.oid = c.connamespace WHERE c.conrelid <> 0 "
    "AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'"
)
COLUMN = (
    "SELECT format_type(a.atttypid, NULL) AS type, coalesce(l.collisdeterministic, true) AS exact FROM pg_attribute a "
    "LEFT JOIN pg_collation l ON l.oid = a.attcollation "
    "WHERE a.attrelid = to_regclass(%s) AND a.attname = %s AND NOT a.attisdropped"
)
INDEXES = (
    "SELECT pg_get_indexdef(indexrelid, 1, false) AS key, pg_get_indexdef(indexrelid) AS definition FROM pg_index "
    "WHERE indrelid = to_regclass(%s) AND indisunique AND indisvalid AND indpred IS NULL AND indnkeyatts = 1"
)
CHECKS = (
    "SELECT pg_get_constraintdef(oid) AS definition FROM pg_constraint "
    "WHERE conrelid = to_regclass(%s) AND contype = 'c' AND convalidated"
)
RIGHTS = (
    "SELECT r.rolsuper AS super, pg_has_role(r.oid, c.relowner, 'MEMBER') AS owner, "
    "has_table_privilege(r.oid, c.oid, 'UPDATE') OR has_table_privilege(r.oid, c.oid, 'DELETE') "
    "OR has_table_privilege(r.oid, c.oid, 'TRUNCATE') OR has_any_column_privilege(r.oid, c.oid, 'UPDATE') AS changes "
    "FROM pg_roles r, pg_class c WHERE r.rolname = %s AND c.oid = to_regclass(%s)"
)


@supplies("constraints.email_unique", "constraints.count", "constraints.not_validated")
async def constraints(source: Postgres, postgres: wire.Postgres, context: "Context") -> AsyncIterator[Observation]:
    """Count the constraints of all schemas of the platform, and look at the indexes of the accounts' addresses."""
    found = await postgres.read(source.place(), CONSTRAINTS)
    yield observed("constraints.count", found.row["count"], found)
    yield observed("constraints.not_validated", found.row["open"], found)
    yield await settled("constraints.email_unique", _email_unique(source, postgres))


async def _email_unique(source: Postgres, postgres: wire.Postgres) -> Observation:
    """A unique index on the whole table whose key does not tell upper from lower case."""
    table, _, column = source.need("email").rpartition(".")
    place = source.place()
    described = await postgres.read(place, COLUMN, table, column)
    if not described.rows:
        raise Unobservable(f"there is no column {source.email} (or no right to see its schema)", described)
    indexes = await postgres.read(place, INDEXES, table)
    checks = await postgres.read(place, CHECKS, table)
    cases = ("lower", "upper")
    alike = {f"{case}({name})" for case in cases for name in (column, f"{column}::text", f"({column})::text")}
    # or the column itself, where it takes no case for another or only one case is let in
    one_case = {f"CHECK (({name} = {case}({name})))" for case in cases for name in (column, f"({column})::text")}
    folded = described.row["type"] == "citext" or not described.row["exact"]
    if folded or any(row["definition"] in one_case for row in checks.rows):
        alike.add(column)
    unique = any(row["key"] in alike for row in indexes.rows)
    return observed("constraints.email_unique", unique, described, indexes, checks)


@supplies("privileges.audit_changeable")
async def privileges(source: Postgres, postgres: wire.Postgres, context: "Context") -> AsyncIterator[Observation]:
    """What the platform's role may do with the audit table; its owner and a superuser may do anything."""
    role, table = source.need("role"), source.need("audit")
    rights = await postgres.read(source.place(), RIGHTS, role, table)
    if not rights.rows:
        raise Unobservable(f"there is no role {role} or no table {table} (or no right to see its schema)", rights)
    found = rights.row
    yield observed("privileges.audit_changeable", bool(found["super"] or found["owner"] or found["changes"]), rights)
