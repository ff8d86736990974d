"""Vercel: deployments to production, the regions functions run in, and how environment variables are kept."""

import re
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from readiness.observation import Observation, observed, unavailable
from readiness.secret import Secret
from readiness.source import Vendor, supplies
from readiness.wire.api import Api, Reading

if TYPE_CHECKING:
    from readiness.probes import Context

MONTH = timedelta(days=30)
ENDED = {"READY": True, "ERROR": False}
BY_GIT = ("git", "api-trigger-git-deploy")
REFS = ("githubCommitRef", "gitlabCommitRef", "bitbucketCommitRef")
CONFIDENTIAL = re.compile(
    r"SECRET|PASSWORD|PASSWD|TOKEN|CREDENTIAL|PRIVATE|DSN|_KEY$|^KEY$|(DATABASE|REDIS|MONGO)\w*_UR[IL]"
)
PUBLIC = re.compile(r"^(NEXT_PUBLIC|NUXT_PUBLIC|EXPO_PUBLIC|PUBLIC|VITE|REACT_APP|GATSBY)_")
"""Prefixes that make a variable part of what every visitor is sent."""
CLEAR = "plain"


class Vercel(Vendor):
    """Vercel (REST API)."""

    BASE: ClassVar[str] = "https://api.vercel.com"

    token: Secret = Field(description="an access token, a reference")
    project: str = Field(pattern=r"^[\w.-]+$", description="id or name of the project")
    team: str = Field("", description="id of the team that the project belongs to")
    pipeline: list[str] = Field([], description="names of the users that the pipeline deploys as, with the CLI")

    @property
    def owner(self) -> dict[str, Any]:
        """Query parameters that say whose project it is."""
        return {"teamId": self.team} if self.team else {}


@supplies(
    "deployments.succeeded",
    "deployments.by_pipeline",
    "deployments.on_default_branch",
    "deployments.in_30_days",
    "deployments.rollback_candidates",
)
async def deployments(source: Vercel, api: Api, context: "Context") -> AsyncIterator[Observation]:
    """Take the newest production deployment that has come to an end."""
    where = {"projectId": source.project, "target": "production", **source.owner}
    project = await api.get(f"/v9/projects/{source.project}", source.owner)
    newest = await api.get("/v6/deployments", {**where, "limit": 20})
    ended = [one for one in newest.need("deployments") if _state(one) in ENDED]
    if not ended:
        for fact in ("deployments.succeeded", "deployments.by_pipeline", "deployments.on_default_branch"):
            yield unavailable(fact, "Vercel records no production deployment that came to an end", newest.exchange)
    else:
        yield observed("deployments.succeeded", ENDED[_state(ended[0])], newest.exchange)
        yield _maker(source, ended[0], newest)
        good = next((one for one in ended if ENDED[_state(one)]), None)
        yield _branch(good, project, newest)
    since = {"state": "READY", "since": int((context.now - MONTH).timestamp() * 1000), "limit": 100}
    late, seen = 0, []
    async for page in api.pages("/v6/deployments", {**where, **since}, _after({**where, **since})):
        late += sum(one.get("readySubstate") != "STAGED" for one in page.need("deployments"))
        seen.append(page.exchange)
    yield observed("deployments.in_30_days", late, *seen)
    earlier = await api.get("/v6/deployments", {**where, "rollbackCandidate": True, "limit": 100})
    current = ((project.value.get("targets") or {}).get("production") or {}).get("id")
    able = [one for one in earlier.need("deployments") if one.get("isRollbackCandidate") and one["uid"] != current]
    yield observed("deployments.rollback_candidates", len(able), earlier.exchange, project.exchange)


def _state(deployment: Any) -> str:
    return str(deployment.get("readyState") or deployment.get("state"))


def _maker(source: Vercel, deployment: Any, reading: Reading) -> Observation:
    fact, way = "deployments.by_pipeline", deployment.get("source")
    if not way:
        return unavailable(fact, "Vercel does not say how the deployment was made", reading.exchange)
    mine = (deployment.get("creator") or {}).get("username") in source.pipeline
    return observed(fact, way in BY_GIT or (way == "cli" and mine), reading.exchange)


def _branch(deployment: Any, project: Reading, reading: Reading) -> Observation:
    fact, seen = "deployments.on_default_branch", (reading.exchange, project.exchange)
    if deployment is None:
        return unavailable(fact, "none of the newest production deployments succeeded", *seen)
    meta = deployment.get("meta") or {}
    ref = next((meta[name] for name in REFS if meta.get(name)), None)
    wanted = (project.value.get("link") or {}).get("productionBranch")
    if ref is None or not wanted:
        return unavailable(fact, "the deployment or its project is not linked to a repository", *seen)
    return observed(fact, ref == wanted and meta.get("gitDirty") != "1", *seen)


def _after(params: Mapping[str, Any]) -> Any:
    def following(page: Reading) -> Mapping[str, Any] | None:
        until = page.need("pagination").get("next")
        return {**params, "until": until} if until else None

    return following


@supplies("regions.application")
async def regions(source: Vercel, api: Api, context: "Context") -> AsyncIterator[Observation]:
    """Count the regions that the project's functions run in."""
    project = await api.get(f"/v9/projects/{source.project}", source.owner)
    yield observed(
        "regions.application", len(set(project.need("resourceConfig", "functionDefaultRegions"))), project.exchange
    )


@supplies("secrets.kept_encrypted")
async def variables(source: Vercel, api: Api, context: "Context") -> AsyncIterator[Observation]:
    """Look at the kind of each variable of production that is named like a secret, never at its value."""
    listed = await api.get(f"/v10/projects/{source.project}/env", source.owner, private=True)
    mine = [one for one in listed.need("envs") if "production" in one.get("target", "")]
    kept = [one["type"] for one in mine if CONFIDENTIAL.search(one["key"].upper()) and not PUBLIC.search(one["key"])]
    if not kept:
        reason = "no variable of production is named like a secret"
        yield unavailable("secrets.kept_encrypted", reason, listed.exchange)
    else:
        yield observed("secrets.kept_encrypted", CLEAR not in kept, listed.exchange)
