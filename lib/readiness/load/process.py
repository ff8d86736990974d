"""A worker's process: how many files it may open, and how much memory it took."""

import resource
import sys
from contextlib import suppress
from pathlib import Path


def raise_file_limit() -> int:
    """Allow as many open files as the system lets this process; gives how many."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        soft = hard
    return soft if soft != resource.RLIM_INFINITY else 1_000_000


def most_mib() -> float:
    """Memory of this process at most; what `getrusage` tells may be that of the process it was started by."""
    with suppress(OSError):
        told = Path("/proc/self/status").read_text(encoding="ascii")
        return float(told.partition("VmHWM:")[2].split()[0]) / 2**10
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (2**20 if sys.platform == "darwin" else 2**10)
