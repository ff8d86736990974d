"""GitHub: deployments, workflows, rules of the default branch, and what its scanners found."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import quote

from pydantic import Field

from readiness.answers.protection import classic, of_rulesets
from readiness.answers.workflows import judged, success_pct
from readiness.errors import Unobservable
from readiness.observation import Observation, observed, unavailable
from readiness.secret import Secret
from readiness.source import Vendor, supplies
from readiness.wire.api import Api, Reading, linked
from readiness.wire.exchange import Exchange

if TYPE_CHECKING:
    from readiness.probes import Context

LOOKED_AT = 20
"""Newest deployments, and newest runs, that are looked at."""
MONTH = timedelta(days=30)
DECIDED = {"success": True, "inactive": True, "failure": False, "error": False}
"""States of a deployment that came to an end; one that a later one replaced is `inactive`."""


class GitHub(Vendor):
    """GitHub (REST API)."""

    BASE: ClassVar[str] = "https://api.github.com"

    token: Secret = Field(description="a fine-grained token that may read the repository, a reference")
    repository: str = Field(pattern=r"^[\w.-]+/[\w.-]+$", description="`owner/name`")
    branch: str = Field("", description="the branch production is deployed from; default: the default branch")
    environment: str = Field("production", description="name of the production environment")
    workflows: list[str] = Field(
        [], description="names or file names of the workflows that have to pass; default: all that ran for a push"
    )
    pipeline: list[str] = Field([], description="people's logins that the pipeline deploys as; apps need no mention")

    def headers(self) -> Mapping[str, str]:
        """See `Vendor.headers`."""
        return {
            "Authorization": f"Bearer {self.token.reveal()}",
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": "2022-11-28",
        }

    @property
    def root(self) -> str:
        """Path of the repository."""
        return f"/repos/{self.repository}"

    async def head(self, api: Api) -> tuple[str, list[Exchange]]:
        """Name of the default branch, and where it was read."""
        if self.branch:
            return self.branch, []
        reading = await api.get(self.root, scope="Metadata: read")
        return str(reading.need("default_branch")), [reading.exchange]


# --- deployments ----------------------------------------------------------------------------------------------------


@supplies(
    "deployments.succeeded",
    "deployments.by_pipeline",
    "deployments.in_30_days",
    "deployments.on_default_branch",
    "deployments.behind_days",
)
async def deployments(source: GitHub, api: Api, context: "Context") -> AsyncIterator[Observation]:
    """Look at the newest deployments, and compare the commit of the last good one with the branch."""
    made = await api.get(
        f"{source.root}/deployments", {"environment": source.environment, "per_page": 100}, scope="Deployments: read"
    )
    newest = sorted(made.value, key=lambda one: str(one["created_at"]), reverse=True)[:LOOKED_AT]
    if not newest:
        for fact in deployments.facts:
            yield unavailable(fact, f"GitHub records no deployment to {source.environment}", made.exchange)
        return
    told = await asyncio.gather(*(_outcome(source, api, one) for one in newest))
    seen = [made.exchange, *(exchange for _, exchange in told)]
    ended = [(one, outcome) for one, (outcome, _) in zip(newest, told, strict=True) if outcome is not None]
    if not ended:
        for fact in deployments.facts:
            yield unavailable(fact, f"none of the newest {len(newest)} deployments has come to an end", *seen)
        return
    yield observed("deployments.succeeded", ended[0][1], *seen)
    creator = ended[0][0].get("creator") or {}
    mine = creator.get("type") == "Bot" or creator.get("login") in source.pipeline
    yield observed("deployments.by_pipeline", mine, made.exchange)
    good = [one for one, outcome in ended if outcome]
    late = [one for one in good if context.now - _time(one["created_at"]) <= MONTH]
    yield observed("deployments.in_30_days", len(late), *seen)
    if not good:
        for fact in ("deployments.on_default_branch", "deployments.behind_days"):
            yield unavailable(fact, f"none of the newest {len(newest)} deployments succeeded", *seen)
        return
    name, cited = await source.head(api)
    path = f"{source.root}/compare/{good[0]['sha']}...{_part(name)}"
    gap = await api.get(path, {"per_page": 100}, scope="Contents: read")
    seen += [*cited, gap.exchange]
    yield observed("deployments.on_default_branch", gap.need("status") in ("ahead", "identical"), *seen)
    waiting = [_time(one["commit"]["committer"]["date"]) for one in gap.need("commits")]
    days = max([(context.now - when) / timedelta(days=1) for when in waiting], default=0.0)
    yield observed("deployments.behind_days", round(max(days, 0.0), 2), *seen)


async def _outcome(source: GitHub, api: Api, deployment: Any) -> tuple[bool | None, Exchange]:
    """Whether a deployment succeeded; None for one under way."""
    path = f"{source.root}/deployments/{int(deployment['id'])}/statuses"
    said = await api.get(path, {"per_page": 100}, scope="Deployments: read")
    last = max(said.value, key=lambda one: (str(one["created_at"]), one["id"]), default={"state": "pending"})
    return DECIDED.get(last["state"]), said.exchange


# --- workflows and rules ---------------------------------------------------------------------------------------------


@supplies("pipeline.workflows", "pipeline.failing", "pipeline.success_pct")
async def pipeline(source: GitHub, api: Api, context: "Context") -> AsyncIterator[Observation]:
    """Take the newest completed run of each workflow on the head of the default branch."""
    name, seen = await source.head(api)
    last = await api.get(f"{source.root}/commits/{_part(name)}", scope="Contents: read")
    # without a list of workflows, those that a push starts are meant: a scheduled one says nothing of the commit
    where = {"head_sha": last.need("sha")} | ({} if source.workflows else {"event": "push"})
    runs, cited = await _listed(
        api,
        f"{source.root}/actions/runs",
        {**where, "exclude_pull_requests": True},
        "workflow_runs",
        scope="Actions: read",
    )
    seen += [last.exchange, *cited]
    verdict = judged(runs, source.workflows)
    if verdict.running:
        for fact in ("pipeline.workflows", "pipeline.failing"):
            yield unavailable(fact, f"{verdict.running} has not come to an end on the head of {name} yet", *seen)
    else:
        yield observed("pipeline.workflows", verdict.completed, *seen)
    if verdict.failing is not None:
        yield observed("pipeline.failing", verdict.failing, *seen)
    elif not verdict.running:
        yield unavailable("pipeline.failing", f"no workflow ran for the head of {name}", *seen)
    recent = await api.get(
        f"{source.root}/actions/runs",
        {"branch": name, "event": "push", "status": "completed", "exclude_pull_requests": True, "per_page": 100},
        scope="Actions: read",
    )
    share = success_pct(recent.need("workflow_runs"), LOOKED_AT)
    if share is None:
        yield unavailable("pipeline.success_pct", f"no run of {name} has come to an end", recent.exchange)
    else:
        yield observed("pipeline.success_pct", share, recent.exchange)


@supplies("branch.checks_required", "branch.reviews_required", "branch.force_push_blocked")
async def branch(source: GitHub, api: Api, context: "Context") -> AsyncIterator[Observation]:
    """Read the rulesets of the default branch, and its classic protection, which those leave out."""
    name, seen = await source.head(api)
    rules, cited = await _listed(api, f"{source.root}/rules/branches/{_part(name)}", {}, scope="Metadata: read")
    seen += cited
    demanded = of_rulesets(rules)
    if not all(demanded):
        try:
            settings = await _classic(source, api, name)
        except Unobservable:
            # what the rulesets demand is demanded, whatever cannot be read beside them
            for fact, value in zip(branch.facts, demanded, strict=True):
                if value:
                    yield observed(fact, value, *seen)
            raise
        seen.append(settings.exchange)
        if settings.exchange.ok:
            demanded = demanded.beside(classic(settings.value))
    for fact, value in zip(branch.facts, demanded, strict=True):
        yield observed(fact, value, *seen)


async def _classic(source: GitHub, api: Api, name: str) -> Reading:
    path, scope = f"{source.root}/branches/{_part(name)}/protection", "Administration: read"
    reading = await api.get(path, scope=scope, absent=(404,))
    if reading.exchange.status == 404 and (reading.value or {}).get("message") != "Branch not protected":
        words = "GitHub does not show the classic protection of the branch"
        raise Unobservable(words, reading.exchange, permission=f"sources.github: {scope}")
    return reading


@supplies("isolation.production_protected")
async def environments(source: GitHub, api: Api, context: "Context") -> AsyncIterator[Observation]:
    """Whether production's environment wants a reviewer, or takes certain branches alone."""
    path, scope = f"{source.root}/environments", "Actions: read"
    listed, seen = await _listed(api, path, {}, "environments", scope=scope)
    mine: Any = next((one for one in listed if one["name"] == source.environment), {})
    reviewed = any(
        rule["type"] == "required_reviewers" and rule.get("reviewers") for rule in mine.get("protection_rules") or ()
    )
    yield observed("isolation.production_protected", reviewed or bool(mine.get("deployment_branch_policy")), *seen)


