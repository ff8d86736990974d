"""Railway: deployments of a service, its replicas and regions, its backups, and the workspace's usage limit."""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from readiness.backups import DAY, HOUR, Backup, compared, listed
from readiness.errors import Unobservable
from readiness.observation import Observation, observed, unavailable
from readiness.secret import Secret
from readiness.source import Vendor, supplies
from readiness.wire.api import PAGES, Api
from readiness.wire.exchange import Exchange

if TYPE_CHECKING:
    from readiness.probes import Context

DEPLOYMENTS = """query Deployments($project: String!, $environment: String!, $service: String!, $after: String) {
  deployments(first: 50, after: $after,
      input: {projectId: $project, environmentId: $environment, serviceId: $service}) {
    edges { node { id status createdAt canRollback meta } }
    pageInfo { hasNextPage endCursor }
  }
}"""
INSTANCE = """query Instance($environment: String!, $service: String!) {
  serviceInstance(environmentId: $environment, serviceId: $service) { numReplicas }
}"""
REGIONS = """query Regions($environment: String!, $service: String!, $since: DateTime!) {
  metrics(environmentId: $environment, serviceId: $service, startDate: $since,
      measurements: [CPU_USAGE], groupBy: [REGION]) { tags { region } values { ts } }
}"""
PROJECT = "query Project($project: String!) { project(id: $project) { workspaceId } }"
LIMIT = """query Limit($workspace: String!) {
  workspace(workspaceId: $workspace) { customer { currentUsage usageLimit { softLimit isOverLimit } } }
}"""
BACKUPS = """query Backups($volume: String!) {
  volumeInstanceBackupList(volumeInstanceId: $volume) { createdAt referencedMB }
  volumeInstanceBackupScheduleList(volumeInstanceId: $volume) { kind retentionSeconds }
}"""

MONTH = timedelta(days=30)
ENDED = {"SUCCESS": True, "SLEEPING": True, "FAILED": False, "CRASHED": False}
LIVED = ("SUCCESS", "SLEEPING", "REMOVED")
"""States of a deployment that went into service; a later one removes it."""


class Railway(Vendor):
    """Railway (GraphQL API)."""

    BASE: ClassVar[str] = "https://backboard.railway.com/graphql/v2"

    token: Secret = Field(description="a token of the account, the workspace or the project, a reference")
    project_token: bool = Field(False, description="the token is one of the project; it does not see the workspace")
    project: str = Field(min_length=1, description="id of the project")
    environment: str = Field(min_length=1, description="id of the production environment")
    service: str = Field(min_length=1, description="id of the service that answers users")
    branch: str = Field("main", description="the default branch")
    volume: str = Field("", description="id of the volume instance that holds the database, where Railway holds it")

    def headers(self) -> Mapping[str, str]:
        """See `Vendor.headers`."""
        token = self.token.reveal()
        return {"Project-Access-Token": token} if self.project_token else {"Authorization": f"Bearer {token}"}

    @property
    def instance(self) -> dict[str, str]:
        """Variables that say which service in which environment."""
        return {"environment": self.environment, "service": self.service}


@supplies(
    "deployments.succeeded",
    "deployments.by_pipeline",
    "deployments.on_default_branch",
    "deployments.in_30_days",
    "deployments.rollback_candidates",
)
async def deployments(source: Railway, api: Api, context: "Context") -> AsyncIterator[Observation]:
    """Take the newest deployment that has come to an end, and those of 30 days."""
    listed, seen = await _deployments(source, api, context.now - MONTH)
    ended = [one for one in listed if one["status"] in ENDED]
    if not ended:
        for fact in ("deployments.succeeded", "deployments.by_pipeline", "deployments.on_default_branch"):
            yield unavailable(fact, "Railway records no deployment that came to an end", *seen)
    else:
        yield observed("deployments.succeeded", ENDED[ended[0]["status"]], *seen)
        meta = ended[0].get("meta") or {}
        if meta.get("repo") and meta.get("commitHash"):
            yield observed("deployments.by_pipeline", True, *seen)
            yield observed("deployments.on_default_branch", meta.get("branch") == source.branch, *seen)
        else:
            # what is uploaded from a command line may be the pipeline's or a person's: Railway records neither
            for fact in ("deployments.by_pipeline", "deployments.on_default_branch"):
                yield unavailable(fact, "Railway records no commit of the newest deployment", *seen)
    late = [one for one in listed if one["status"] in LIVED and _time(one["createdAt"]) >= context.now - MONTH]
    yield observed("deployments.in_30_days", len(late), *seen)
    current = next((one["id"] for one in ended if ENDED[one["status"]]), None)
    able = [one for one in listed if one["canRollback"] and one["id"] != current]
    yield observed("deployments.rollback_candidates", len(able), *seen)


