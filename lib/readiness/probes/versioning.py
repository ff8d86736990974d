"""Versioning: whether callers of the API say which version of it they mean."""

import re
from collections.abc import AsyncIterator

from readiness.answers.description import Description, Operation, read
from readiness.answers.obstacle import away
from readiness.evidence import Fact
from readiness.probes import Context, Observation, observed, probe, unavailable
from readiness.probes.openapi import document
from readiness.target import Routes

_VERSION = re.compile(r"v\d+(\.\d+)*((alpha|beta)\d*)?|20\d\d-\d\d(-\d\d)?", re.I)
_HEADER = re.compile(r"(x-)?(api-|accept-)?version|[\w-]+-version", re.I)
_APART = re.compile(
    r"/?|/(\.well-known|static|assets|docs|redoc|swagger|openapi[\w.-]*|metrics|health[\w-]*|ready|readyz|live|livez|"
    r"readiness|liveness|ping|version|favicon\.ico|robots\.txt)(/.*)?",
    re.I,
)


@probe(Fact("versioning.versioned_pct", "number", "Operations of the API whose address or header says a version.", "%"))
async def versioning(context: Context) -> AsyncIterator[Observation]:
    """Read the operations of the OpenAPI document."""
    fact = "versioning.versioned_pct"
    answer = await document(context)
    if answer is None:
        yield unavailable(fact, "the target file names no routes.openapi")
        return
    description = read(answer.body) if answer.ok and not answer.truncated else None
    if reason := away(answer):
        yield unavailable(fact, reason, answer)
    elif description is None:
        yield unavailable(fact, f"no OpenAPI document was published: status {answer.status}", answer)
    elif share := versioned_pct(description, context.target.routes):
        yield observed(fact, share[0], answer)
    else:
        yield unavailable(fact, "the document describes no operation that ought to have a version", answer)


def versioned_pct(description: Description, routes: Routes) -> tuple[float] | None:
    """The share of versioned operations, in per cent, besides those that belong to no version; None without any."""
    declared = {routes.health, routes.live, routes.ready, routes.metrics, routes.docs, routes.openapi, routes.jwks}
    declared |= {routes.security_txt, routes.page, routes.static}
    counted = [one for one in description.operations if one.path not in declared and not _APART.fullmatch(one.path)]
    if not counted:
        return None
    return (round(100 * sum(map(is_versioned, counted)) / len(counted), 1),)


def is_versioned(operation: Operation) -> bool:
    """A segment of the path is a version (`v1`, `2024-01-01`), or a declared header carries one."""
    in_path = any(_VERSION.fullmatch(segment) for segment in operation.path.split("/"))
    return in_path or any(
        parameter.get("in") == "header" and _HEADER.fullmatch(str(parameter.get("name", ""))[:100])
        for parameter in operation.parameters
    )
