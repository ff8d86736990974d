"""The revision of the schema, as Alembic keeps it in the database."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from readiness.observation import Observation, observed
from readiness.source import supplies
from readiness.sources.postgres import Postgres
from readiness.sources.repository import opened
from readiness.sources.repository.schema import head
from readiness.wire import postgres as wire

if TYPE_CHECKING:
    from readiness.probes import Context


@supplies("migrations.at_head")
async def migrations(source: Postgres, postgres: wire.Postgres, context: "Context") -> AsyncIterator[Observation]:
    """Compare the revision that the database records with the head of the history in the repository."""
    file, revision = await head(*await opened(context))
    query = "SELECT version_num FROM alembic_version"
    recorded = await postgres.read(source.place(), query, grant="SELECT on alembic_version")
    at_head = [row["version_num"] for row in recorded.rows] == [revision]
    yield observed("migrations.at_head", at_head, recorded, file)
