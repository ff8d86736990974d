"""A summary of k6: what a load test came to, as `--summary-export` or `handleSummary` write it."""

import math
from dataclasses import dataclass, field
from typing import Any

from readiness.artefacts import Unreadable, json_of

_TIMES = {"p50": "med", "p95": "p(95)", "p99_9": "p(99.9)", "max": "max"}


@dataclass(frozen=True)
class LoadSummary:
    """What a load test came to; what the summary does not hold is None.

    Attributes:
        users: Virtual users at most at the same time.
        minutes: How long it took.
        completed: Requests that were answered or failed.
        error_pct: Requests that failed.
        p99_ms: 99th percentile of the time of a request.
        passed: All of its thresholds held; None where it has none.
        think_s: Time in an iteration that no request took, mean.
        rate: Requests a second.
        offered: Requests a second that were to arrive, those that were dropped included; known where some were.
        dropped: Iterations that were not started.
        times_ms: What else it tells of the time of a request: `p50`, `p95`, `p99_9`, `max`.
    """

    users: int | None
    minutes: float | None
    completed: int
    error_pct: float | None
    p99_ms: float | None
    passed: bool | None
    think_s: float | None
    rate: float | None
    offered: float | None
    dropped: int = 0
    times_ms: dict[str, float] = field(default_factory=dict)


def load_summary(content: bytes) -> LoadSummary:
    """Read a summary.

    Raises:
        Unreadable: It is no summary of k6, or of a test that sent no request.
    """
    told = json_of(content)
    metrics = told.get("metrics") if isinstance(told, dict) else None
    if not isinstance(metrics, dict) or "root_group" not in told:
        raise Unreadable("is no summary of k6: it holds no metrics")
    requests = _values(metrics, "http_reqs")
    count, rate = _number(requests, "count"), _number(requests, "rate")
    if not count:
        raise Unreadable("is the summary of a test that sent no request")
    state = told.get("state")
    ran = _number(state, "testRunDurationMs") if isinstance(state, dict) else None
    seconds = ran / 1000 if ran else count / rate if rate else None
    failed = _values(metrics, "http_req_failed")
    share = _number(failed, "rate", "value")
    iterations, dropped = (_number(_values(metrics, name), "count") for name in ("iterations", "dropped_iterations"))
    duration = _values(metrics, "http_req_duration")
    return LoadSummary(
        users=_whole(_number(_values(metrics, "vus_max"), "max", "value")),
        minutes=round(seconds / 60, 2) if seconds else None,
        completed=int(count),
        error_pct=None if share is None else round(100 * share, 4),
        p99_ms=_number(duration, "p(99)"),
        passed=_passed(metrics),
        think_s=_think(metrics, count, iterations),
        rate=None if rate is None else round(rate, 2),
        offered=round(rate * (iterations + dropped) / iterations, 2) if rate and iterations and dropped else None,
        dropped=int(dropped or 0),
        times_ms={name: ms for name, key in _TIMES.items() if (ms := _number(duration, key)) is not None},
    )


def _passed(metrics: dict[str, Any]) -> bool | None:
    """Thresholds are `{"ok": true}` in the one format; in the other, true says that a threshold was crossed."""
    held: list[bool] = []
    for metric in metrics.values():
        thresholds = metric.get("thresholds") if isinstance(metric, dict) else None
        for told in thresholds.values() if isinstance(thresholds, dict) else ():
            held.append(told.get("ok") is True if isinstance(told, dict) else told is False)
    return all(held) if held else None


def _think(metrics: dict[str, Any], requests: float, iterations: float | None) -> float | None:
    whole, one = (_number(_values(metrics, name), "avg") for name in ("iteration_duration", "http_req_duration"))
    if whole is None or one is None or not iterations:
        return None
    return round(max(whole - one * requests / iterations, 0) / 1000, 3)


def _values(metrics: dict[str, Any], name: str) -> dict[str, Any]:
    metric = metrics.get(name)
    if not isinstance(metric, dict):
        return {}
    values = metric.get("values")
    return values if isinstance(values, dict) else metric


def _number(values: Any, *names: str) -> float | None:
    for name in names:
        value = values.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < math.inf:
            return value
    return None


def _whole(value: float | None) -> int | None:
    return None if value is None else int(value)
