"""npm: the published JavaScript package."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from readiness.answers.packages import stable
from readiness.observation import Observation, observed, unavailable
from readiness.source import Vendor, supplies
from readiness.wire.api import Api

if TYPE_CHECKING:
    from readiness.probes import Context

STABLE, COMPLETE = "packages.javascript_stable", "packages.javascript_complete"
PROVENANCE = "packages.javascript_provenance"


class Npm(Vendor):
    """npm (registry)."""

    BASE: ClassVar[str] = "https://registry.npmjs.org"

    package: str = Field(pattern=r"^(@[a-z0-9._~-]+/)?[a-z0-9._~-]+$", description="name of the package")


@supplies(STABLE, COMPLETE, PROVENANCE)
async def package(source: Npm, api: Api, context: "Context") -> AsyncIterator[Observation]:
    """Read the manifest of the version that `npm install` takes."""
    latest = await api.get(f"/{source.package}/latest", absent=(404,))
    if latest.exchange.status == 404:
        yield observed(STABLE, False, latest.exchange)
        for fact in (COMPLETE, PROVENANCE):
            yield unavailable(fact, f"no package called {source.package} is published", latest.exchange)
        return
    kept = not latest.value.get("deprecated")
    yield observed(STABLE, stable(str(latest.need("version"))) and kept, latest.exchange)
    named = all(latest.value.get(key) for key in ("license", "repository"))
    yield observed(COMPLETE, named and _typed(latest.value), latest.exchange)
    attested = (latest.need("dist").get("attestations") or {}).get("provenance")
    yield observed(PROVENANCE, bool(attested), latest.exchange)


def _typed(manifest: Any) -> bool:
    """Whether the package says where its types are: on its own, or beside what it exports."""
    return bool(manifest.get("types") or manifest.get("typings")) or _names_types(manifest.get("exports"))


def _names_types(exports: Any) -> bool:
    if not isinstance(exports, dict):
        return False
    return any(key == "types" or _names_types(value) for key, value in exports.items())
