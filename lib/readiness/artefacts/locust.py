"""Locust: what a load test came to, as `--json` prints it or `--csv` leaves it in `…_stats.csv`."""

import csv
import io
import math
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from readiness.artefacts import Unreadable, json_of, text_of

_SHARES = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "p99_9": 0.999}
_COLUMNS = {"p50": "50%", "p95": "95%", "p99": "99%", "p99_9": "99.9%", "max": "100%"}
FIRST = ("Type", "Name", "Request Count", "Failure Count")
"""The columns that a `…_stats.csv` begins with."""
STEPS = 1_000
"""Entries, a request each, that are read at most."""


@dataclass(frozen=True)
class Entry:
    """What one request, by method and name, or all of them came to; what is not told is absent.

    Attributes:
        requests, failures: How many were answered or failed, and how many of them failed.
        times_ms: `p50`, `p95`, `p99`, `p99_9`, `max`.
    """

    requests: int
    failures: int
    times_ms: dict[str, float]


@dataclass(frozen=True)
class LocustStats:
    """What a test came to.

    Attributes:
        steps: By method and name, such as `GET /`.
        whole: All of them together; times are of all requests pooled, never averaged.
        seconds: From the first second with a request to the last; None where it is not told.
        rate: Requests a second.
        ended_at: When the last request was answered, UTC.
        per_second: Second → (requests, failures); empty where it is not told.
    """

    steps: dict[str, Entry]
    whole: Entry
    seconds: float | None
    rate: float | None
    ended_at: datetime | None = None
    per_second: dict[int, tuple[int, int]] = field(default_factory=dict)


def locust(content: bytes) -> LocustStats:
    """Read statistics of either format.

    Raises:
        Unreadable: It is neither, or of a test that sent no request.
    """
    stats = _json(json_of(content)) if content.lstrip()[:1] == b"[" else _csv(text_of(content))
    if stats.whole.requests <= 0:
        raise Unreadable("is the summary of a test that sent no request")
    return stats


def _json(told: Any) -> LocustStats:
    if not told or len(told) > STEPS:
        raise Unreadable("is no statistics of Locust: it holds no entries, or too many")
    steps: dict[str, Entry] = {}
    pooled, seconds, failures = Counter[float](), Counter[int](), Counter[int]()
    ended = started = None
    for one in told:
        if not isinstance(one, dict) or not isinstance(one.get("response_times"), dict):
            raise Unreadable("is no statistics of Locust: an entry has no response_times")
        times = _counts(one["response_times"])
        pooled.update(times)
        seconds.update({int(at): count for at, count in _counts(one.get("num_reqs_per_sec")).items()})
        failures.update({int(at): count for at, count in _counts(one.get("num_fail_per_sec")).items()})
        found = {name: _at(times, share) for name, share in _SHARES.items()} if times else {}
        found |= {"max": _amount(one, "max_response_time")} if times else {}
        entry = Entry(int(_amount(one, "num_requests")), int(_amount(one, "num_failures")), found)
        if entry.failures > entry.requests or pooled.total() > sum(e.requests for e in steps.values()) + entry.requests:
            raise Unreadable("contradicts itself: it has more failures or times than requests")
        steps[f"{one.get('method') or ''} {one.get('name')}".strip()[:200]] = entry
        last, first = _amount(one, "last_request_timestamp"), _amount(one, "start_time")
        ended = max(ended or last, last)
        started = min(started or first, first)
    count, failed = (sum(getattr(one, name) for one in steps.values()) for name in ("requests", "failures"))
    whole = {name: _at(pooled, share) for name, share in _SHARES.items()} if pooled else {}
    whole |= {"max": max(one.times_ms["max"] for one in steps.values() if one.times_ms)} if pooled else {}
    span = (ended or 0) - (started or 0)
    begin = min(seconds, default=0)
    return LocustStats(
        steps,
        Entry(count, failed, whole),
        round(span, 3) if span > 0 else None,
        round(count / span, 3) if span > 0 else None,
        _moment(ended),
        {at - begin: (number, failures[at]) for at, number in sorted(seconds.items())},
    )


def _csv(text: str) -> LocustStats:
    try:
        rows = list(csv.DictReader(io.StringIO(text), strict=True))
    except csv.Error as error:
        raise Unreadable(f"is not valid CSV: {error}") from None
    if not rows or len(rows) > STEPS or not all(name in rows[0] for name in FIRST):
        raise Unreadable("is no statistics of Locust: its columns are others")
    entries = {f"{row['Type'] or ''} {row['Name']}".strip()[:200]: (_entry(row), row) for row in rows}
    if "Aggregated" not in entries:
        raise Unreadable("is cut off: it has no row of all requests")
    whole, row = entries.pop("Aggregated")
    rate = _cell(row, "Requests/s")
    return LocustStats(
        {name: entry for name, (entry, _) in entries.items()},
        whole,
        round(whole.requests / rate, 3) if rate else None,
        rate,
    )


def _entry(row: dict[str, Any]) -> Entry:
    requests, failures = (_cell(row, name) for name in FIRST[2:])
    if requests is None or failures is None or failures > requests:
        raise Unreadable("is no statistics of Locust: a row has no counts of requests and failures")
    times = {name: ms for name, column in _COLUMNS.items() if (ms := _cell(row, column)) is not None}
    return Entry(int(requests), int(failures), times)


def _cell(row: dict[str, Any], column: str) -> float | None:
    try:
        value = float(row.get(column) or "nan")
    except (TypeError, ValueError):
        return None
    return value if 0 <= value < math.inf else None


def _counts(told: Any) -> Counter[float]:
    """How often by milliseconds or by second; both are texts in JSON.

    Raises:
        Unreadable: It is something else.
    """
    counts: Counter[float] = Counter()
    try:
        for key, count in (told or {}).items():
            at = float(key)
            if not 0 <= at < 1e12 or isinstance(count, bool) or not isinstance(count, int) or count < 0:
                raise ValueError
            counts[at] += count
    except (AttributeError, TypeError, ValueError):
        raise Unreadable("is no statistics of Locust: counts are none") from None
    return +counts


def _amount(entry: dict[str, Any], name: str) -> float:
    value = entry.get(name)
    if value is None and name == "max_response_time":
        return 0.0
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e12:
        raise Unreadable(f"is no statistics of Locust: an entry has no {name}")
    return float(value)


def _at(times: Counter[float], share: float) -> float:
    """The smallest time that so large a share does not exceed."""
    rank, passed = max(1, math.ceil(share * times.total())), 0
    for ms in sorted(times):
        passed += times[ms]
        if passed >= rank:
            return ms
    raise ValueError("nothing was counted")


def _moment(timestamp: float | None) -> datetime | None:
    try:
        return datetime.fromtimestamp(timestamp, UTC) if timestamp else None
    except (OverflowError, OSError, ValueError):
        return None
