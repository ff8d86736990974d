"""Versioning: whether callers of the API say which version of it they mean, and are told of what is going away."""

import asyncio
import re
from collections.abc import AsyncIterator

from readiness.answers.obstacle import away
from readiness.errors import Unobservable
from readiness.evidence import Fact
from readiness.probes import Context, Observation, observed, probe, settled, unavailable
from readiness.probes.openapi import document
from readiness.wire.exchange import Exchange

ASKED = 20
"""Deprecated operations that are asked at most."""

_DATE = re.compile(r"@-?\d{1,15}")  # RFC 9745: a date as RFC 9651 writes it


@probe(
    Fact("versioning.versioned_pct", "number", "Operations of the API whose address or header says a version.", "%"),
    Fact(
        "versioning.deprecated_silently",
        "number",
        "Deprecated operations that do not say so, or not when they go, in their answers.",
        "operations",
    ),
    deadline=60,
)
async def versioning(context: Context) -> AsyncIterator[Observation]:
    """Ask what the examination of the OpenAPI document found of versions, and the operations it calls deprecated."""
    fact, read = "versioning.versioned_pct", await document(context)
    if "versioned_pct" in read.found:
        yield observed(fact, read.found["versioned_pct"], *read.answers)
    else:
        reason = read.reason or "the document describes no operation that ought to have a version"
        yield unavailable(fact, reason, *read.answers)
    yield await settled("versioning.deprecated_silently", _deprecated(context))


async def _deprecated(context: Context) -> Observation:
    """Deprecation (RFC 9745) and Sunset (RFC 8594) in what deprecated operations answer."""
    fact, read = "versioning.deprecated_silently", await document(context)
    if read.reason or "deprecated" not in read.found:
        raise Unobservable(read.reason or "the document took too long to examine", *read.answers)
    deprecated = read.found["deprecated"]
    if not deprecated:
        return observed(fact, 0, *read.answers)  # the document itself says that nothing is going away
    readable = [path for method, path, needs in deprecated if method == "get" and not needs][:ASKED]
    answers = await asyncio.gather(*(context.client.get(context.url(path)) for path in readable))
    silent = [answer for answer in answers if not away(answer) and not announces(answer)]
    # a refusal need not carry the headers of what it refuses: it is silence only where the operation was carried out
    carried_out = [answer for answer in silent if answer.ok]
    told = [answer for answer in answers if announces(answer)]
    unknown = len(deprecated) - len(told) - len(carried_out)
    if unknown and not carried_out:
        raise Unobservable(f"{unknown} deprecated operations could not be asked without a user or a body", *answers)
    return observed(
        fact, len(carried_out), *(carried_out or answers), low=len(carried_out), high=len(carried_out) + unknown
    )


def announces(answer: Exchange) -> bool:
    """The answer says since when it is deprecated, and until when it is there."""
    since, until = answer.header("deprecation") or "", answer.header("sunset") or ""
    return bool(_DATE.fullmatch(since.strip()) or since.strip().lower() == "true") and bool(until.strip())
