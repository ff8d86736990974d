"""Versioning: whether callers of the API say which version of it they mean."""

from collections.abc import AsyncIterator

from readiness.evidence import Fact
from readiness.probes import Context, Observation, observed, probe, unavailable
from readiness.probes.openapi import document


@probe(
    Fact("versioning.versioned_pct", "number", "Operations of the API whose address or header says a version.", "%"),
    deadline=60,
)
async def versioning(context: Context) -> AsyncIterator[Observation]:
    """Ask what the examination of the OpenAPI document found of versions."""
    fact, read = "versioning.versioned_pct", await document(context)
    if "versioned_pct" in read.found:
        yield observed(fact, read.found["versioned_pct"], *read.answers)
    else:
        reason = read.reason or "the document describes no operation that ought to have a version"
        yield unavailable(fact, reason, *read.answers)
