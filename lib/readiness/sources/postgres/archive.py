"""The archive of the write-ahead log: whether segments really leave the server, and how long ago the last did."""

import re
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from readiness.errors import Unobservable
from readiness.observation import Observation, observed
from readiness.source import supplies
from readiness.sources.postgres import Postgres
from readiness.wire import postgres as wire

if TYPE_CHECKING:
    from readiness.probes import Context

LATEST_S = 15 * 60
"""Age of the last archived segment, by the server's clock: more would be lost with the server."""
ARCHIVER = (
    "SELECT pg_is_in_recovery() AS standby, current_setting('archive_mode') AS mode, "
    "current_setting('archive_command', true) AS command, current_setting('archive_library', true) AS library, "
    "archived_count AS archived, failed_count AS failed, "
    "extract(epoch FROM now() - last_archived_time)::float AS age_s "
    "FROM pg_stat_archiver"
)
_IDLE = re.compile(r"^(/usr)?(/bin/)?(true|:|exit|echo|printf|cd|test|\[|sleep)\b|^:|/dev/null", re.IGNORECASE)
"""Commands that succeed and keep nothing."""


@supplies("recovery.archiving")
async def recovery(source: Postgres, postgres: wire.Postgres, context: "Context") -> AsyncIterator[Observation]:
    """Archiving is on, by something that archives, with a segment of late and more successes than failures."""
    place = source.place()
    state = await postgres.read(place, ARCHIVER)
    found = state.row
    if found["standby"]:
        raise Unobservable("the address leads to a standby, which archives nothing; the primary has to be asked", state)
    on = found["mode"] in ("on", "always") and (bool(found["library"]) or archives(found["command"] or ""))
    lately = found["age_s"] is not None and found["age_s"] <= LATEST_S
    yield observed("recovery.archiving", on and lately and found["failed"] < found["archived"], state)


def archives(command: str) -> bool:
    """Whether an archive_command can archive: it names the segment, and does not throw it away.

    `%p` and `%f` stand for the segment's path and name (PostgreSQL documentation, archive_command).
    """
    parts = re.split(r"&&|\|\||;", command)
    return any(re.search("%[pf]", part) and not _IDLE.search(part.strip()) for part in parts)
