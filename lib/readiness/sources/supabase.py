"""Supabase: the state of a project, its backups and how far back it can be restored, its pooler, TLS enforced."""

from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from readiness.artefacts import moment
from readiness.backups import DAY, Backup, archived, epoch, listed
from readiness.errors import Unobservable
from readiness.observation import Observation, observed, unavailable
from readiness.pooled import pooled
from readiness.secret import Secret
from readiness.source import Vendor, supplies
from readiness.wire.api import Api, is_loopback

if TYPE_CHECKING:
    from readiness.probes import Context

HEALTHY = "ACTIVE_HEALTHY"
DEDICATED = 6543
"""Port of the pooler that runs beside the database, on its host."""
PROJECT, DATABASE = "scope projects:read", "scope database:read"


class Supabase(Vendor):
    """Supabase (Management API v1)."""

    BASE: ClassVar[str] = "https://api.supabase.com"

    token: Secret = Field(description="an access token, a reference")
    project: str = Field(pattern=r"^[a-z]{20}$", description="reference of the production project")
    address: Secret | None = Field(
        None, description="the application's connection string, a reference: is it the pooler's? Nothing connects"
    )

    @property
    def path(self) -> str:
        """Where the project is."""
        return f"/v1/projects/{self.project}"


@supplies("database.managed_healthy", "database.loopback")
async def state(source: Supabase, api: Api, context: "Context") -> AsyncIterator[Observation]:
    """Take the project's state and that of its database: the one may be active while the other does not answer."""
    project = await api.get(source.path, scope=PROJECT)
    yield observed("database.loopback", is_loopback(project.need("database", "host")), project.exchange)
    health = await api.get(f"{source.path}/health", {"services": ["db"]}, scope=PROJECT)
    states = [one["status"] for one in health.items() if one["name"] == "db"]
    seen = (project.exchange, health.exchange)
    if not states:
        yield unavailable("database.managed_healthy", "Supabase tells no state of the database", *seen)
    else:
        healthy = project.need("status") == HEALTHY and all(state == HEALTHY for state in states)
        yield observed("database.managed_healthy", healthy, *seen)


@supplies("database.pooled")
async def pooler(source: Supabase, api: Api, context: "Context") -> AsyncIterator[Observation]:
    """Compare the address that the application connects to with those of the project's poolers."""
    if source.address is None:
        raise Unobservable("the target file names no connection string", permission="sources.supabase.address")
    project = await api.get(source.path, scope=PROJECT)
    shared = await api.get(f"{source.path}/config/database/pooler", scope=DATABASE, private=True)
    own = project.need("database", "host")
    places: list[tuple[str, int | None]] = [(one["db_host"], None) for one in shared.items() if one["db_host"] != own]
    yield pooled(source.address, [*places, (own, DEDICATED)], [own], project.exchange, shared.exchange)


@supplies("database.plain_refused")
async def encryption(source: Supabase, api: Api, context: "Context") -> AsyncIterator[Observation]:
    """Read whether TLS is enforced: that it is wanted says nothing until it was applied."""
    asked = await api.get(f"{source.path}/ssl-enforcement", scope=DATABASE)
    enforced = asked.need("currentConfig", "database") and asked.need("appliedSuccessfully")
    yield observed("database.plain_refused", bool(enforced), asked.exchange)


@supplies("backups.newest_age_h", "backups.kept_days", "recovery.window_h", "recovery.archiving")
async def backups(source: Supabase, api: Api, context: "Context") -> AsyncIterator[Observation]:
    """Read the backups that were completed, and the span that the archived log covers."""
    answer = await api.get(f"{source.path}/database/backups", scope=DATABASE)
    span = answer.need("physical_backup_data") or {}
    first, last = (epoch(span.get(f"{end}_physical_backup_date_unix")) for end in ("earliest", "latest"))
    made = list(_completed(answer.items("backups")))
    if answer.need("pitr_enabled") and answer.need("walg_enabled") and first and last:
        # every moment of the span can be restored: it has no gap
        for observation in listed(
            [*made, Backup(last)], context.now, answer.exchange, days=round((context.now - first) / DAY, 1)
        ):
            yield observation
        for observation in archived(first, last, context.now, answer.exchange):
            yield observation
    else:
        for observation in listed(made, context.now, answer.exchange):
            yield observation
        yield observed("recovery.window_h", 0, answer.exchange)
        yield observed("recovery.archiving", False, answer.exchange)


def _completed(found: list[Any]) -> Iterator[Backup]:
    """Those that were completed and are still there; a time that cannot be read is none."""
    for one in found:
        at = moment(one["inserted_at"])
        if one["status"] == "COMPLETED" and at is not None:
            yield Backup(at)
