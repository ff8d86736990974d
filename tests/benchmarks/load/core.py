"""A core of this machine: the generator has one for itself, and what it is measured against another."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

GENERATOR, SERVER = 0, -1


@contextmanager
def core(number: int) -> Iterator[None]:
    """Whoever is started within the block runs on this core alone, where the system has a way to say so."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {sorted(allowed)[number]})
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)
