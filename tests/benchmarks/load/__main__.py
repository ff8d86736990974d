"""Measure the load generator, and print what it came to as tables. Run it by `make bench`; it takes some five minutes.

Exit code 1: a figure is not what it has to be. Everything is sent to this machine. Neighbours on the machine shape the
figures: each run waits a while for them to be quiet, what they took meanwhile is told, and a rate against nginx has
three tries, of which the best counts. It needs Linux, for epoll.
"""

import os
import select
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from . import measured
from .freezing import freezing
from .neighbours import neighbours, quiet
from .nginx import installed, nginx
from .peers import PEERS, RATE
from .truth import SHARES, percentiles, true, truth

WARM_UP_S, SECONDS = 1.0, 10.0
TRUTHS = ((500, 1), (1000, 5), (5000, 1))
"""Requests a second, and how often."""
SLOW, RATES, TRIES, WITHIN_MS = 100, (2500, 5000, 7500, 10000, 11000, 12000, 13000, 14000, 15000), 3, 1.0
WANTED = 10000
USERS, THINK_S, MOST_MIB, MOST_CPU = 1000, 1.0, 150, 100

PATIENCE_S = 10.0
"""How long each run waits at most for neighbours to be quiet."""

Folder = Callable[[], Path]


def _heading(text: str, *columns: str) -> None:
    print(f"\n{text}\n\n| {' | '.join(columns)} |\n|{'---|' * len(columns)}", flush=True)


def _row(*cells: object) -> None:
    print(f"| {' | '.join(map(str, cells))} |", flush=True)


def _said(held: bool) -> str:
    return "yes" if held else "**no**"


def _beside(reported: dict[str, float], real: dict[str, float]) -> list[str]:
    """Reported and true; bold where they are too far apart."""
    cells = []
    for name in SHARES:
        if name not in reported:
            cells.append("not told")
            continue
        text = f"{reported[name]:.1f} / {real[name]:.1f}"
        cells.append(text if true(reported[name], real[name]) else f"**{text}**")
    return cells


def truths(folder: Folder) -> tuple[bool, dict[str, float]]:
    """Reported against true; gives whether all were, and what was true at the peers' rate when it was quietest."""
    _heading(
        "Truth: reported / true, ms, beside a server that answers in 2 ms and freezes for 1 s in 10",
        *("requests/s", *SHARES, "late p99", "CPU", "neighbours", "held"),
    )
    every, for_peers, least = True, dict[str, float](), float("inf")
    for rate, times in TRUTHS:
        for _ in range(times):
            quiet(PATIENCE_S)
            with neighbours() as others, freezing(folder()) as server:
                record = measured.rate(server.address, rate, SECONDS, WARM_UP_S)
            assert server.log is not None
            real = percentiles(truth(server.log, rate, after_s=WARM_UP_S, seconds=SECONDS))
            reported = {name: record["latency_ms"][name]["value"] for name in SHARES}
            held = all(true(reported[name], real[name]) for name in SHARES) and not record["failed"]
            every &= held
            health = record["generator"]
            own = (f"{health['late_ms']['p99']:.2f}", f"{health['cpu_pct']:.0f} %")
            _row(rate, *_beside(reported, real), *own, others, _said(held))
            for reason in record["void"]:
                print(f"{rate}/s: void: {reason}", file=sys.stderr)
            if rate == RATE and (others.cpu_pct or 0.0) < least:
                for_peers, least = real, others.cpu_pct or 0.0
    return every, for_peers


