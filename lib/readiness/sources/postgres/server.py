"""The server: what it is, how long it is supported, how it is reached, and what it does with a commit."""

from collections.abc import AsyncIterator
from datetime import date
from typing import TYPE_CHECKING, Any

from readiness.errors import Unobservable
from readiness.observation import Observation, observed, settled
from readiness.source import supplies
from readiness.sources.postgres import Postgres
from readiness.wire import postgres as wire
from readiness.wire.postgres import PLAIN, Statement

if TYPE_CHECKING:
    from readiness.probes import Context

NOBODY = "readiness-shows-none"
"""What is shown where somebody may listen: never the password."""
END_OF_LIFE = {
    10: date(2022, 11, 10),
    11: date(2023, 11, 9),
    12: date(2024, 11, 21),
    13: date(2025, 11, 13),
    14: date(2026, 11, 12),
    15: date(2027, 11, 11),
    16: date(2028, 11, 9),
    17: date(2029, 11, 8),
    18: date(2030, 11, 14),
}
"""Major version → day of its last release (PostgreSQL versioning policy, postgresql.org/support/versioning)."""

VERSION = "SELECT version() AS version, current_setting('server_version_num')::int AS number"
STANDBYS = (
    "SELECT count(*) FILTER (WHERE state = 'streaming') AS following, count(*) FILTER (WHERE state IS NULL) AS hidden "
    "FROM pg_stat_replication"
)
MONITOR = "GRANT pg_monitor TO {user}"
SETTINGS = (
    "SELECT name, reset_val AS value FROM pg_settings WHERE name IN ('fsync', 'full_page_writes', "
    "'synchronous_commit', 'statement_timeout', 'idle_in_transaction_session_timeout')"
)
OF_ROLE = (
    "SELECT coalesce(r.rolname, '') AS role, s.setdatabase <> 0 AS here, unnest(s.setconfig) AS setting "
    "FROM pg_db_role_setting s LEFT JOIN pg_roles r ON r.oid = s.setrole "
    "WHERE s.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))"
)
ROLE = "SELECT rolname FROM pg_roles WHERE rolname = %s"
UNASSURED = ("off", "false", "no", "0")
"""Spellings that switch synchronous_commit off; what is set for a role is kept as it was written."""
UNITS_MS = {"us": 0.001, "ms": 1, "s": 1_000, "min": 60_000, "h": 3_600_000, "d": 86_400_000}
IDENTIFIER = "SELECT system_identifier FROM pg_control_system()"


@supplies(
    "database.is_postgresql", "database.supported", "database.loopback", "database.pooled", "database.plain_refused"
)
async def database(source: Postgres, postgres: wire.Postgres, context: "Context") -> AsyncIterator[Observation]:
    """Ask the server who it is, and knock without TLS."""
    place = source.place()
    version = await postgres.read(place, VERSION)
    yield observed("database.is_postgresql", str(version.row["version"]).startswith("PostgreSQL "), version)
    yield await settled("database.supported", _supported(version, context))
    yield observed("database.loopback", place.loopback, version)
    yield await settled("database.pooled", _replicated(source, postgres))
    yield await settled("database.plain_refused", _plain_refused(source, postgres))


async def _supported(version: Statement, context: "Context") -> Observation:
    major = version.row["number"] // 10_000
    if major > max(END_OF_LIFE):
        raise Unobservable(f"PostgreSQL {major} is newer than the versions whose end of life is known here", version)
    ends = END_OF_LIFE.get(major, date.min)
    return observed("database.supported", context.now.date() <= ends, version)


async def _replicated(source: Postgres, postgres: wire.Postgres) -> Observation:
    place = source.place()
    followers = await postgres.read(place, STANDBYS, grant=MONITOR.format(user=place.user))
    if followers.row["following"]:
        return observed("database.pooled", True, followers)
    if followers.row["hidden"]:
        reason = f"{place.user} may not see whether what is connected is a standby that follows"
        raise Unobservable(reason, followers, permission=MONITOR.format(user=place.user))
    raise Unobservable("no standby follows it, and a server does not know of a pooler before it", followers)


async def _plain_refused(source: Postgres, postgres: wire.Postgres) -> Observation:
    """Whoever comes without TLS is turned away before a password is asked for; a wrong one is all that is shown."""
    place = source.place()
    if place.host.startswith("/"):
        raise Unobservable("the server is reached by a socket of this machine, where there is no TLS")
    answer = await postgres.knock(place, sslmode="disable", password=NOBODY)
    if answer.failure:
        raise Unobservable(f"postgres: {place}: {answer.failure}", answer)
    refused = answer.state == "28000" and any(word in answer.error.lower() for word in PLAIN)
    if not refused and answer.state not in ("", "28P01"):
        raise Unobservable(f"postgres: {place}: {answer.obstacle}", answer)
    return observed("database.plain_refused", refused, answer)


