"""What a record of a load test comes to, as lines for a terminal."""

from collections.abc import Iterator
from typing import Any

HELD = {True: "✓ held", False: "✗ broken", None: "? too close to say"}


def summary(record: dict[str, Any]) -> Iterator[str]:
    """A record in a dozen lines.

    Args:
        record: As `record_of` gives it.
    """
    amount = f"{record['rate']:g} requests/s" if record["model"] == "open" else f"{record['users']} users"
    yield f"{record['journey']} at {record['address']}: {amount} for {record['seconds']:g} s, {record['model']} model"
    counts = ", ".join(f"{name} {record[name]}" for name in ("scheduled", "sent", "completed"))
    failures = ", ".join(f"{count} {kind}" for kind, count in record["failed"].items())
    yield f"{counts}, failed {sum(record['failed'].values())}{f' ({failures})' if failures else ''}"
    yield f"{record['rate_achieved']:g} completed a second"
    for key, words in (("latency_ms", "from the intended start"), ("service_ms", "from the send")):
        told = record[key]
        if told["samples"]:
            yield f"{words}, ms:"
            for name in ("p50", "p95", "p99", "p99_9"):
                one = told[name]
                label = name.replace("_", ".")
                yield f"  {label:<6}{one['value']:>10.2f}   95 % between {one['low']:.2f} and {one['high']:.2f}"
            yield f"  {'max':<6}{told['max']['value']:>10.2f}"
    own = record["generator"]
    yield (
        f"generator: sent {own['late_ms']['p99']:.2f} ms late at p99, {own['cpu_pct']:.0f} % of a core, "
        f"{record['workers']} worker{'s' if record['workers'] != 1 else ''}"
    )
    for reason in record["void"]:
        yield f"! void: {reason}"
    if record["partial"]:
        yield f"! partial: {record['partial']}"
    if record["unanswered"]:
        yield f"{record['unanswered']} were under way when it was stopped"
    if not record["void"]:
        yield f"{HELD[record['slo']['held']]}: {record['slo']['why']}"
    if record["capacity"]:
        yield from _capacity(record["capacity"])


def _capacity(told: dict[str, Any]) -> Iterator[str]:
    yield f"levels, {told['unit']}:"
    for level in told["levels"]:
        p99 = "–" if level["p99_ms"] is None else f"{level['p99_ms']:.1f}"
        yield (
            f"  {level['load']:>8g}  {level['throughput']:>9.1f} completed a second  p99 {p99:>8} ms  "
            f"{'! void' if level['void'] else HELD[level['held']]}"
        )
    yield f"largest that held: {'none' if told['largest'] is None else told['largest']:} ({told['why']})"
    if told["knee"] is not None:
        yield f"knee at {told['knee']:g} {told['unit']}"
    law = told["scalability"]
    if law["why_not"]:
        yield f"scalability: {law['why_not']}"
        return
    if law["peak"] is None:
        yield f"scalability: no peak is in sight; at least {law['at_least']:.0f} requests/s"
        return
    peak = law["peak"]
    yield f"scalability: peak of {peak['value']:.0f} requests/s (95 % between {peak['low']:.0f} and {peak['high']:.0f})"
    for need in law["needs"]:
        replicas = need["replicas"]
        amount = (
            f"{replicas['low']:.0f} to {replicas['high']:.0f}"
            if replicas["low"] < replicas["high"]
            else (f"{replicas['value']:.0f}")
        )
        yield f"  {need['times']} times as much, {need['throughput']:.0f} requests/s: {amount} such installations"
