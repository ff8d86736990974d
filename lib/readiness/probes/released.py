"""Released: whether what was released last still holds on the live platform."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

from readiness.answers.description import Description, read
from readiness.artefacts.differences import breaking
from readiness.errors import Unobservable
from readiness.evidence import Fact
from readiness.probes import Context, Observation, observed, probe, settled
from readiness.probes.openapi import document
from readiness.sources.repository import Repository, opened
from readiness.wire.artefact import Artefact
from readiness.wire.checkout import Checkout


@probe(
    Fact("released.operations", "number", "Operations of the API as it was last released.", "operations"),
    Fact("released.breaking", "number", "What the last release promised and the live API breaks.", "differences"),
    deadline=90,
)
async def released(context: Context) -> AsyncIterator[Observation]:
    """Compare the last released OpenAPI document of the repository with the live one."""
    yield await settled("released.operations", _operations(context))
    yield await settled("released.breaking", _breaking(context))


async def _operations(context: Context) -> Observation:
    artefact, description = await _last(context)
    return observed("released.operations", len(description.operations), artefact)


async def _breaking(context: Context) -> Observation:
    artefact, before = await _last(context)
    live = await document(context)
    after = read(live.answers[0].body) if live.answers and not live.reason else None
    if after is None:
        raise Unobservable(live.reason or "the live document cannot be read", artefact, *live.answers)
    if not before.operations:
        raise Unobservable(f"{artefact.path} describes no operation", artefact)
    lines = await asyncio.to_thread(breaking, before, after)
    return observed("released.breaking", len(lines), replace(artefact, seen=tuple(lines)), *live.answers)


async def _last(context: Context) -> tuple[Artefact, Description]:
    """The document at the newest release that has it, else as it is committed."""
    settings, checkout = await opened(context)
    path = settings.openapi
    if not path:
        raise Unobservable("the target file does not say where it is", permission="sources.repository.openapi")
    artefact = await _artefact(settings, checkout, path)
    description = read(artefact.content)
    if description is None:
        raise Unobservable(f"{path} is no OpenAPI 3 document", artefact)
    return artefact, description


async def _artefact(settings: Repository, checkout: Checkout, path: str) -> Artefact:
    for release in (await checkout.releases())[:20]:
        if not (found := await checkout.released(release, path)).failure:
            return replace(found, seen=(f"as released with {release.tag}",))
    found = await checkout.read(path)
    if found.failure:
        raise Unobservable(f"{path} is {found.failure}", found, permission="sources.repository.openapi")
    return found
