"""Images: how production's images are built."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from readiness.artefacts.image import image
from readiness.observation import Observation, observed, unavailable
from readiness.source import supplies
from readiness.sources.repository import Repository
from readiness.sources.repository.reading import needed, noted, parsed
from readiness.wire.checkout import Checkout

if TYPE_CHECKING:
    from readiness.probes import Context


@supplies("image.unprivileged", "image.pinned")
async def images(source: Repository, checkout: Checkout, context: "Context") -> AsyncIterator[Observation]:
    """Read every Dockerfile."""
    if not source.images:
        needed("images")
    artefacts = [await checkout.read(path) for path in source.images]
    if absent := [one for one in artefacts if one.failure]:
        for fact in ("image.unprivileged", "image.pinned"):
            yield unavailable(
                fact, f"{absent[0].path} is {absent[0].failure}", *absent, permission="sources.repository.images"
            )
        return
    read = [(one, await parsed(one, image)) for one in artefacts]
    root = noted(artefacts, [f"{one.path} runs as {told.user or 'root'}" for one, told in read])
    yield observed("image.unprivileged", all(told.unprivileged for _, told in read), *root)
    loose = [f"{one.path}: {base}" for one, told in read for base in told.unpinned]
    yield observed("image.pinned", not loose, *noted(artefacts, loose))
