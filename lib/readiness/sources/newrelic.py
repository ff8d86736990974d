"""New Relic: requests that its monitor saw."""

from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from readiness.errors import Unobservable
from readiness.observation import Observation, observed, unavailable
from readiness.secret import Secret
from readiness.source import Vendor, supplies
from readiness.wire.api import Api

if TYPE_CHECKING:
    from readiness.probes import Context

QUERY = "query ($account: Int!, $nrql: Nrql!) { actor { account(id: $account) { nrql(query: $nrql) { results } } } }"


class NewRelic(Vendor):
    """New Relic (NerdGraph)."""

    BASE: ClassVar[str] = "https://api.newrelic.com/graphql"

    key: Secret = Field(description="user key, a reference")
    account: Annotated[int, Field(ge=1)] = Field(description="number of the account")
    application: str = Field(min_length=1, description="name of the application (`appName`)")
    attributes: Annotated[list[Annotated[str, Field(pattern=r"^[\w.]+$")]], Field(min_length=3)] = Field(
        ["appName", "environment", "service.version"],
        description="attributes of a transaction that tell its service, environment and version",
    )

    def headers(self) -> Mapping[str, str]:
        """See `Vendor.headers`."""
        return {"API-Key": self.key.reveal()}


@supplies("apm.requests", "apm.tagged")
async def apm(source: NewRelic, api: Api, context: "Context") -> AsyncIterator[Observation]:
    """Transactions of the last hour, and those among them that carry every attribute."""
    name = source.application.replace("\\", r"\\").replace("'", r"\'")
    whole = " AND ".join(f"`{attribute}` IS NOT NULL" for attribute in source.attributes)
    nrql = (  # the name is quoted, and attributes are names
        f"SELECT count(*) AS requests, filter(count(*), WHERE {whole}) AS tagged "  # noqa: S608
        f"FROM Transaction WHERE appName = '{name}' SINCE 1 hour ago"
    )
    reading = await api.post("", {"query": QUERY, "variables": {"account": source.account, "nrql": nrql}})
    if isinstance(reading.value, dict) and reading.value.get("errors"):
        said = reading.need("errors", 0, "message")
        raise Unobservable(f"newrelic answers with an error: {said}", reading.exchange)
    counted = reading.need("data", "actor", "account", "nrql", "results", 0)
    yield observed("apm.requests", counted["requests"], reading.exchange)
    if counted["requests"]:
        yield observed("apm.tagged", counted["tagged"] == counted["requests"], reading.exchange)
    else:
        yield unavailable("apm.tagged", "no request was seen in the last hour", reading.exchange)
