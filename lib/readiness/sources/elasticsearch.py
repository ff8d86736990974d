"""Elasticsearch: counts of the platform's log records, by the fields they have and the replica they come from."""

from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated
from urllib.parse import quote

from pydantic import Field

from readiness.address import Address
from readiness.canary import LONGEST_S, Patience, send, sought
from readiness.document import Record
from readiness.errors import Unobservable
from readiness.observation import Observation, observed, settled, unavailable
from readiness.secret import Secret
from readiness.source import Vendor, supplies
from readiness.sources.prometheus import replicas
from readiness.wire.api import Api, Reading

if TYPE_CHECKING:
    from readiness.probes import Context

HOUR, QUARTER = "now-1h", "now-15m"
AGES = (30, 14, 7, 1)
"""Days: the age of the oldest record is looked for among these."""
Name = Annotated[str, Field(pattern=r"^[\w.@-]+$")]


class Fields(Record):
    """Names of the fields of a record; by default those of the Elastic Common Schema."""

    time: Name = Field("@timestamp", description="when")
    level: Name = Field("log.level", description="how bad")
    message: Name = Field("message", description="what")
    service: Name = Field("service.name", description="who")
    request_id: Name = Field("http.request.id", description="in which request")
    trace_id: Name = Field("trace.id", description="in which trace")
    replica: Name = Field("host.name", description="on which replica")


class Elasticsearch(Vendor):
    """Elasticsearch."""

    base: Address = Field(description="its address")
    key: Secret = Field(description="API key with the privilege read on the index, a reference")
    index: str = Field(pattern=r"^[^/?#\s]+$", description="index, alias or data stream of the logs; `*` is allowed")
    service: str = Field(min_length=1, description="the platform's service, as its log records name it")
    fields: Fields = Field(default_factory=Fields, description="names of the fields of a record, see below")
    replicas: list[str] = Field([], description="names of its replicas; default: those that Prometheus scrapes")
    replica_label: str = Field("pod", description="label that holds a replica's name in Prometheus")
    patience: Patience = Field(timedelta(seconds=60), description="time in which a request is found, at most 5m")

    def headers(self) -> Mapping[str, str]:
        """See `Vendor.headers`."""
        return {"Authorization": f"ApiKey {self.key.reveal()}"}

    async def count(self, api: Api, *terms: str) -> Reading:
        """Count the platform's records for which every term (query string syntax) holds.

        Raises:
            Unobservable: It was not answered, or for a part of the index alone.
        """
        query = " AND ".join((f"{self.fields.service}:{quoted(self.service)}", *terms))
        reading = await api.get(f"/{quote(self.index, safe='*,')}/_count", {"q": query}, scope=f"read on {self.index}")
        if reading.need("_shards", "failed"):
            raise Unobservable("elasticsearch counted a part of the index alone", reading.exchange)
        reading.need("count")
        return reading

    def since(self, moment: str) -> str:
        """The term that a record is from this moment on."""
        return f"{self.fields.time}:[{moment} TO now]"


def quoted(text: str) -> str:
    """A text as a phrase of the query string syntax."""
    escaped = text.replace("\\", r"\\").replace('"', r"\"")
    return f'"{escaped}"'


@supplies("logs.lines", "logs.structured_pct", "logs.traced_pct", "logs.request_found", deadline=LONGEST_S + 30)
async def logs(source: Elasticsearch, api: Api, context: "Context") -> AsyncIterator[Observation]:
    """Count the records of the last hour by the fields they have, and look for the id of a request of our own."""
    whole = await source.count(api, source.since(HOUR))
    lines = int(whole.value["count"])
    yield observed("logs.lines", lines, whole.exchange)
    fields = source.fields
    needed = (fields.time, fields.level, fields.message, fields.request_id)  # that all have the service is asked for
    for fact, names in (("logs.structured_pct", needed), ("logs.traced_pct", (fields.trace_id,))):
        if lines:
            some = await source.count(api, source.since(HOUR), *(f"_exists_:{name}" for name in names))
            yield observed(fact, min(100 * some.value["count"] / lines, 100.0), some.exchange, whole.exchange)
        else:
            yield unavailable(fact, "there is no log record of the last hour", whole.exchange)
    yield await settled("logs.request_found", _found(source, api, context))


async def _found(source: Elasticsearch, api: Api, context: "Context") -> Observation:
    canary = await send(context)
    latest: Reading | None = None

    async def look() -> bool | None:
        nonlocal latest
        latest = await source.count(api, f"{source.fields.request_id}:{quoted(canary.request_id)}")
        return latest.value["count"] > 0 or None

    found = await sought(look, source.patience)
    assert latest is not None
    return observed("logs.request_found", bool(found), canary.exchange, latest.exchange)


@supplies("log_store.replicas", "log_store.silent_replicas", "log_store.kept_days")
async def log_store(source: Elasticsearch, api: Api, context: "Context") -> AsyncIterator[Observation]:
    """Whether each replica was heard of within 15 minutes, and how old the oldest records are."""
    yield await settled("log_store.kept_days", _kept(source, api))
    names = source.replicas or await replicas(context, source.replica_label)
    heard = [
        await source.count(api, source.since(QUARTER), f"{source.fields.replica}:{quoted(name)}") for name in names
    ]
    seen = [reading.exchange for reading in heard]
    yield observed("log_store.replicas", len(names), *seen)
    yield observed("log_store.silent_replicas", sum(not reading.value["count"] for reading in heard), *seen)


async def _kept(source: Elasticsearch, api: Api) -> Observation:
    """Days that records are known to be kept: a store that is younger than its retention may keep them longer."""
    seen = []
    for days in AGES:
        older = await source.count(api, f"{source.fields.time}:[* TO now-{days}d]")
        seen.append(older.exchange)
        if older.value["count"]:
            return observed("log_store.kept_days", days, *seen, low=days, high=float("inf"))
    raise Unobservable("no log record is a day old", *seen)
