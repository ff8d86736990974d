"""Kubernetes: the workloads of production's namespace, their replicas, and the rules that add to them."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import Field, field_validator

from readiness.address import Address
from readiness.document import folder_of
from readiness.errors import Unobservable
from readiness.observation import Observation, observed, unavailable
from readiness.secret import Secret
from readiness.source import Vendor, supplies
from readiness.wire.api import Api, Reading
from readiness.wire.exchange import Exchange
from readiness.wire.transport import trust_in

if TYPE_CHECKING:
    from readiness.probes import Context

LEAST = 2
"""Replicas below which the loss of one is an outage."""


class Kubernetes(Vendor):
    """Kubernetes (API of the cluster)."""

    base: Address = Field(description="address of the cluster's API")
    token: Secret = Field(description="token of a service account that may list the workloads, a reference")
    namespace: str = Field(pattern=r"^[a-z0-9-]+$", description="namespace of production")
    workloads: list[str] = Field([], description="names of production's workloads; default: all of the namespace")
    entry: str = Field("", description="name of the deployment that the ingress leads to")
    ca_file: Path | None = Field(None, description="the cluster's certificate authority, relative to the target file")

    @field_validator("ca_file", mode="before")
    @classmethod
    def _beside_the_target_file(cls, value: Any, info: Any) -> Any:
        return folder_of(info) / value if isinstance(value, str) else value

    def open(self, context: "Context") -> AbstractAsyncContextManager[Api]:
        """An `Api` on the cluster, which has an authority of its own as a rule."""
        return Api(
            self.name(),
            self.base,
            self.headers(),
            trust=trust_in(self.ca_file) if self.ca_file else context.client.trust,
            now=context.client.time,
            secrets=context.client.secrets,
        )

    async def items(self, api: Api, group: str, kind: str) -> tuple[list[Any], list[Exchange]]:
        """Every object of a kind in the namespace."""
        found: list[Any] = []
        seen: list[Exchange] = []
        path = f"/apis/{group}/namespaces/{self.namespace}/{kind}"
        async for page in api.pages(path, {"limit": 100}, _next, scope=f"list {kind}.{group.partition('/')[0]}"):
            found += page.need("items")
            seen.append(page.exchange)
        return found, seen

    def mine(self, name: str) -> bool:
        """Whether a workload of this name is production's."""
        return not self.workloads or name in self.workloads


def _next(page: Reading) -> Mapping[str, Any] | None:
    more = (page.value.get("metadata") or {}).get("continue")
    return {"limit": 100, "continue": more} if more else None


@supplies("workloads.count", "workloads.short", "workloads.unprobed", "workloads.root")
async def workloads(source: Kubernetes, api: Api, context: "Context") -> AsyncIterator[Observation]:
    """Look at every deployment and stateful set of production."""
    found, seen = [], []
    for kind in ("deployments", "statefulsets"):
        items, cited = await source.items(api, "apps/v1", kind)
        found += [item for item in items if source.mine(item["metadata"]["name"])]
        seen += cited
    yield observed("workloads.count", len(found), *seen)
    if not found:
        for fact in ("workloads.short", "workloads.unprobed", "workloads.root"):
            yield unavailable(fact, f"namespace {source.namespace} holds no workload", *seen)
        return
    for fact, wrong in (("short", _short), ("unprobed", _unprobed), ("root", _root)):
        yield observed(f"workloads.{fact}", sum(map(wrong, found)), *seen)


def _short(workload: Any) -> bool:
    return _desired(workload) < LEAST or _ready(workload) < _desired(workload)


def _desired(workload: Any) -> int:
    replicas = workload["spec"].get("replicas")
    return 1 if replicas is None else int(replicas)


def _ready(workload: Any) -> int:
    return int((workload.get("status") or {}).get("readyReplicas") or 0)


def _unprobed(workload: Any) -> bool:
    """A container of it is not probed for readiness and liveness, or not limited."""
    containers = _pod(workload).get("containers") or [{}]
    return not all(
        one.get("readinessProbe") and one.get("livenessProbe") and (one.get("resources") or {}).get("limits")
        for one in containers
    )


def _root(workload: Any) -> bool:
    """A container of it may run as root: neither it nor its pod forbids that or names another user."""
    pod = _pod(workload)
    containers = [*(pod.get("initContainers") or ()), *(pod.get("containers") or [{}])]
    shared = pod.get("securityContext") or {}
    return not all(_unprivileged(shared | (one.get("securityContext") or {})) for one in containers)


def _unprivileged(context: Mapping[str, Any]) -> bool:
    user = context.get("runAsUser")
    return user != 0 and (context.get("runAsNonRoot") is True or user is not None) and not context.get("privileged")


def _pod(workload: Any) -> Mapping[str, Any]:
    pod: Mapping[str, Any] = workload["spec"]["template"].get("spec") or {}
    return pod


@supplies("edge.origins", "edge.monitored")
async def entry(source: Kubernetes, api: Api, context: "Context") -> AsyncIterator[Observation]:
    """Count the ready replicas that the ingress leads to; one that fails its readiness probe is sent nothing."""
    if not source.entry:
        raise Unobservable(
            "the target file does not say where the ingress leads", permission="sources.kubernetes.entry"
        )
    items, seen = await source.items(api, "apps/v1", "deployments")
    mine: Any = next((item for item in items if item["metadata"]["name"] == source.entry), None)
    if mine is None:
        raise Unobservable(f"namespace {source.namespace} holds no deployment {source.entry}", *seen)
    yield observed("edge.origins", _ready(mine), *seen)
    watched = [bool(one.get("readinessProbe")) for one in _pod(mine).get("containers") or ()]
    yield observed("edge.monitored", bool(watched) and all(watched), *seen)


@supplies("scaling.smallest", "scaling.largest_above", "scaling.active")
async def scaling(source: Kubernetes, api: Api, context: "Context") -> AsyncIterator[Observation]:
    """Read the horizontal autoscalers of production's workloads."""
    items, seen = await source.items(api, "autoscaling/v2", "horizontalpodautoscalers")
    rules = [item for item in items if source.mine(item["spec"]["scaleTargetRef"]["name"])]
    if not rules:
        yield observed("scaling.active", False, *seen)
        for fact in ("scaling.smallest", "scaling.largest_above"):
            yield unavailable(fact, f"namespace {source.namespace} holds no horizontal autoscaler", *seen)
        return
    bounds = [(item["spec"].get("minReplicas") or 1, item["spec"]["maxReplicas"]) for item in rules]
    yield observed("scaling.smallest", min(least for least, _ in bounds), *seen)
    yield observed("scaling.largest_above", all(most > least for least, most in bounds), *seen)
    yield observed("scaling.active", all(map(_able, rules)), *seen)


def _able(rule: Any) -> bool:
    states = {one["type"]: one["status"] for one in (rule.get("status") or {}).get("conditions") or ()}
    return all(states.get(name) == "True" for name in ("AbleToScale", "ScalingActive"))