# --- alerts ---------------------------------------------------------------------------------------------------------


@supplies("alerts.dependencies")
async def dependencies(source: GitHub, api: Api, context: "Context") -> AsyncIterator[Observation]:
    """Count what Dependabot raised; it answers 403 where it is switched off."""
    params = {"state": "open", "severity": "critical,high"}
    scope = "Dependabot alerts: read, and the alerts switched on"
    found, seen = await _listed(api, f"{source.root}/dependabot/alerts", params, scope=scope)
    yield observed("alerts.dependencies", len(found), *seen)


@supplies("alerts.code")
async def code(source: GitHub, api: Api, context: "Context") -> AsyncIterator[Observation]:
    """Count what code scanning raised; a repository that was never analysed answers 404, which is not zero."""
    scope = "Code scanning alerts: read, and an analysis uploaded"
    found, seen = await _listed(api, f"{source.root}/code-scanning/alerts", {"state": "open"}, scope=scope)
    yield observed("alerts.code", sum(map(_grave, found)), *seen)


def _grave(alert: Any) -> bool:
    """By its security severity; by the severity of its rule where a tool tells no other."""
    rule = alert["rule"]
    level = rule.get("security_severity_level")
    return level in ("critical", "high") if level else rule.get("severity") == "error"


@supplies("secrets.alerts")
async def secrets(source: GitHub, api: Api, context: "Context") -> AsyncIterator[Observation]:
    """Count the secrets that GitHub found; its answers hold them, so they are not kept."""
    params = {"state": "open", "hide_secret": True}
    scope = "Secret scanning alerts: read, and the scanning switched on"
    found, seen = await _listed(api, f"{source.root}/secret-scanning/alerts", params, scope=scope, private=True)
    yield observed("secrets.alerts", len(found), *seen)


async def _listed(
    api: Api, path: str, params: dict[str, Any], member: str = "", *, scope: str, private: bool = False
) -> tuple[list[Any], list[Exchange]]:
    """The items of every page (of its `member`, where it is no list itself), and the pages."""
    items: list[Any] = []
    seen: list[Exchange] = []
    async for page in api.pages(path, {"per_page": 100, **params}, linked, scope=scope, private=private):
        found = page.need(member) if member else page.value
        if not isinstance(found, list):
            raise Unobservable(f"GitHub answered {page.exchange.source} with no list", page.exchange)
        items += found
        seen.append(page.exchange)
    return items, seen


def _part(name: str) -> str:
    """A branch's name as a part of a path."""
    return quote(name, safe="")


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