LAG = (
    "SELECT count(*) AS following, count(lag) AS told, max(lag) AS lag_s FROM (SELECT CASE "
    "WHEN replay_lsn = pg_current_wal_lsn() THEN 0 ELSE extract(epoch FROM replay_lag)::float END AS lag "
    "FROM pg_stat_replication WHERE state = 'streaming' AND replay_lsn IS NOT NULL) AS standbys"
)
"""How far the slowest standby that replays is behind; one that has replayed everything has no `replay_lag`."""


@supplies("regions.replica_lag_s")
async def replicas(source: Postgres, postgres: wire.Postgres, context: "Context") -> AsyncIterator[Observation]:
    """The primary tells how far its standbys are behind; where they are it does not know."""
    place = source.place()
    standbys = await postgres.read(place, LAG, grant=MONITOR.format(user=place.user))
    if not standbys.row["following"]:
        raise Unobservable("no standby is seen to follow it", standbys, permission=MONITOR.format(user=place.user))
    if standbys.row["told"] < standbys.row["following"]:
        raise Unobservable("the lag of a standby is not known yet", standbys)
    yield observed("regions.replica_lag_s", round(standbys.row["lag_s"], 3), standbys)


@supplies("durability.safe", "durability.statement_timeout_ms", "durability.idle_timeout_ms")
async def durability(source: Postgres, postgres: wire.Postgres, context: "Context") -> AsyncIterator[Observation]:
    """Settings as the platform's own sessions have them: its role's go before the database's and the server's."""
    place = source.place()
    server = await postgres.read(place, SETTINGS)
    special = await postgres.read(place, OF_ROLE)
    known = await postgres.read(place, ROLE, source.role)

    def value(name: str) -> Any:
        role = source.need("role")
        if not known.rows:
            raise Unobservable(f"there is no role {role}", known, permission="sources.postgres.role")
        found = _special(special, role, name)
        if found is not None:
            return found
        if _special(special, place.user, name, own=True) is not None:  # which hides the server's from us
            raise Unobservable(f"{place.user} has its own {name}", permission=f"ALTER ROLE {place.user} RESET {name}")
        return next(row["value"] for row in server.rows if row["name"] == name)

    async def safe() -> Observation:
        whole = value("fsync") == "on" and value("full_page_writes") == "on"
        kept = whole and str(value("synchronous_commit")).lower() not in UNASSURED
        return observed("durability.safe", kept, server, special)

    async def timeout(fact: str, name: str) -> Observation:
        return observed(fact, _milliseconds(str(value(name))), server, special)

    yield await settled("durability.safe", safe())
    for fact, name in (("statement", "statement_timeout"), ("idle", "idle_in_transaction_session_timeout")):
        fact = f"durability.{fact}_timeout_ms"
        yield await settled(fact, timeout(fact, name))


def _special(special: Statement, role: str, name: str, *, own: bool = False) -> str | None:
    """What is set for a role or the database; the nearest goes first (PostgreSQL documentation, ALTER ROLE)."""
    ranks: dict[tuple[str, bool], str] = {}
    for row in special.rows:
        key, _, value = row["setting"].partition("=")
        if key == name:
            ranks[(row["role"], row["here"])] = value
    order = [(role, True), (role, False)] + ([] if own else [("", True)])
    return next((ranks[one] for one in order if one in ranks), None)


def _milliseconds(value: str) -> float:
    digits = value.rstrip("abcdefghijklmnopqrstuvwxyz")
    return float(digits) * UNITS_MS[value[len(digits) :] or "ms"]


@supplies("isolation.databases_differ")
async def isolation(source: Postgres, postgres: wire.Postgres, context: "Context") -> AsyncIterator[Observation]:
    """Two clusters have two identifiers, whatever they are called; a copy that follows has the same."""
    if source.staging is None:
        raise Unobservable("the settings do not name staging's PostgreSQL", permission="sources.postgres.staging")
    both = []
    for key in ("address", "staging"):
        place = source.place(key)
        grant = f"GRANT EXECUTE ON FUNCTION pg_control_system() TO {place.user}"
        both.append(await postgres.read(place, IDENTIFIER, grant=grant))
    production, staging = (one.row["system_identifier"] for one in both)
    yield observed("isolation.databases_differ", production != staging, *both)