def honest(folder: Folder) -> bool:
    """The highest rate at which p99 is within a millisecond of that at 100/s."""
    if installed() is None:
        print("\nHonest rate: left out, nginx is not installed", flush=True)
        return True
    _heading(
        f"Honest rate against nginx, generator on one core, best of up to {TRIES} tries",
        *("requests/s", "p50 ms", "p99 ms", "late p99", "CPU", "tries", "held"),
    )
    highest = 0
    with nginx(folder()) as address:
        slow = _best(address, SLOW, 0.0)[0]  # none is so fast: the best of all tries, for it sets the bar
        bar = slow["latency_ms"]["p99"]["value"] + WITHIN_MS
        _tried(SLOW, slow, TRIES, True)
        for rate in RATES:
            record, tries, held = _best(address, rate, bar)
            _tried(rate, record, tries, held)
            if not held:
                break
            highest = rate
    print(f"\nHonest up to {highest}/s; wanted {WANTED}/s", flush=True)
    return highest >= WANTED


def _best(address: str, rate: float, bar: float) -> tuple[dict[str, Any], int, bool]:
    """The best of the tries, how many there were, whether it holds."""
    records: list[dict[str, Any]] = []
    for number in range(1, TRIES + 1):
        quiet(PATIENCE_S)
        record = measured.rate(address, rate, 5.0, 0.5)
        if record["latency_ms"]["p99"]["value"] <= bar and not record["failed"] and not record["void"]:
            return record, number, True
        records.append(record)
    return min(records, key=lambda one: float(one["latency_ms"]["p99"]["value"])), TRIES, False


def _tried(rate: float, record: dict[str, Any], tries: int, held: bool) -> None:
    latency, health = record["latency_ms"], record["generator"]
    times = (f"{value:.2f}" for value in (latency["p50"]["value"], latency["p99"]["value"], health["late_ms"]["p99"]))
    _row(rate, *times, f"{health['cpu_pct']:.0f} %", tries, _said(held))
    for reason in record["void"]:
        print(f"{rate}/s: void: {reason}", file=sys.stderr)


def people(folder: Folder) -> bool:
    """What a thousand users take."""
    _heading(
        f"Users: {USERS} who think for {THINK_S:g} s",
        "users",
        "requests/s",
        "p99 ms",
        "memory",
        "CPU",
        "neighbours",
        "held",
    )
    quiet(PATIENCE_S)
    with neighbours() as others, freezing(folder(), freezes=False) as server:
        record = measured.users(server.address, USERS, THINK_S, SECONDS, 3.0)
    health = record["generator"]
    held = health["memory_mib"] < MOST_MIB and health["cpu_pct"] < MOST_CPU and not record["failed"]
    _row(
        USERS,
        f"{record['rate_achieved']:.0f}",
        f"{record['latency_ms']['p99']['value']:.1f}",
        f"{health['memory_mib']:.0f} MiB",
        f"{health['cpu_pct']:.0f} %",
        others,
        _said(held),
    )
    return held


def beside(folder: Folder, real: dict[str, float]) -> None:
    """What others report of the same server; `real`: what is true at their rate."""
    _heading(f"Side by side at {RATE}/s: reported / true, ms", "tool", "told", *SHARES, "neighbours")
    absent = []
    for peer in PEERS:
        if not peer.installed:
            absent.append(peer.name)
            continue
        place = folder()
        quiet(PATIENCE_S)
        try:
            with neighbours() as others, freezing(place) as server:
                reported = peer.reported(server.address, place)
            _row(peer.name, peer.how, *_beside(reported, real), others)
        except RuntimeError as error:
            _row(peer.name, str(error), *("-" for _ in SHARES), others)
    if absent:
        print(f"\nLeft out, not installed: {', '.join(absent)}", flush=True)


def main() -> int:
    """All four measurements."""
    if not hasattr(select, "epoll"):
        print("\nLoad: left out, the server that freezes needs epoll")
        return 0
    began, before = time.monotonic(), os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="bench-") as place:
        Path(place).chmod(0o755)  # nginx's worker is another user

        def folder() -> Path:
            return Path(tempfile.mkdtemp(dir=place))

        every, real = truths(folder)
        held = [every, honest(folder), people(folder)]
        beside(folder, real)
    print(f"\nLoad: {time.monotonic() - began:.0f} s; load average before {before:.1f}, after {os.getloadavg()[0]:.1f}")
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
