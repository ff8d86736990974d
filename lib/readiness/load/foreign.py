"""Foreign: a load test that another tool ran, as a load record that says what its summary omits.

A record is judged by what it leaves out: each omission concerns some facts, and of those it is no evidence. What the
omissions hide was measured beside a server that freezes for a second in ten: a closed loop of users that wait reports
a p95 of 2 to 9 ms where 504 ms are true (coordinated omission: Tene, "How NOT to measure latency", 2013).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from readiness.artefacts import Unreadable
from readiness.artefacts.load_summary import LoadSummary, load_summary
from readiness.artefacts.locust import LocustStats, locust
from readiness.errors import BadInput

LARGEST = 20_000_000
"""Bytes of a summary that are read."""
_P99 = ("load_tests.p99_ms", "load_tests.rate_p99_ms", "load_tests.passed", "latency.p50_ms", "latency.p99_ms")
_RATE = ("load_tests.rate", "load_tests.rate_achieved_pct", "load_tests.rate_p99_ms", "latency.")


@dataclass(frozen=True)
class Omission:
    """What a summary leaves out.

    Attributes:
        text: In one sentence.
        concerns: Facts, or what their names begin with, that it is no evidence of.
    """

    text: str
    concerns: tuple[str, ...] = ()


OMISSIONS = {
    "closed": Omission(
        "Users who wait for an answer send less while the target stalls, so stalls are hidden (coordinated omission).",
        _RATE,
    ),
    "model": Omission("It does not tell whether requests arrived at a rate of their own or waited for answers.", _RATE),
    "send": Omission("Requests are timed from when they were sent, not from when they were to be.", ("latency.",)),
    "dropped": Omission(
        "Iterations that were dropped are neither among the failures nor in the percentiles.",
        ("load_tests.error_pct", "load_tests.rate_error_pct", *_P99),
    ),
    "intervals": Omission("Percentiles come without intervals, so how sure they are is not known.", _P99),
    "p99": Omission("It holds no 99th percentile.", _P99),
    "seconds": Omission("It holds nothing second by second."),
    "latency seconds": Omission("It holds no latency second by second."),
    "rounded": Omission("Times are rounded to two digits.", _P99),
    "averaged": Omission("Workers' percentiles may have been averaged, which gives no percentile.", _P99),
    "generator": Omission(
        "The health of the load generator is not known.", ("load_tests.generator_cpu_pct", *_P99, "latency.")
    ),
    "warm_up": Omission("The warm-up is part of what was measured."),
    "users": Omission("It does not tell how many users there were.", ("load_tests.users",)),
    "think": Omission("It does not tell how long users think.", ("load_tests.think_s",)),
    "duration": Omission("It does not tell how long it took.", ("load_tests.minutes", "load_tests.rate_minutes")),
    "errors": Omission(
        "It does not tell how many requests failed.", ("load_tests.error_pct", "load_tests.rate_error_pct")
    ),
    "date": Omission("It does not tell when it ran: the time of its file is taken."),
    "address": Omission("It does not tell what was tested: the target is the one that it was imported for."),
}
"""Everything that a summary can leave out, by name."""


def concerned(fact: str, omits: Any) -> str:
    """What is left out that a fact cannot do without; empty where nothing is.

    Args:
        omits: `omits` of a foreign record; anything but a list of these sentences concerns every fact.
    """
    if not isinstance(omits, list):
        return "it does not say what it omits"
    known = {one.text: one for one in OMISSIONS.values()}
    for text in omits:
        omission = known.get(text) if isinstance(text, str) else None
        if omission is None or any(fact.startswith(prefix) for prefix in omission.concerns):
            return str(text)
    return ""


def imported(path: Path, *, target: str, address: str, arrivals_per_s: float | None = None) -> dict[str, Any]:
    """A summary of k6 (`--summary-export`, `handleSummary`) or Locust (`--json`, `…_stats.csv`) as a load record.

    Args:
        path: The summary.
        target, address: What was tested.
        arrivals_per_s: The rate at which requests were to arrive, where the test had one: no summary tells it.

    Raises:
        BadInput: It cannot be read, or is the summary of no load test; one line.
    """
    try:
        stat = path.stat()
        if stat.st_size > LARGEST:
            raise BadInput(f"{path}: expected a summary of at most {LARGEST} bytes, got {stat.st_size}")
        content = path.read_bytes()
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {error.strerror}") from None
    if arrivals_per_s is not None and not 0 < arrivals_per_s < 1e9:
        raise BadInput(f"{path}: expected a rate above 0, got {arrivals_per_s}")
    try:
        if content.lstrip()[:1] == b"{":
            told = _of_k6(load_summary(content), arrivals_per_s)
        else:
            told = _of_locust(locust(content), arrivals_per_s)
    except Unreadable as error:
        raise BadInput(f"{path}: {error}") from None
    ended = told.pop("ended_at") or datetime.fromtimestamp(stat.st_mtime, UTC)
    started = ended - timedelta(seconds=told["seconds"])
    return {
        "kind": "load",
        "format": 1,
        "foreign": True,
        "target": target,
        "address": address,
        "journey": "",
        "started_at": started.isoformat(),
        "warm_up_s": 0.0,
        "timeout_s": None,
        "seed": None,
        "workers": None,
        "partial": "",
        "void": [],
        "generator": None,
        "heat": None,
        "curve": None,
        "errors": None,
        "capacity": None,
        "watched": None,
        **told,
    }


def _of_k6(summary: LoadSummary, arrivals_per_s: float | None) -> dict[str, Any]:
    rate = summary.offered or arrivals_per_s
    times = dict(summary.times_ms) | ({} if summary.p99_ms is None else {"p99": summary.p99_ms})
    missing = {
        "errors": summary.error_pct is None,
        "users": summary.users is None,
        "think": summary.think_s is None,
        "duration": summary.minutes is None,
        "date": True,
        "dropped": summary.dropped > 0,
        "seconds": True,
    }
    failed = round((summary.error_pct or 0) * summary.completed / 100)
    scheduled = summary.completed + summary.dropped
    return _record("k6", rate, times, missing, summary.completed, failed) | {
        "ended_at": None,
        "steps": [],
        "users": summary.users,
        "think_s": summary.think_s,
        "seconds": (summary.minutes or 0) * 60,
        "scheduled": scheduled,
        "dropped": summary.dropped,
        "error_pct": summary.error_pct,
        "rate_achieved": summary.rate,
        "by_step": {},
        "slo": _slo(summary.passed),
        "seconds_table": None,
    }


def _of_locust(stats: LocustStats, arrivals_per_s: float | None) -> dict[str, Any]:
    whole, table = stats.whole, stats.per_second
    missing = {
        "users": True,
        "think": True,
        "rounded": True,
        "duration": stats.seconds is None,
        "date": stats.ended_at is None,
        "averaged": not table,
        "seconds": not table,
        "latency seconds": bool(table),
    }
    answered = {second: counts[0] - counts[1] for second, counts in table.items()}
    return _record("locust", arrivals_per_s, whole.times_ms, missing, whole.requests, whole.failures) | {
        "ended_at": stats.ended_at,
        "steps": list(stats.steps),
        "users": None,
        "think_s": None,
        "seconds": stats.seconds or 0.0,
        "scheduled": whole.requests,
        "dropped": 0,
        "error_pct": round(100 * whole.failures / whole.requests, 4),
        "rate_achieved": stats.rate,
        "by_step": {
            name: {
                "completed": one.requests - one.failures,
                "failed": one.failures,
                "latency_ms": None,
                "service_ms": _times(one.times_ms, one.requests),
            }
            for name, one in stats.steps.items()
        },
        "slo": _slo(None),
        "seconds_table": {
            "second": list(table),
            "scheduled": None,
            "completed": list(answered.values()),
            "failed": [counts[1] for counts in table.values()],
            "p50_ms": None,
            "p99_ms": None,
            "users": None,
        }
        if table
        else None,
    }


def _record(
    tool: str, rate: float | None, times: Mapping[str, float], missing: Mapping[str, bool], requests: int, failed: int
) -> dict[str, Any]:
    """What both tools tell alike; times are those from the send, as neither knows of an intended start."""
    always = {"model": rate is None, "closed": rate is None, "send": True, "intervals": True}
    always |= {"p99": "p99" not in times, "generator": True, "warm_up": True, "address": True}
    named = always | dict(missing)
    return {
        "tool": tool,
        "omits": [one.text for name, one in OMISSIONS.items() if named.get(name)],
        "model": "closed" if rate is None else "open",
        "rate": rate,
        "sent": requests,
        "completed": requests - failed,
        "failed": {"failed": failed} if failed else {},
        "latency_ms": None,
        "service_ms": _times(times, requests),
    }


def _times(times: Mapping[str, float], samples: int) -> dict[str, Any]:
    return {name: {"value": ms, "low": None, "high": None} for name, ms in times.items()} | {"samples": samples}


def _slo(passed: bool | None) -> dict[str, Any]:
    why = "the summary tells of no thresholds" if passed is None else "as the summary tells of its thresholds"
    return {"p99_ms": None, "error_pct": None, "held": passed, "why": why}
