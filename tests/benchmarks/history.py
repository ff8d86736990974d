"""What reading a thousand runs takes, from their folders and with an index, and the page of them. Run it by `make
bench`."""

import os
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from readiness import history, overview
from readiness.assessment import Parameters, assess
from readiness.evidence import frame
from readiness.reports import Reports
from readiness.run import RunFolder

PARAMS = Path(__file__).parent.parent.parent / "params"
RUNS = 1000
MOST_S = 2.0
"""Seconds that reading them, or the page of them, may take once there is an index."""
START = datetime(2024, 1, 1, 9, tzinfo=UTC)


def generate(place: Path) -> None:
    """A thousand runs of one target, a day apart, of the whole catalogue."""
    assessment = assess(frame([]), Parameters.load("sample", PARAMS), START)
    first = RunFolder(place / "sample" / f"{START:%Y-%m-%dT%H%M%SZ}")
    first.save_assessment(assessment)
    first.save_json("manifest.json", {"catalogue": assessment.parameters.catalogue.digest, "stage": "alpha"})
    for day in range(1, RUNS):
        folder = RunFolder(place / "sample" / f"{START + timedelta(days=day):%Y-%m-%dT%H%M%SZ}").path
        for path in first.path.iterdir():
            os.link(path, folder / path.name)


def main() -> int:
    """Print the table; 1 where an index does not make it quick enough."""
    with tempfile.TemporaryDirectory(prefix="bench-") as place:
        generate(Path(place))
        print("\n| history | runs | findings | seconds |\n|---|---|---|---|")
        for name in ("from the folders", "with an index"):
            began = time.perf_counter()
            seen = history.read(Reports.of(place), ["sample"])
            seconds = time.perf_counter() - began
            print(f"| {name} | {len(seen.runs)} | {len(seen.findings)} | {seconds:.2f} |", flush=True)
        began = time.perf_counter()
        overview.write(place)
        page = time.perf_counter() - began
        print(f"| the page of all, with an index | {len(seen.runs)} | | {page:.2f} |", flush=True)
        print(f"load average {os.getloadavg()[0]:.1f}", file=sys.stderr)
    return int(max(seconds, page) > MOST_S or len(seen.runs) != RUNS)


if __name__ == "__main__":
    sys.exit(main())
