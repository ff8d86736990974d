"""Published runs of the whole catalogue, made without a platform, and a desk on them."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from readiness import probes, snapshot
from readiness.assessment import Parameters, assess
from readiness.evidence import Evidence, frame
from readiness.explore import Desk
from readiness.parameters import ExploreParameters
from readiness.run import RunFolder
from readiness.wire.exchange import Exchange, canonical

PARAMS = Path(__file__).parent.parent.parent.parent / "params"
FIRST = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOSTILE = "</script><img src=x onerror=alert(1)>"
REAL = Parameters.load("sample", PARAMS)
KEPT = snapshot.take("sample", PARAMS)
SEEN = {
    "health.latency_ms": 40.0,
    "https.hsts_max_age_s": 100.0,
    "tls.trusted": True,
    "tokens.key": HOSTILE,
    "cors.hostile_origins_allowed": 2.0,
}


def asked(at: datetime) -> Exchange:
    """A recorded exchange, whose answer is hostile."""
    return Exchange(
        method="GET",
        url=f"https://api.example.test/health?q={HOSTILE}",
        status=200,
        body=HOSTILE.encode(),
        verified=True,
        observed_at=at,
    )


@pytest.fixture
def publish(tmp_path: Path) -> Callable[..., Path]:
    """`publish(day, {fact: value}, target=…)` publishes a run; what is not given was not observed."""

    def build(day: int = 0, seen: dict[str, Any] | None = None, target: str = "sample") -> Path:
        at = FIRST + timedelta(days=day)
        exchange = asked(at)
        values = SEEN | (seen or {})
        rows = [
            Evidence("sample", fact, "observed", at, value=values[name], source=exchange.source, digest=exchange.digest)
            if values.get(name) is not None
            else Evidence("sample", fact, "unavailable", at, reason=f"no answer {HOSTILE}")
            for name, fact in probes.facts().items()
        ]
        folder = RunFolder(tmp_path / "reports" / target / f"{at:%Y-%m-%dT%H%M%SZ}")
        assessment = assess(frame(rows), REAL, at + timedelta(minutes=1))
        assessment.evidence.to_parquet(folder.path / "evidence.parquet", index=False)
        folder.save_assessment(assessment)
        record = exchange.record() | {"digest": exchange.digest}
        (folder.path / "exchanges.jsonl").write_text(canonical(record) + "\n")
        manifest = {"judged_at": assessment.now.isoformat(), "catalogue": REAL.catalogue.digest}
        folder.save_json("manifest.json", manifest)
        (folder.path / snapshot.NAME).write_bytes(KEPT)
        return folder.path

    return build


@pytest.fixture
def desk(tmp_path: Path) -> Callable[..., Desk]:
    """`desk(run=…)` is a desk on what is published."""

    def build(**given: Any) -> Desk:
        where = {"params": str(PARAMS), "reports": str(tmp_path / "reports")}
        return Desk(ExploreParameters.check(where | given))

    return build


@pytest.fixture
def load_record(tmp_path: Path) -> Callable[..., Path]:
    """`load_record("2026-03-02T080000Z", p99=9.0)` puts a load test on record."""

    def build(name: str, p99: float, **parts: Any) -> Path:
        path = tmp_path / "reports" / "sample" / "loads" / name / "load.json"
        path.parent.mkdir(parents=True)
        estimate = {"value": p99, "low": p99, "high": p99}
        latency = {"samples": 10, **dict.fromkeys(("p50", "p95", "p99", "p99_9", "max"), estimate)}
        told = {
            "journey": HOSTILE,
            "address": "http://127.0.0.1",
            "model": "open",
            "rate": 10,
            "seconds": 1,
            "scheduled": 10,
            "sent": 10,
            "completed": 10,
            "failed": {},
            "rate_achieved": 10,
            "latency_ms": latency,
            "service_ms": latency,
            "generator": {"late_ms": {"p99": 0.1}, "cpu_pct": 5},
            "workers": 1,
            "void": [],
            "partial": "",
            "unanswered": 0,
            "slo": {"held": True, "why": "p99 is below 500 ms", "p99_ms": 500},
            "capacity": None,
            "curve": {"share": [0.5, 0.99], "ms": [1.0, p99], "low": [1.0, p99], "high": [1.0, p99]},
            "seconds_table": {"second": [0], "p50_ms": [1.0], "p99_ms": [p99]},
            "heat": {"second": [0], "edges_ms": [1.0, 10.0, 100.0], "counts": [[9, 1]]},
            "errors": {"second": [0], "kinds": {"timeout": [1]}},
        } | parts
        path.write_text(json.dumps(told))
        return path

    return build