async def _deployments(source: Railway, api: Api, since: datetime) -> tuple[list[Any], list[Exchange]]:
    """The newest deployments: one page at least, and as many as reach back to `since`."""
    variables: dict[str, Any] = {"project": source.project, **source.instance, "after": None}
    listed: list[Any] = []
    seen: list[Exchange] = []
    for _ in range(PAGES):
        page = await api.query("", DEPLOYMENTS, variables, scope="a token that sees the project")
        listed += [edge["node"] for edge in page.need("deployments", "edges")]
        seen.append(page.exchange)
        info = page.need("deployments", "pageInfo")
        if not info["hasNextPage"] or (listed and min(_time(one["createdAt"]) for one in listed) < since):
            return sorted(listed, key=lambda one: _time(one["createdAt"]), reverse=True), seen
        variables["after"] = info["endCursor"]
    raise Unobservable(f"Railway: more than {PAGES} pages of deployments in 30 days", *seen)


@supplies("edge.origins")
async def replicas(source: Railway, api: Api, context: "Context") -> AsyncIterator[Observation]:
    """Count the replicas behind Railway's edge."""
    instance = await api.query("", INSTANCE, source.instance)
    number = instance.need("serviceInstance", "numReplicas")
    if number is None:
        yield unavailable("edge.origins", "Railway tells no number of replicas of the service", instance.exchange)
    else:
        yield observed("edge.origins", number, instance.exchange)


@supplies("regions.application")
async def regions(source: Railway, api: Api, context: "Context") -> AsyncIterator[Observation]:
    """Count the regions that measured something in the last hour."""
    since = (context.now - HOUR).isoformat()
    measured = await api.query("", REGIONS, {**source.instance, "since": since})
    found = {one["tags"]["region"] for one in measured.need("metrics") if one["values"]} - {None}
    if found:
        yield observed("regions.application", len(found), measured.exchange)
    else:
        yield unavailable("regions.application", "nothing of the service was measured in an hour", measured.exchange)


@supplies("budgets.alerting", "budgets.exceeded")
async def limit(source: Railway, api: Api, context: "Context") -> AsyncIterator[Observation]:
    """Read the usage limit of the workspace; Railway mails its members when the soft one is reached."""
    scope = "a token of the workspace"
    project = await api.query("", PROJECT, {"project": source.project}, scope=scope)
    workspace = project.need("project", "workspaceId")
    answer = await api.query("", LIMIT, {"workspace": workspace}, scope=scope)
    customer, seen = answer.need("workspace", "customer"), (project.exchange, answer.exchange)
    found = customer["usageLimit"]
    yield observed("budgets.alerting", int(found is not None), *seen)
    if found is None:
        yield unavailable("budgets.exceeded", "the workspace has no usage limit", *seen)
    else:
        over = found["isOverLimit"] or customer["currentUsage"] > found["softLimit"]
        yield observed("budgets.exceeded", int(over), *seen)


@supplies("backups.newest_age_h", "backups.kept_days", "backups.size_ratio")
async def backups(source: Railway, api: Api, context: "Context") -> AsyncIterator[Observation]:
    """Read the backups of the database's volume, and the schedules that make them."""
    if not source.volume:
        raise Unobservable("the target file names no volume", permission="sources.railway.volume")
    answer = await api.query("", BACKUPS, {"volume": source.volume})
    made = [Backup(_time(one["createdAt"]), one["referencedMB"]) for one in answer.need("volumeInstanceBackupList")]
    kept = [one["retentionSeconds"] or 0 for one in answer.need("volumeInstanceBackupScheduleList")]
    days = max(kept, default=0) / DAY.total_seconds()
    for observation in listed(made, context.now, answer.exchange, days=days):
        yield observation
    yield compared(made, context.now, answer.exchange)


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
