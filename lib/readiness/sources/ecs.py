"""AWS ECS: production's services, what their tasks may do, and the rules that add to them."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Any

from pydantic import Field

from readiness.errors import Unobservable
from readiness.observation import Observation, observed, unavailable
from readiness.source import Amazon, supplies
from readiness.wire.aws import Aws, Call

if TYPE_CHECKING:
    from readiness.probes import Context

LEAST = 2
"""Tasks below which the loss of one is an outage."""
BATCH = 10
"""Services that may be described at once."""
WORKLOADS = ("workloads.short", "workloads.unprobed", "workloads.root")
SCALING = "application-autoscaling"


class Ecs(Amazon):
    """AWS ECS, through boto3."""

    cluster: str = Field(min_length=1, description="name of the cluster")
    services: list[str] = Field([], description="names of production's services; default: all of the cluster")

    async def names(self, aws: Aws) -> tuple[list[str], list[Call]]:
        """Names of production's services."""
        if self.services:
            return self.services, []
        found, call = await aws.every("ecs", "list_services", "serviceArns", cluster=self.cluster)
        return [arn.rpartition("/")[2] for arn in found], [call]


@supplies("workloads.count", *WORKLOADS)
async def workloads(source: Ecs, aws: Aws, context: "Context") -> AsyncIterator[Observation]:
    """Look at every service of production and the task it runs."""
    names, seen = await source.names(aws)
    found: list[Any] = []
    for batch in _batches(names):
        answer, call = await aws.ask("ecs", "describe_services", cluster=source.cluster, services=batch)
        found += answer.get("services") or ()
        seen.append(call)
    found = [one for one in found if one.get("status") == "ACTIVE"]
    missing = set(source.services) - {one["serviceName"] for one in found}
    if missing:
        raise Unobservable(f"cluster {source.cluster} runs no service {', '.join(sorted(missing))}", *seen)
    yield observed("workloads.count", len(found), *seen)
    if not found:
        for fact in WORKLOADS:
            yield unavailable(fact, f"cluster {source.cluster} runs no service", *seen)
        return
    short = sum(one["desiredCount"] < LEAST or one["runningCount"] < one["desiredCount"] for one in found)
    yield observed("workloads.short", short, *seen)
    tasks = await asyncio.gather(
        *(aws.ask("ecs", "describe_task_definition", taskDefinition=one["taskDefinition"]) for one in found)
    )
    seen += [call for _, call in tasks]
    pairs = [(one, answer["taskDefinition"]) for one, (answer, _) in zip(found, tasks, strict=True)]
    yield observed("workloads.unprobed", sum(_unprobed(service, task) for service, task in pairs), *seen)
    yield observed("workloads.root", sum(_root(task) for _, task in pairs), *seen)


def _batches(names: list[str]) -> Iterator[list[str]]:
    return (names[at : at + BATCH] for at in range(0, len(names), BATCH))


def _unprobed(service: Any, task: Any) -> bool:
    """A container of it that has to run is watched neither by ECS nor by a load balancer, or is not limited."""
    balanced = {one.get("containerName") for one in service.get("loadBalancers") or ()}
    limited = bool(task.get("memory") and task.get("cpu"))
    return not all(
        (one.get("healthCheck") or one["name"] in balanced) and (limited or one.get("memory"))
        for one in task["containerDefinitions"]
        if one.get("essential", True)
    )


def _root(task: Any) -> bool:
    """A container of it may run as root: its definition names no user, or that one; the image may name another."""
    users = [str(one.get("user") or "root").partition(":")[0] for one in task["containerDefinitions"]]
    return any(user in ("root", "0") for user in users) or any(
        one.get("privileged") for one in task["containerDefinitions"]
    )


@supplies("scaling.smallest", "scaling.largest_above", "scaling.active")
async def scaling(source: Ecs, aws: Aws, context: "Context") -> AsyncIterator[Observation]:
    """Read the scaling rules that are registered for production's services."""
    names, seen = await source.names(aws)
    mine = {f"service/{source.cluster}/{name}" for name in names}
    listed, call = await aws.every(SCALING, "describe_scalable_targets", "ScalableTargets", ServiceNamespace="ecs")
    targets = [one for one in listed if one["ResourceId"] in mine]
    seen.append(call)
    if not targets:
        yield observed("scaling.active", False, *seen)
        for fact in ("scaling.smallest", "scaling.largest_above"):
            yield unavailable(fact, f"no service of cluster {source.cluster} is registered for scaling", *seen)
        return
    yield observed("scaling.smallest", min(one["MinCapacity"] for one in targets), *seen)
    yield observed("scaling.largest_above", all(one["MaxCapacity"] > one["MinCapacity"] for one in targets), *seen)
    policies, call = await aws.every(SCALING, "describe_scaling_policies", "ScalingPolicies", ServiceNamespace="ecs")
    ruled = {one["ResourceId"] for one in policies}
    free = all(not any((one.get("SuspendedState") or {}).values()) for one in targets)
    yield observed("scaling.active", free and all(one["ResourceId"] in ruled for one in targets), *seen, call)
