"""Go module proxy: the published Go module."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from readiness.answers.packages import retracted, stable
from readiness.observation import Observation, observed
from readiness.source import Vendor, supplies
from readiness.wire.api import Api

if TYPE_CHECKING:
    from readiness.probes import Context

GONE = (404, 410)


class Goproxy(Vendor):
    """Go module proxy (GOPROXY protocol)."""

    BASE: ClassVar[str] = "https://proxy.golang.org"

    module: str = Field(pattern=r"^[A-Za-z0-9._~/-]+$", description="path of the module")

    @property
    def path(self) -> str:
        """The module's path with its capitals escaped, as the protocol has it."""
        return "/" + "".join(f"!{one.lower()}" if one.isupper() else one for one in self.module)


@supplies("packages.go_stable")
async def module(source: Goproxy, api: Api, context: "Context") -> AsyncIterator[Observation]:
    """Read the newest version, and whether its go.mod takes it back; a path that is not there was never published."""
    latest = await api.get(f"{source.path}/@latest", absent=GONE)
    if latest.exchange.status in GONE:
        yield observed("packages.go_stable", False, latest.exchange)
        return
    version = str(latest.need("Version"))
    file = await api.get(f"{source.path}/@v/{version}.mod", text=True)
    good = stable(version) and not retracted(version, file.value)
    yield observed("packages.go_stable", good, latest.exchange, file.exchange)
