"""Datadog: requests that its monitor saw, objectives, and logs of every replica."""

from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from readiness.errors import Unobservable
from readiness.observation import Observation, observed, settled, unavailable
from readiness.secret import Secret
from readiness.source import Vendor, supplies
from readiness.sources.prometheus import replicas
from readiness.wire.api import Api, Reading

if TYPE_CHECKING:
    from readiness.probes import Context

HOUR, QUARTER = timedelta(hours=1), timedelta(minutes=15)
PAGE = 100
TAGS = ("service", "env", "version")
"""Unified service tags, as Datadog calls them."""
UNKNOWN = {"", "n/a", "none"}


class Datadog(Vendor):
    """Datadog (API v1)."""

    BASE: ClassVar[str] = "https://api.datadoghq.com"

    key: Secret = Field(description="API key, a reference")
    application_key: Secret = Field(
        description="application key that may read metrics, SLOs and log indexes, a reference"
    )
    service: str = Field(pattern=r"^[\w./-]+$", description="the platform's service, as its tag names it")
    environment: str = Field("production", pattern=r"^[\w./-]+$", description="production's environment, likewise")
    operation: str | None = Field(
        None, pattern=r"^[\w.]+$", description="operation that its requests are traced as, such as `fastapi.request`"
    )
    objectives: str = Field("", description="tags of the objective of its availability; default: those of the service")
    log_indexes: list[str] = Field(
        [], description="indexes that its logs go to; default: all, the shortest-lived counts"
    )
    log_records: str | None = Field(
        None,
        description="metric of log records by replica, such as `sum:logs.count{service:api} by {pod_name}.as_count()`",
    )
    replicas: list[str] = Field([], description="names of its replicas; default: those that Prometheus scrapes")
    replica_label: str = Field("pod", description="label that holds a replica's name in Prometheus")

    def headers(self) -> Mapping[str, str]:
        """See `Vendor.headers`."""
        return {"DD-API-KEY": self.key.reveal(), "DD-APPLICATION-KEY": self.application_key.reveal()}


@supplies("apm.requests", "apm.tagged")
async def apm(source: Datadog, api: Api, context: "Context") -> AsyncIterator[Observation]:
    """Traced requests of the last hour by the tags they carry."""
    if source.operation is None:
        raise Unobservable("the settings do not name the traced operation", permission="sources.datadog.operation")
    scope = f"service:{source.service},env:{source.environment}"
    query = f"sum:trace.{source.operation}.hits{{{scope}}} by {{{','.join(TAGS)}}}.as_count()"
    reading = await _query(api, context, query, HOUR)
    series = reading.need("series")
    if not series:  # an agent that never sent any, or another name: nothing was measured
        raise Unobservable(f"datadog has no series for {query}", reading.exchange)
    counts = [(_total(one), _tags(one)) for one in series]
    yield observed("apm.requests", sum(count for count, _ in counts), reading.exchange)
    seen = [tags for count, tags in counts if count]
    if seen:
        whole = all(tags.get(name, "").lower() not in UNKNOWN for tags in seen for name in TAGS)
        yield observed("apm.tagged", whole, reading.exchange)
    else:
        yield unavailable("apm.tagged", "no request was seen in the last hour", reading.exchange)


@supplies("objectives.availability_pct")
async def objectives(source: Datadog, api: Api, context: "Context") -> AsyncIterator[Observation]:
    """The strictest target over 30 days of the service's objectives."""
    asked = {"tags_query": source.objectives or f"service:{source.service}", "limit": PAGE}
    pages: list[Reading] = []

    def following(page: Reading) -> Any:
        return asked | {"offset": len(pages) * PAGE} if len(page.need("data")) == PAGE else None

    async for page in api.pages("/api/v1/slo", asked | {"offset": 0}, following, scope="slos_read"):
        pages.append(_sound(page))
    thresholds = [one for page in pages for slo in page.need("data") for one in slo["thresholds"]]
    targets = [one["target"] for one in thresholds if one["timeframe"] == "30d"]
    yield observed("objectives.availability_pct", max(targets, default=0), *(page.exchange for page in pages))


@supplies("log_store.replicas", "log_store.silent_replicas", "log_store.kept_days")
async def log_store(source: Datadog, api: Api, context: "Context") -> AsyncIterator[Observation]:
    """How long the shortest-lived index keeps what it has, and which replicas sent nothing."""
    yield await settled("log_store.kept_days", _kept(source, api))
    if source.log_records is None:
        raise Unobservable("the settings name no metric of log records", permission="sources.datadog.log_records")
    names = source.replicas or await replicas(context, source.replica_label)
    reading = await _query(api, context, source.log_records, QUARTER)
    heard = {value.lower() for one in reading.need("series") if _total(one) for value in _tags(one).values()}
    yield observed("log_store.replicas", len(names), reading.exchange)
    silent = sum(name.lower() not in heard for name in names)  # tags are kept in lower case
    yield observed("log_store.silent_replicas", silent, reading.exchange)


async def _kept(source: Datadog, api: Api) -> Observation:
    reading = await api.get("/api/v1/logs/config/indexes", scope="logs_read_config")
    listed = reading.need("indexes")
    indexes = [one for one in listed if not source.log_indexes or one["name"] in source.log_indexes]
    if len(indexes) < max(len(source.log_indexes), 1):
        raise Unobservable("datadog does not list the log indexes of the settings", reading.exchange)
    days = [max(one.get("num_retention_days") or 0, one.get("num_flex_logs_retention_days") or 0) for one in indexes]
    return observed("log_store.kept_days", min(days), reading.exchange)


async def _query(api: Api, context: "Context", query: str, window: timedelta) -> Reading:
    now = context.client.time()
    params = {"from": int((now - window).timestamp()), "to": int(now.timestamp()), "query": query}
    return _sound(await api.get("/api/v1/query", params, scope="timeseries_query"))


def _sound(reading: Reading) -> Reading:
    """The reading, unless it is an error that was answered with 200."""
    value = reading.value if isinstance(reading.value, dict) else {"error": "no object"}
    said = value.get("error") or value.get("errors")
    if said or value.get("status") == "error":
        raise Unobservable(f"datadog answers with an error: {said}", reading.exchange)
    return reading


def _total(series: Mapping[str, Any]) -> float:
    return sum(value or 0 for _, value in series["pointlist"])


def _tags(series: Mapping[str, Any]) -> dict[str, str]:
    pairs = (str(tag).partition(":") for tag in series.get("tag_set") or ())
    return {name: value for name, _, value in pairs}
