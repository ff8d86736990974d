"""Aside: values come back in order, and what takes too much of the processor is stopped."""

import sys
import time

import pytest
from readiness.answers import aside

TELLER = """
import time

def told(body, *arguments):
    yield [body.decode(), *arguments]
    if body == b"busy":
        while True:
            pass
    if body == b"asleep":
        time.sleep(60)
    if body == b"broken":
        raise ValueError
    yield "the end"
"""


@pytest.fixture(autouse=True)
def teller(tmp_path, monkeypatch):
    (tmp_path / "teller.py").write_text(TELLER)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))


async def test_what_is_told_comes_back_in_its_order():
    assert await aside.told("teller", b"calm", "a", "b", seconds=5) == [["calm", "a", "b"], "the end"]


@pytest.mark.parametrize("body", [b"busy", b"broken"])
async def test_what_was_told_until_it_was_stopped_counts(body):
    assert await aside.told("teller", body, seconds=0.5) == [[body.decode()]]


async def test_who_does_nothing_at_all_is_stopped_in_the_end(monkeypatch):
    monkeypatch.setattr(aside, "SLACK", 2)
    started = time.monotonic()
    assert await aside.told("teller", b"asleep", seconds=1) in ([["asleep"]], [])  # the machine may be that busy
    assert time.monotonic() - started < 30


async def test_an_input_that_nobody_reads_is_no_error():
    assert await aside.told("no_such_module", b"x" * 10_000_000, seconds=5) == []
    assert "no_such_module" not in sys.modules
