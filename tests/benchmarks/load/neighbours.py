"""Neighbours: what else the machine did meanwhile, for that shapes a figure as well."""

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic, sleep

STAT = Path("/proc/stat")
IDLE = (3, 4)
"""Columns of proc(5) that are no work: idle, and waiting for a disk."""
QUIET_PCT = 15.0
"""Of a core, over a second: who takes less than that shapes nothing."""


class Neighbours:
    """Attributes:
    cpu_pct: Processor time that neither this process nor those it started took, per cent of a core; None where the
        system does not tell.
    """

    def __init__(self) -> None:
        self.cpu_pct: float | None = None

    def __str__(self) -> str:
        return "unknown" if self.cpu_pct is None else f"{self.cpu_pct:.0f} %"


@contextmanager
def neighbours() -> Iterator[Neighbours]:
    """Watch them for as long as the block lasts; whom it starts has ended at its end."""
    found, began, all_before, own_before = Neighbours(), monotonic(), _busy_s(), _own_s()
    try:
        yield found
    finally:
        all_after = _busy_s()
        if all_before is not None and all_after is not None:
            others = (all_after - all_before) - (_own_s() - own_before)
            found.cpu_pct = max(0.0, 100 * others / (monotonic() - began))


def quiet(patience_s: float) -> None:
    """Wait until they leave the machine to us, as long as that takes but no longer than the patience lasts."""
    deadline = monotonic() + patience_s
    while monotonic() < deadline:
        with neighbours() as others:
            sleep(1)
        if others.cpu_pct is None or others.cpu_pct < QUIET_PCT:
            return


def busy_s(stat: str, ticks: int) -> float:
    """Seconds that all cores have worked, from the text of /proc/stat."""
    columns = [int(value) for value in stat.split("\n", 1)[0].split()[1:9]]  # what follows is counted in these already
    return (sum(columns) - sum(columns[column] for column in IDLE)) / ticks


def _busy_s() -> float | None:
    with suppress(OSError, ValueError, IndexError):
        return busy_s(STAT.read_text(encoding="ascii"), os.sysconf("SC_CLK_TCK"))
    return None


def _own_s() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)
