"""RubyGems: the published Ruby gem."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from readiness.answers.packages import stable
from readiness.observation import Observation, observed
from readiness.source import Vendor, supplies
from readiness.wire.api import Api

if TYPE_CHECKING:
    from readiness.probes import Context


class Rubygems(Vendor):
    """RubyGems (API v1)."""

    BASE: ClassVar[str] = "https://rubygems.org/api/v1"

    gem: str = Field(pattern=r"^[A-Za-z0-9._-]+$", description="name of the gem")


@supplies("packages.ruby_stable")
async def gem(source: Rubygems, api: Api, context: "Context") -> AsyncIterator[Observation]:
    """Read the version that `gem install` takes; a name that is not there was never published, or is yanked whole."""
    found = await api.get(f"/gems/{source.gem}.json", absent=(404,))
    missing = found.exchange.status == 404
    good = not missing and stable(str(found.need("version"))) and not found.value.get("yanked")
    yield observed("packages.ruby_stable", good, found.exchange)
