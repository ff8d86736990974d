import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from readiness.report.load_test import AGE, newest

HELD = "✓ held: p99 is 10 ms, 500 are allowed"
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def recorded(folder: Path, at: datetime, **keys: Any) -> None:
    """A record of a load test; what is judged of it stands in `slo`."""
    one = {"value": 10.0, "low": 9.0, "high": 11.0}
    told = {
        "kind": "load",
        "format": 1,
        "target": "example",
        "model": "open",
        "started_at": at.isoformat(),
        "warm_up_s": 2,
        "seconds": 10.0,
        "partial": "",
        "void": [],
        "scheduled": 1000,
        "sent": 1000,
        "completed": 1000,
        "failed": {},
        "latency_ms": dict.fromkeys(("p50", "p95", "p99", "p99_9"), one) | {"samples": 1000},
        "generator": {"held": True},
        "slo": {"held": True, "why": "p99 is 10 ms, 500 are allowed"},
    }
    place = folder / at.strftime("%Y-%m-%dT%H%M%SZ")
    place.mkdir(parents=True)
    (place / "load.json").write_text(json.dumps(told | keys), encoding="utf-8")


async def test_the_newest_of_each_model_is_told_and_what_is_void_is_passed_over(tmp_path: Path) -> None:
    recorded(tmp_path, NOW - timedelta(days=3))
    recorded(tmp_path, NOW - timedelta(days=2), seconds=20.0)
    recorded(tmp_path, NOW - timedelta(days=1), void=["it was late"])
    rate, users = await newest(tmp_path, "example", NOW)
    assert (rate.kind, rate.record["seconds"], rate.held, rate.why_not) == ("a rate of arrivals", 20.0, HELD, "")
    assert (users.kind, users.record) == ("users", {})
    assert users.why_not == "no load test with users is on record"
    assert users.remedy == "readiness load example --users N"


async def test_one_that_is_too_old_is_none_and_says_so(tmp_path: Path) -> None:
    recorded(tmp_path, NOW - AGE - timedelta(hours=1))
    rate, _ = await newest(tmp_path, "example", NOW)
    assert not rate.record and "ended longer than" in rate.why_not
    assert rate.remedy == "readiness load example --rate N"
