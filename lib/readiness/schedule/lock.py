"""Locks: two runs of one target never overlap.

The lock is the system's (`flock`), on a file beside the runs: it ends with the process that holds it, however that
ends, so nothing has to be cleaned up after a crash. It holds between processes that see the same file.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from readiness.errors import Overlap

FOLDER = ".schedule"
"""Folder under reports/ for locks and diaries."""


@contextmanager
def alone(reports: Path, target: str) -> Iterator[None]:
    """Hold the lock of a target while the block runs.

    Args:
        reports: Where its runs are published.
        target: Its short name.

    Raises:
        Overlap: Another run of the target is going on.
    """
    with held(reports / FOLDER / f"{target}.lock", f"{target}: another run is going on"):
        yield


@contextmanager
def held(path: Path, busy: str = "", *, wait: bool = False) -> Iterator[None]:
    """Hold a lock while the block runs.

    Args:
        path: Its file; it is made, and never removed: a second process could otherwise lock a file that a third no
            longer finds.
        busy: What is said where somebody else holds it.
        wait: Wait for them instead; for what takes no time.

    Raises:
        Overlap: Somebody else holds it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            file.seek(0)
            raise Overlap(f"{busy} ({file.read(100).strip() or 'just started'})") from None
        file.truncate(0)
        file.write(f"process {os.getpid()}, since {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC\n")
        file.flush()
        yield
