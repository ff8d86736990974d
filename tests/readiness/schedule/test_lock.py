"""Two runs of one target never overlap, and a crash leaves no lock behind."""

import subprocess
import sys

import pytest
from readiness.errors import Overlap
from readiness.schedule.lock import alone

HOLD = """
import sys
from pathlib import Path
from readiness.schedule.lock import alone
with alone(Path(sys.argv[1]), "acme"):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_run_is_refused_until_the_first_is_done(tmp_path):
    with alone(tmp_path, "acme"):
        with (
            pytest.raises(Overlap, match=r"acme: another run is going on \(process \d+, since .* UTC\)"),
            alone(tmp_path, "acme"),
        ):
            pass
        with alone(tmp_path, "other"):
            pass
    with alone(tmp_path, "acme"):
        pass


def test_a_killed_process_leaves_no_lock(tmp_path):
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(Overlap, match=f"process {holder.pid},"), alone(tmp_path, "acme"):
            pass
    finally:
        holder.kill()
        holder.communicate()
    with alone(tmp_path, "acme"):
        pass


def test_a_run_that_fails_gives_its_lock_back(tmp_path):
    with pytest.raises(ZeroDivisionError), alone(tmp_path, "acme"):
        raise ZeroDivisionError
    with alone(tmp_path, "acme"):
        pass
