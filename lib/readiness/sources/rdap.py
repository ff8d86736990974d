"""RDAP: what the registry publishes of the platform's domain (RFC 9082, 9083)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from pydantic import Field

from readiness.address import Address
from readiness.errors import Unobservable
from readiness.observation import Observation, observed, unavailable
from readiness.source import Source, supplies
from readiness.wire.api import Api, Reading
from readiness.wire.exchange import is_address

if TYPE_CHECKING:
    from readiness.probes import Context

BOOTSTRAP = "https://data.iana.org/rdap"
"""IANA's list of the registries' services (RFC 9224)."""
LOCKS = {"client transfer prohibited", "server transfer prohibited"}
"""Statuses that forbid a transfer (RFC 8056, 2)."""


class Rdap(Source):
    """RDAP (the registry of the domain)."""

    base: Address | None = Field(None, description="address of the registry's service; default: IANA's list names it")
    bootstrap: Address = Field(BOOTSTRAP, description="where IANA's list of the registries' services is")
    domain: str = Field("", description="the registered domain; default: the target's zone, else found by asking")

    @asynccontextmanager
    async def open(self, context: "Context") -> AsyncIterator[Api]:
        """An `Api` on the registry of the top-level domain."""
        if self.base:
            base = self.base
        else:
            name = self.names(context)[0]
            async with _api(self.bootstrap, context) as list_of_iana:
                base = _service(await list_of_iana.get("/dns.json"), name.rpartition(".")[2])
        async with _api(base, context) as registry:
            yield registry

    def names(self, context: "Context") -> list[str]:
        """Names that may be the registered one, the longest first.

        Raises:
            Unobservable: The platform has no name in the DNS.
        """
        if known := self.domain or context.target.zone:
            return [known]
        host = context.target.host
        if is_address(host) or "." not in host:
            raise Unobservable(f"production's host {host} is no domain")
        labels = host.split(".")
        return [".".join(labels[at:]) for at in range(len(labels) - 1)]


def _api(base: str, context: "Context") -> Api:
    accept = {"Accept": "application/rdap+json, application/json"}
    client = context.client
    return Api("rdap", base, accept, trust=client.trust, now=client.time, secrets=client.secrets)


def _service(bootstrap: Reading, top: str) -> str:
    """The service of a top-level domain, over https where there is a choice (RFC 9224, 3)."""
    for names, addresses in bootstrap.need("services"):
        if top.lower() in names:
            return str(sorted(addresses, key=lambda one: not one.startswith("https:"))[0]).rstrip("/")
    raise Unobservable(f"IANA's list names no RDAP service of .{top}", bootstrap.exchange)


@supplies("domain.days_left", "domain.transfer_locked")
async def domain(source: Rdap, api: Api, context: "Context") -> AsyncIterator[Observation]:
    """Ask for the host's name, then for those above it, until one is registered."""
    seen = []
    for name in source.names(context):
        answer = await api.get(f"/domain/{name}", absent=(400, 404))
        seen.append(answer.exchange)
        if answer.exchange.ok:
            break
    else:
        raise Unobservable(f"the registry knows no domain {name}", *seen)
    end = _expiry(answer.value.get("events") or ())
    if end is None:
        yield unavailable("domain.days_left", f"the registry publishes no end of the registration of {name}", *seen)
    else:
        yield observed("domain.days_left", (end - context.now) // timedelta(days=1), *seen)
    statuses = answer.value.get("status")
    if statuses is None:
        yield unavailable("domain.transfer_locked", f"the registry publishes no status of {name}", *seen)
    else:
        yield observed("domain.transfer_locked", bool(LOCKS & {str(one).lower() for one in statuses}), *seen)


def _expiry(events: Any) -> datetime | None:
    dates = [one["eventDate"] for one in events if one.get("eventAction") == "expiration"]
    if not dates:
        return None
    when = datetime.fromisoformat(dates[0])
    return when if when.tzinfo else when.replace(tzinfo=UTC)
