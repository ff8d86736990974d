"""PromQL: what a Prometheus is asked, and the series that it answers with."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import Field

from readiness.document import Record
from readiness.errors import Unobservable
from readiness.wire.api import Api, Reading
from readiness.wire.exchange import Exchange

REFUSED = (400, 422, 503)
"""Statuses with which a query is refused; the body says why (Prometheus HTTP API, Format overview)."""


class Queries(Record):
    """What is asked, in PromQL; `$labels`, `$workload`, `$cache` and `$database` stand for the labels of that name,
    `$window` and `$seconds` for the window, `$group` for the label that tells operations apart.
    """

    latency: str = Field(
        "sum by (le, $group) (increase(http_request_duration_seconds_bucket{$labels}[$window]))",
        description="requests by `le`, the upper bound of their time",
    )
    memory: str = Field(
        "max(max_over_time(process_resident_memory_bytes{$labels}[$window]))", description="the largest process, bytes"
    )
    memory_growth: str = Field(
        "100 * max(deriv(process_resident_memory_bytes{$labels}[$window]) * $seconds"
        " / avg_over_time(process_resident_memory_bytes{$labels}[$window])"
        " and process_resident_memory_bytes{$labels} offset $window)",
        description="growth of the process that grew most, of those as old as the window, %",
    )
    cpu: str = Field(
        "max(quantile_over_time(0.95, rate(process_cpu_seconds_total{$labels}[5m])[$window:5m]))",
        description="95th percentile of the cores that the busiest process uses",
    )
    memory_now: str = Field(
        "max(process_resident_memory_bytes{$labels})", description="the largest process while a load test runs, bytes"
    )
    cpu_now: str = Field(
        "max(rate(process_cpu_seconds_total{$labels}[1m]))",
        description="cores that the busiest process uses while a load test runs",
    )
    cpu_limits: str = Field(
        'kube_pod_container_resource_limits{resource="cpu", $workload}',
        description="CPU limit of each container, cores",
    )
    containers: str = Field("kube_pod_container_info{$workload}", description="one series for each container")
    cache_hits: str = Field("sum(increase(redis_keyspace_hits_total{$cache}[$window]))", description="lookups that hit")
    cache_misses: str = Field(
        "sum(increase(redis_keyspace_misses_total{$cache}[$window]))", description="lookups that missed"
    )
    connections: str = Field(
        "max_over_time(sum(pg_stat_activity_count{$database})[$window:1m])",
        description="the most connections that the application held",
    )
    connections_refused: str = Field(
        "", description="connections that the database had none left for, within `$window`: a counter of your own"
    )
    failed_notifications: str = Field(
        "sum(increase(prometheus_notifications_dropped_total[1h]))"
        " + (sum(increase(prometheus_notifications_errors_total[1h])) or vector(0))"
        " + (sum(increase(alertmanager_notifications_failed_total[1h])) or vector(0))",
        description="notifications that failed in the last hour",
    )
    disk_left: str = Field(
        'node_filesystem_avail_bytes{fstype!="tmpfs", fstype!="ramfs", fstype!="overlay", fstype!="squashfs"}',
        description="what is left of each disk",
    )
    connections_left: str = Field(
        "sum(pg_settings_max_connections{$database}) - sum(pg_stat_activity_count{$database})",
        description="database connections that are left",
    )
    memory_left: str = Field("node_memory_MemAvailable_bytes", description="memory that is left on each machine")


@dataclass(frozen=True)
class Sample:
    """One series of an instant vector: its labels and its value."""

    labels: Mapping[str, str]
    value: float


@dataclass(frozen=True)
class Vector:
    """What a query was answered with; a value that is no number is no sample.

    Attributes:
        query: What was asked.
        samples: In the order of the answer.
        exchange: The request and its answer.
    """

    query: str
    samples: tuple[Sample, ...]
    exchange: Exchange

    def need(self) -> tuple[Sample, ...]:
        """The samples.

        Raises:
            Unobservable: There is none: nothing was measured, which is not 0.
        """
        if not self.samples:
            raise Unobservable(f"prometheus has no series for {self.query}", self.exchange)
        return self.samples

    @property
    def number(self) -> float:
        """The value of the one sample.

        Raises:
            Unobservable: There is none, or there are several.
        """
        if len(self.need()) > 1:
            raise Unobservable(f"prometheus has {len(self.samples)} series for {self.query}, not one", self.exchange)
        return self.samples[0].value


async def ask(api: Api, query: str) -> Vector:
    """Ask for the present values of a query.

    Raises:
        Unobservable: It is refused, answered in part alone, or answered with something else than samples.
    """
    reading = await api.get("/query", {"query": query}, absent=REFUSED)
    exchange, data = reading.exchange, _data(reading, query)
    if data.get("resultType") not in ("vector", "scalar"):
        raise Unobservable(f"prometheus answers {query} with no instant vector", exchange)
    found = data["result"] if data["resultType"] == "vector" else [{"metric": {}, "value": data["result"]}]
    try:
        samples = [Sample(one["metric"], float(one["value"][1])) for one in found]
    except (KeyError, IndexError, TypeError, ValueError):
        raise Unobservable(f"prometheus answers {query} with something else than samples", exchange) from None
    return Vector(query, tuple(sample for sample in samples if not math.isnan(sample.value)), exchange)


async def history(api: Api, query: str, begin: float, end: float, step_s: int) -> list[tuple[float, float]]:
    """Ask for the values of a query of one series over a time.

    Args:
        begin, end: Unix time, s.
        step_s: Seconds from one value to the next.

    Returns:
        Unix time and value, in order; a value that is no number is left out.

    Raises:
        Unobservable: As `ask`, and where there is not one series.
    """
    asked = {"query": query, "start": f"{begin:.3f}", "end": f"{end:.3f}", "step": step_s}
    reading = await api.get("/query_range", asked, absent=REFUSED)
    exchange, data = reading.exchange, _data(reading, query)
    found = data.get("result")
    if data.get("resultType") != "matrix" or not isinstance(found, list):
        raise Unobservable(f"prometheus answers {query} with no matrix", exchange)
    if len(found) != 1:
        raise Unobservable(f"prometheus has {len(found)} series for {query}, not one", exchange)
    try:
        values = [(float(at), float(value)) for at, value in found[0]["values"]]
    except (KeyError, TypeError, ValueError):
        raise Unobservable(f"prometheus answers {query} with something else than samples", exchange) from None
    return [(at, value) for at, value in values if math.isfinite(value)]


def _data(reading: Reading, query: str) -> dict[str, Any]:
    """What a query was answered with.

    Raises:
        Unobservable: It is refused, or answered in part alone.
    """
    value, exchange = reading.value, reading.exchange
    if not isinstance(value, dict) or value.get("status") != "success":
        said = value.get("error") if isinstance(value, dict) else f"status {exchange.status}"
        raise Unobservable(f"prometheus refuses {query}: {said}", exchange)
    # what begins with PromQL remarks on the query; anything else says that a part of the data is missing
    missing = [text for text in value.get("warnings") or () if not str(text).startswith("PromQL")]
    if missing:
        raise Unobservable(f"prometheus answers {query} in part: {missing[0]}", exchange)
    data = reading.need("data")
    if not isinstance(data, dict):
        raise Unobservable(f"prometheus answers {query} with no data", exchange)
    return data


def matchers(labels: Mapping[str, str]) -> str:
    """Labels as they stand between the braces of a selector."""
    quoted = {
        name: value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n") for name, value in labels.items()
    }
    return ", ".join(f'{name}="{value}"' for name, value in quoted.items())
