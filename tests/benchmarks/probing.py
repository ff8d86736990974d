"""What probing takes: requests and seconds on the healthy sample platform, near and far. Run it by `make bench`.

The platform runs as `readiness sample` runs it: with its real windows and hashes. The probe of input validation is left
out, because it has a budget of its own (`negative`). Far means that every HTTP request takes longer, the browser's as
well; handshakes, DNS and mail do not. The sum of request times is that of the recorded exchanges, so without the
browser's: what it takes is above what is said.
"""

import asyncio
import os
import platform
import sys
import tempfile
import time
from pathlib import Path

import sample_platform
from readiness import probes
from readiness.assessment import Parameters
from readiness.demo import target_text
from readiness.survey import Survey, survey

PARAMS = Path(__file__).parent.parent.parent / "params"
LATENCIES = (0.0, 0.1)
"""Seconds that each request takes longer."""
SLOWEST = 5
WITHOUT = frozenset({"inputs"})
BEHIND = r"^sources\.|an attestation of|^video in"
"""What is missing where only a source behind the platform could tell: the sample has none."""


def probed(latency_s: float, folder: Path) -> tuple[float, Survey]:
    """The survey of a healthy platform that is so far away, and how many seconds it took."""
    with sample_platform.started(state=folder, latency_s=latency_s) as sample:
        path = folder / "target.yaml"
        path.write_text(target_text(PARAMS / "targets" / "sample.yaml", sample.addresses), encoding="utf-8")
        target = Parameters.load(str(path), PARAMS).target
        began = time.perf_counter()
        result = asyncio.run(survey(target, probes.discover(), skip=WITHOUT))
        return time.perf_counter() - began, result


def row(latency_s: float, seconds: float, result: Survey) -> str:
    """One line of the table."""
    requests = sum(record.get("elapsed_ms", 0) for record in result.exchanges) / 1000
    slowest = sorted(result.seconds.items(), key=lambda pair: -pair[1])[:SLOWEST]
    named = ", ".join(f"{name} {taken:.1f}" for name, taken in slowest)
    share = f"{100 * seconds / requests:.0f} %"
    return f"| {1000 * latency_s:g} ms | {result.requests} | {seconds:.1f} s | {requests:.1f} s | {share} | {named} |"


def main() -> int:
    """Print the table; 1 where something could not be observed, so that the figures are not those of a whole run."""
    print(f"{os.cpu_count()} cores, Python {platform.python_version()}, {len(probes.discover())} probes without one\n")
    print("| latency added | requests | probe phase | sum of request times | share | slowest probes, seconds |")
    print("|---|---|---|---|---|---|")
    unseen = []
    for latency_s in LATENCIES:
        with tempfile.TemporaryDirectory(prefix="bench-") as place:
            os.environ["READINESS_STATE"] = place
            before = os.getloadavg()[0]
            seconds, result = probed(latency_s, Path(place) / "sample")
            print(row(latency_s, seconds, result), flush=True)
            print(f"load average before {before:.1f}, after {os.getloadavg()[0]:.1f}", file=sys.stderr)
        facts = result.evidence.query("status not in ('observed', 'skipped')")
        facts = facts[~facts["permission"].str.contains(BEHIND)]
        unseen += [
            f"{latency_s:g} s: {fact}: {reason}" for fact, reason in zip(facts["fact"], facts["reason"], strict=True)
        ]
    for line in unseen:
        print(line, file=sys.stderr)
    return 1 if unseen else 0


if __name__ == "__main__":
    sys.exit(main())
