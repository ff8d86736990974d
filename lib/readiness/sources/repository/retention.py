"""Retention: the policy as it lies beside the schema."""

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from readiness.errors import BadInput, Unobservable
from readiness.observation import Observation, observed
from readiness.retention import Policy
from readiness.source import supplies
from readiness.sources.repository import Repository
from readiness.sources.repository.reading import needed, noted
from readiness.wire.artefact import Artefact
from readiness.wire.checkout import Checkout

if TYPE_CHECKING:
    from readiness.probes import Context


@supplies("retention.policy")
async def retention(source: Repository, checkout: Checkout, context: "Context") -> AsyncIterator[Observation]:
    """Whether there is a policy that can be read."""
    artefact, _, problems = await _read(source, checkout)
    yield observed("retention.policy", not problems, *noted([artefact], problems))


async def policy(source: Repository, checkout: Checkout) -> tuple[Artefact, Policy]:
    """The policy, and the file it is in.

    Raises:
        Unobservable: The target file does not say where it is, or it is not as expected.
    """
    artefact, found, problems = await _read(source, checkout)
    if found is None:
        raise Unobservable(f"the retention policy cannot be read: {problems[0]}", artefact)
    return artefact, found


async def _read(source: Repository, checkout: Checkout) -> tuple[Artefact, Policy | None, tuple[str, ...]]:
    if not source.retention:
        needed("retention")
    artefact = await checkout.read(str(source.retention))
    if artefact.failure:
        return artefact, None, (f"{artefact.path}: {artefact.failure}",)
    try:
        return artefact, await asyncio.to_thread(Policy.of, artefact.content, artefact.path), ()
    except BadInput as error:
        return artefact, None, error.problems
