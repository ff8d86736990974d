"""Neon: the state of a branch and its compute, its snapshots, how far back it can be restored, and its pooler."""

from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from readiness.artefacts import moment
from readiness.backups import Backup, listed
from readiness.errors import Unobservable
from readiness.observation import Observation, observed, unavailable
from readiness.pooled import Place, pooled
from readiness.secret import Secret
from readiness.source import Vendor, supplies
from readiness.wire.api import Api, Reading
from readiness.wire.exchange import Exchange

if TYPE_CHECKING:
    from readiness.probes import Context

SCOPE = "an API key that may read the project"
RUNNING = ("active", "idle")
"""States of a compute endpoint that answers: an idle one starts when it is asked."""


class Neon(Vendor):
    """Neon (API v2)."""

    BASE: ClassVar[str] = "https://console.neon.tech/api/v2"

    token: Secret = Field(description="an API key, a reference")
    project: str = Field(pattern=r"^[a-z0-9-]{1,60}$", description="id of the project")
    branch: str = Field("", description="id of the production branch; default: the project's default branch")
    address: Secret | None = Field(
        None, description="the application's connection string, a reference: is it the pooler's? Nothing connects"
    )

    @property
    def path(self) -> str:
        """Where the project is."""
        return f"/projects/{self.project}"

    async def production(self, api: Api) -> tuple[Any, list[Exchange]]:
        """The production branch.

        Raises:
            Unobservable: The project has no such branch.
        """
        seen: list[Exchange] = []
        async for page in api.pages(f"{self.path}/branches", {"limit": 100}, _after, scope=SCOPE):
            seen.append(page.exchange)
            for one in page.items("branches"):
                if one["id"] == self.branch if self.branch else one["default"]:
                    return one, seen
        raise Unobservable(f"the project has no branch {self.branch or 'that is the default'}", *seen)

    async def endpoints(self, api: Api) -> tuple[Any, list[Any], list[Exchange]]:
        """The production branch, and the compute endpoints that write to it."""
        branch, seen = await self.production(api)
        answer = await api.get(f"{self.path}/endpoints", scope=SCOPE)
        mine = [one for one in answer.items("endpoints") if one["branch_id"] == branch["id"]]
        return branch, [one for one in mine if one["type"] == "read_write"], [*seen, answer.exchange]


def _after(page: Reading) -> Mapping[str, Any] | None:
    # a cursor comes with the last page as well: that is the one without branches
    cursor = (page.value.get("pagination") or {}).get("next")
    return {"limit": 100, "cursor": cursor} if cursor and page.items("branches") else None


@supplies("database.managed_healthy")
async def state(source: Neon, api: Api, context: "Context") -> AsyncIterator[Observation]:
    """Take the state of the branch and of the compute that writes to it."""
    branch, writers, seen = await source.endpoints(api)
    able = [one for one in writers if one["current_state"] in RUNNING and not one["disabled"]]
    yield observed("database.managed_healthy", branch["current_state"] == "ready" and bool(able), *seen)


@supplies("database.pooled")
async def pooler(source: Neon, api: Api, context: "Context") -> AsyncIterator[Observation]:
    """Compare the address that the application connects to with those of the branch's compute."""
    if source.address is None:
        raise Unobservable("the target file names no connection string", permission="sources.neon.address")
    _, writers, seen = await source.endpoints(api)
    poolers: list[Place] = []
    for one in writers:
        label, _, domain = one["host"].partition(".")
        # every connection to a host whose compute pools goes through it; the second name always does
        poolers += [(f"{label}-pooler.{domain}", None), *([(one["host"], None)] if one["pooler_enabled"] else [])]
    yield pooled(source.address, poolers, [one["host"] for one in writers], *seen)


@supplies("recovery.window_h", "recovery.archiving")
async def recovery(source: Neon, api: Api, context: "Context") -> AsyncIterator[Observation]:
    """Read for how long the history of every branch is kept, from which any moment of it is restored."""
    project = await api.get(source.path, scope=SCOPE)
    seconds = project.need("project", "history_retention_seconds")
    yield observed("recovery.window_h", round(seconds / 3600, 2), project.exchange)
    yield observed("recovery.archiving", seconds > 0, project.exchange)


@supplies("backups.newest_age_h", "backups.kept_days")
async def backups(source: Neon, api: Api, context: "Context") -> AsyncIterator[Observation]:
    """Read the snapshots of the production branch: those of another hold other data."""
    branch, seen = await source.production(api)
    answer = await api.get(f"{source.path}/snapshots", scope=SCOPE)
    made = []
    for one in answer.items("snapshots"):
        # a snapshot may be made of an earlier moment, which is then what it holds
        at, until = moment(one.get("timestamp")) or moment(one["created_at"]), moment(one.get("expires_at"))
        expired = until is not None and until <= context.now
        if at is not None and not expired and one.get("source_branch_id") == branch["id"]:
            made.append(Backup(at, scheduled=not one.get("manual", True)))
    for observation in listed(made, context.now, *seen, answer.exchange):
        yield observation


@supplies("regions.database")
async def regions(source: Neon, api: Api, context: "Context") -> AsyncIterator[Observation]:
    """Count the regions that a project is in, which holds all of its branches."""
    project = await api.get(source.path, scope=SCOPE)
    region = project.need("project", "region_id")
    if region:
        yield observed("regions.database", 1, project.exchange)
    else:
        yield unavailable("regions.database", "Neon does not tell the project's region", project.exchange)
