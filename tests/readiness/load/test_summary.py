"""The summary of a load test: what it came to in lines, and no tick for what is void."""

from readiness.load import scalability
from readiness.load.capacity import Capacity, Level
from readiness.load.record import record_of
from readiness.load.scalability import fit
from readiness.load.summary import summary

from .test_record import NOW, plan, recording


def test_what_is_void_holds_nothing():
    slow = recording()
    slow.late.record_value(900_000, 100)
    lines = list(summary(record_of(slow, plan(), NOW)))
    assert any(line.startswith("! void: one request in a hundred") for line in lines)
    assert not any("✓" in line for line in lines)


def test_a_test_of_nothing_has_a_summary():
    text = "\n".join(summary(record_of(recording(seconds=0), plan(), NOW, "interrupted")))
    assert "scheduled 0, sent 0, completed 0, failed 0" in text
    assert "✓" not in text


def test_it_says_what_a_test_came_to():
    text = "\n".join(summary(record_of(recording(fail=3), plan(), NOW, "circuit breaker: …")))
    for words in (
        "100 requests/s",
        "failed 60 (60 timeout)",
        "from the intended start",
        "! partial: circuit breaker",
        "✗",
    ):
        assert words in text


def test_a_search_shows_its_levels(monkeypatch):
    monkeypatch.setattr(scalability, "DRAWS", 20)
    loads = [1, 2, 4, 8, 16, 32]
    rates = [100 * n / (1 + 0.05 * (n - 1) + 0.001 * n * (n - 1)) for n in loads]
    levels = tuple(
        Level(n, rate, 10.0, 20.0, 18.0, 25.0, 0.0, n < 32, "p99") for n, rate in zip(loads, rates, strict=True)
    )
    told = record_of(recording(), plan(), NOW)
    for law in (fit(loads, rates), fit([1], [1])):
        capacity = Capacity("requests/s", levels, 16, 32, 16, "16 held", law)
        text = "\n".join(summary(told | {"capacity": capacity.as_json()}))
        assert "largest that held: 16 (16 held)" in text
        assert "knee at 16 requests/s" in text
        assert ("peak of" in text) is bool(law.peak)
