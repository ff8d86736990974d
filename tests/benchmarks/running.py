"""What a run takes besides the platform, and what its report weighs. Run it by `make bench`.

`readiness run` on the healthy sample platform, without load, against papermill on an empty notebook plus nbconvert of
it: commands of their own, all timed from outside. The empty notebook is timed before and after the run, so that a
machine that is busier for one of them shows, and the mean of the two is what the run is held against.

Without waiting for the target: what the one cell of probe.ipynb takes that asks the platform (papermill notes it) is
taken off the run's time, whole. So what the probes work themselves while they ask, which cannot be told from their
waiting, is not counted either; `probing.py` looks at that. Everything else counts: starting the command and the
kernels, imports, frames, contracts, judging, the report, its exports, and the page of all runs.

First paint is what Chromium says of report.html from the disk, each time in a fresh context: the median of five.
"""

import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import nbformat
from readiness.demo import hosted

ROOT = Path(__file__).parent.parent.parent
BIN = Path(sys.executable).parent
MOST_RATIO = 2.5
MOST_MB = 2.5
MOST_PAINT_S = 1.0
PAINTS = 5
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def timed(*command: str | Path) -> float:
    """Seconds that a command takes.

    Raises:
        CalledProcessError: It fails; a decision against a go is none.
    """
    began = time.perf_counter()
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, cwd=ROOT, check=False)
    if done.returncode > 2:
        print(done.stderr, file=sys.stderr)
        done.check_returncode()
    return time.perf_counter() - began


def empty(folder: Path) -> float:
    """Seconds of papermill on an empty notebook, and of nbconvert on what it made."""
    nbformat.write(nbformat.v4.new_notebook(), folder / "empty.ipynb")
    made = folder / "made.ipynb"
    executed = timed(BIN / "papermill", "--kernel", "python3", folder / "empty.ipynb", made)
    return executed + timed(BIN / "jupyter", "nbconvert", "--to", "html", made)


def asking(run: Path) -> float:
    """Seconds that the platform was asked in a published run."""
    cells = json.loads((run / "probe.ipynb").read_text(encoding="utf-8"))["cells"]
    (seconds,) = (cell["metadata"]["papermill"]["duration"] for cell in cells if cell["id"] == "survey")
    return float(seconds)


def first_paint(report: Path) -> float | None:
    """Seconds until a browser paints the report first, the median; None where there is no browser."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if not found:
        return None
    from playwright.sync_api import sync_playwright

    seconds = []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        for _ in range(PAINTS):
            page = browser.new_context().new_page()
            page.goto(report.as_uri())
            page.wait_for_function("performance.getEntriesByName('first-contentful-paint').length")
            script = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
            seconds.append(page.evaluate(script) / 1000)
            page.context.close()
        browser.close()
    return statistics.median(seconds)


def rows(run: Path, whole: float, bases: list[float]) -> list[tuple[str, float, str, float | None]]:
    """Name, figure, unit and the most that is allowed, for each row."""
    base, waited = statistics.mean(bases), asking(run)
    manifest: dict[str, Any] = json.loads((run / "manifest.json").read_text(encoding="utf-8"))
    steps = dict(manifest["durations_s"])
    steps["probe.ipynb"] -= waited
    rest = whole - waited - sum(steps.values())
    return [
        *(
            (f"empty notebook and nbconvert, {when}", one, "s", None)
            for when, one in zip(("before", "after"), bases, strict=True)
        ),
        ("run, whole", whole, "s", None),
        ("of which asking the platform", waited, "s", None),
        *((f"of the rest, {name}", seconds, "s", None) for name, seconds in steps.items()),
        ("of the rest, everything else", rest, "s", None),
        ("run without asking, times the empty notebook", (whole - waited) / base, "", MOST_RATIO),
        ("report", (run / "report.html").stat().st_size / 1e6, "MB", MOST_MB),
    ]


def main() -> int:
    """Print the table; 1 where a figure is above what is allowed."""
    print(f"{os.cpu_count()} cores, Python {platform.python_version()}, load average {os.getloadavg()[0]:.1f}\n")
    with tempfile.TemporaryDirectory(prefix="bench-") as place:
        folder = Path(place)
        os.environ["READINESS_STATE"] = place
        with hosted(ROOT / "params", "beta", (), None, free_ports=True) as (_, target):
            bases = [empty(folder)]
            whole = timed(
                BIN / "readiness", "run", target, "--params", ROOT / "params", "--reports", folder / "reports"
            )
            bases.append(empty(folder))
        (manifest,) = (folder / "reports").glob("*/*/manifest.json")
        told = rows(manifest.parent, whole, bases)
        paint = first_paint(manifest.parent / "report.html")
    if paint is not None:
        told.append(("first paint", paint, "s", MOST_PAINT_S))
    print("| run | figure | allowed |\n|---|---|---|")
    for name, figure, unit, most in told:
        print(f"| {name} | {figure:.2f} {unit} | {'' if most is None else f'{most:g} {unit}'} |".replace(" |", " |"))
    if paint is None:
        print("first paint was not measured: no Chromium on this machine", file=sys.stderr)
    print(f"load average {os.getloadavg()[0]:.1f}", file=sys.stderr)
    return int(any(most is not None and figure > most for _, figure, _, most in told))


if __name__ == "__main__":
    sys.exit(main())
