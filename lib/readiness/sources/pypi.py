"""PyPI: the published Python package."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from readiness.answers.packages import stable
from readiness.observation import Observation, observed
from readiness.source import Vendor, supplies
from readiness.wire.api import Api

if TYPE_CHECKING:
    from readiness.probes import Context


class Pypi(Vendor):
    """PyPI (JSON API)."""

    BASE: ClassVar[str] = "https://pypi.org"

    package: str = Field(pattern=r"^[A-Za-z0-9._-]+$", description="name of the package")


@supplies("packages.python_stable")
async def package(source: Pypi, api: Api, context: "Context") -> AsyncIterator[Observation]:
    """Read the version that `pip install` takes; a name that is not there was never published."""
    found = await api.get(f"/pypi/{source.package}/json", absent=(404,))
    missing = found.exchange.status == 404
    good = not missing and stable(str(found.need("info", "version"))) and not found.need("info").get("yanked")
    yield observed("packages.python_stable", good, found.exchange)
