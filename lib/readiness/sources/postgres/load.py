"""Load: what statements took, how many connections were open and which deadlocks came, within a window."""

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from readiness.canary import LONGEST_S
from readiness.errors import Unobservable
from readiness.observation import Observation, observed, settled, unavailable
from readiness.source import supplies
from readiness.sources.postgres import Postgres
from readiness.wire import postgres as wire
from readiness.wire.postgres import Statement

if TYPE_CHECKING:
    from readiness.probes import Context

DEADLINE_S = LONGEST_S + 60
SAMPLE_S = 1.0
"""Seconds between two counts of the connections."""
KEPT_FREE = 10
"""Connections that are kept for operators beside the platform's own."""
OFTEN, SLOW_MS = 100, 500.0
"""Calls from which a statement counts as frequent, and milliseconds from which it is slow on average."""
STATEMENTS = (
    "SELECT s.queryid, s.calls, s.total_exec_time AS ms FROM pg_stat_statements s JOIN pg_roles r ON r.oid = s.userid "
    "JOIN pg_database d ON d.oid = s.dbid WHERE r.rolname = %s AND d.datname = current_database()"
)
EXTENSION = "shared_preload_libraries = 'pg_stat_statements'; CREATE EXTENSION pg_stat_statements"
CONNECTIONS = "SELECT count(*) AS count FROM pg_stat_activity WHERE usename = %s"
LIMIT = (
    "SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int "
    "- coalesce(current_setting('reserved_connections', true)::int, 0) AS most"
)
DEADLOCKS = (
    "SELECT deadlocks, xact_commit + xact_rollback AS transactions, stats_reset "
    "FROM pg_stat_database WHERE datname = current_database()"
)


@supplies("queries.calls", "queries.mean_ms", "queries.slow", deadline=DEADLINE_S)
async def queries(source: Postgres, postgres: wire.Postgres, context: "Context") -> AsyncIterator[Observation]:
    """Two readings of the statements' statistics; totals since their reset would hide what is slow today."""
    before = await statements(source, postgres)
    await asyncio.sleep(source.window.total_seconds())
    after = await statements(source, postgres)
    earlier = totals(before)
    grown = [
        (calls - earlier.get(id, (0, 0.0))[0], ms - earlier.get(id, (0, 0.0))[1])
        for id, (calls, ms) in totals(after).items()
    ]
    if any(calls < 0 for calls, _ in grown):
        raise Unobservable("the statistics were reset between the two readings", before, after)
    calls = sum(number for number, _ in grown)
    yield observed("queries.calls", calls, before, after)
    if not calls:
        for fact in ("queries.mean_ms", "queries.slow"):
            yield unavailable(fact, f"{source.role} sent no statement within {source.window}", before, after)
        return
    yield observed("queries.mean_ms", round(sum(ms for _, ms in grown) / calls, 3), before, after)
    slow = sum(number >= OFTEN and ms / number > SLOW_MS for number, ms in grown)
    yield observed("queries.slow", slow, before, after)


async def statements(source: Postgres, postgres: wire.Postgres) -> Statement:
    """The statistics of the statements of the platform's role, since their reset.

    Raises:
        Unobservable: The role is not named, or its statements cannot be seen.
    """
    place = source.place()
    found = await postgres.read(place, STATEMENTS, source.need("role"), grant=EXTENSION)
    if any(row["queryid"] is None for row in found.rows):
        reason = f"{place.user} may not see the statements of {source.role}"
        raise Unobservable(reason, found, permission=f"GRANT pg_read_all_stats TO {place.user}")
    return found


def totals(statement: Statement) -> dict[int, tuple[int, float]]:
    """Calls and milliseconds by statement; one may have several rows, at the top and within functions."""
    found: dict[int, tuple[int, float]] = {}
    for row in statement.rows:
        calls, ms = found.get(row["queryid"], (0, 0.0))
        found[row["queryid"]] = calls + row["calls"], ms + row["ms"]
    return found


@supplies("connections.most", "connections.limit_left", deadline=DEADLINE_S)
async def connections(source: Postgres, postgres: wire.Postgres, context: "Context") -> AsyncIterator[Observation]:
    """The most connections that the platform's role had at one time; and what its pools leave of the limit."""
    yield await settled("connections.limit_left", _limit_left(source, postgres))
    place, role = source.place(), source.need("role")
    end = asyncio.get_running_loop().time() + source.window.total_seconds()
    most = await postgres.read(place, CONNECTIONS, role)
    while asyncio.get_running_loop().time() < end:
        await asyncio.sleep(SAMPLE_S)
        count = await postgres.read(place, CONNECTIONS, role)
        most = max(most, count, key=lambda one: one.row["count"])
    if not most.row["count"]:
        raise Unobservable(f"{role} had no connection within {source.window}", most)
    yield observed("connections.most", most.row["count"], most)


async def _limit_left(source: Postgres, postgres: wire.Postgres) -> Observation:
    opened = int(source.need("pool")) * int(source.need("instances"))
    limit = await postgres.read(source.place(), LIMIT)
    return observed("connections.limit_left", limit.row["most"] - opened - KEPT_FREE, limit)


@supplies("durability.transactions", "durability.deadlocks", deadline=DEADLINE_S)
async def deadlocks(source: Postgres, postgres: wire.Postgres, context: "Context") -> AsyncIterator[Observation]:
    """Transactions and deadlocks between two readings of the database's counters."""
    place = source.place()
    before = await postgres.read(place, DEADLOCKS)
    await asyncio.sleep(source.window.total_seconds())
    after = await postgres.read(place, DEADLOCKS)
    if before.row["stats_reset"] != after.row["stats_reset"]:
        raise Unobservable("the statistics were reset between the two readings", before, after)
    yield observed("durability.transactions", after.row["transactions"] - before.row["transactions"], before, after)
    yield observed("durability.deadlocks", after.row["deadlocks"] - before.row["deadlocks"], before, after)
