"""`readiness load`: what it came to is its exit code, and an interrupt keeps what was measured and leaves nobody."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner
from readiness.cli import cli
from readiness.errors import BadInput
from readiness.load import generator, trial
from readiness.load.crew import LocalCrew
from readiness.load.publishing import loads_of

from ..load.conftest import Server

SHORT = ("--duration", "1s", "--warm-up", "0s")


@pytest.fixture
def server():
    """A server of the test's own."""
    running = Server()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def crew():
    """A worker process for all tests that need one."""
    running = LocalCrew(1)
    yield running
    running.stop()
    running.close()


@pytest.fixture
def call(monkeypatch, crew):
    """`call(address, …)` → (exit code, what it said), by one worker; no machine is too busy for it."""

    @asynccontextmanager
    async def lent(executor, workers):
        yield crew

    monkeypatch.setattr(trial, "crew_of", lent)
    monkeypatch.setattr(generator, "LATE_MS", 1e6)
    monkeypatch.setattr(generator, "CPU_PCT", 1e6)

    def invoke(*arguments):
        result = CliRunner().invoke(cli, ["load", *map(str, arguments)], standalone_mode=False)
        if result.exception:
            raise result.exception
        return result.return_value, result.output

    return invoke


def test_a_test_that_holds_is_0_and_its_record_is_written(server, call, tmp_path):
    to = tmp_path / "load.json"
    code, said = call(f"{server.address}/ok", "--rate", 50, "--p99", 30_000, "--json", to, *SHORT)
    assert code == 0, said
    record = json.loads(to.read_text())
    assert (record["scheduled"], record["sent"], record["completed"], record["failed"], record["dropped"]) == (
        *(50, 50, 50),
        {},
        0,
    )
    for key in ("latency_ms", "service_ms"):
        assert {"p50", "p95", "p99", "p99_9", "max"} <= record[key].keys()
    assert "late_ms" in record["generator"]
    assert "scheduled 50, sent 50, completed 50, failed 0" in said
    assert "✓ held" in said
    assert "  1 s  50/s  p99 " in said  # live progress


@pytest.mark.parametrize(
    ("path", "options", "code", "words"),
    [
        ("/slow", ("--p99", "1"), 1, "✗ broken: p99 is"),
        ("/closes", ("--p99", "30000", "--errors", "100"), 3, "no request was completed: 50 reset"),
    ],
)
def test_the_exit_code_says_what_it_came_to(server, call, path, options, code, words):
    given, said = call(f"{server.address}{path}", "--rate", 50, *options, *SHORT)
    assert given == code, said
    assert words in said


def test_one_that_the_generator_shaped_is_void_and_settles_nothing(server, call, monkeypatch):
    monkeypatch.setattr(generator, "LATE_MS", 0.0)
    monkeypatch.setattr(generator, "LATE_SHARE", 0.0)
    code, said = call(f"{server.address}/ok", "--rate", 50, "--p99", 30_000, *SHORT)
    assert code == 2
    assert "! void: one request in a hundred was sent" in said
    assert "✓" not in said


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("http://127.0.0.1:1",), "either a rate or a number of users"),
        (("http://127.0.0.1:1", "--rate", 5, "--users", 5), "either a rate or a number of users"),
        (("http://127.0.0.1:1", "--rate", 5, "--journey", "x"), "a target that declares it, not an address"),
        (("ftp://127.0.0.1:1", "--rate", 5), "expected an address such as"),
        (("http://127.0.0.1:1", "--rate", 5, "--up-to", 5), "more than where the search begins"),
        (("http://127.0.0.1:1", "--users", 5, "--up-to", "nan"), "more than where the search begins"),
        (("http://127.0.0.1:1", "--users", 5, "--up-to", "inf"), "more than where the search begins"),
        (
            ("http://127.0.0.1:1", "--rate", 5, "--json", "/nowhere/at/all.json"),
            "expected a file in a folder that is there",
        ),
        (("http://127.0.0.1:1", "--rate", 5, "--json", "/tmp"), "expected a file in a folder that is there"),
        (("http://[::1", "--rate", 5), "expected an address such as"),
        (("http://a..b/", "--rate", 5), "expected an address such as"),
        (("http://127.0.0.1:port/", "--rate", 5), "expected an address such as"),
        (("http://user:secret@127.0.0.1/", "--rate", 5), "without a user"),
        (("http://203.0.113.1/", "--rate", 5), "load refused: load on http://203.0.113.1 needs a target file"),
    ],
    ids=str,
)
def test_what_cannot_be_or_may_not_be_is_one_line(call, arguments, words):
    with pytest.raises(BadInput) as refused:
        call(*arguments)
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_targets_test_is_kept_among_its_reports(server, call, params):
    text = f"name: mine\ntitle: Mine\nproduction: {server.address}\nroutes: {{health: /ok}}\n"
    (params / "targets" / "mine.yaml").write_text(text, encoding="utf-8")
    code, said = call("mine", "--users", 2, "--p99", 30_000, "--params", params, *SHORT)
    assert code == 0, said
    (place,) = loads_of(params.parent / "reports", "mine").iterdir()
    record = json.loads((place / "load.json").read_text())
    assert (record["target"], record["model"], record["users"], record["journey"]) == ("mine", "closed", 2, "health")


def test_an_interrupt_stops_all_workers_and_keeps_what_was_measured(server, tmp_path):
    to = tmp_path / "load.json"
    command = [sys.executable, "-m", "readiness", "load", f"{server.address}/ok", "--json", str(to)]
    options = ["--rate", "50", "--duration", "60s", "--warm-up", "0s", "--workers", "2"]
    process = subprocess.Popen(
        [*command, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        deadline = time.monotonic() + 60
        while server.seen["/ok"] < 20:
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.01)
        workers = _children(process.pid)
        interrupted = time.monotonic()
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: workers get it as well
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert (process.returncode, "Traceback" in err) == (130, False), err
    assert server.times[-1] - interrupted < 2
    assert len(workers) >= 2
    while [pid for pid in workers if _runs(pid)]:
        assert time.monotonic() - interrupted < 5
        time.sleep(0.02)
    record = json.loads(to.read_text())
    assert (record["partial"], record["workers"]) == ("interrupted", 2)
    assert 20 <= record["completed"] <= server.seen["/ok"]
    assert record["scheduled"] == record["completed"] + sum(record["failed"].values())
    assert "! partial: interrupted" in out
    assert err.splitlines()[-1] == "readiness: interrupted; what was measured is kept, marked partial"


def _children(pid: int) -> list[int]:
    found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False).stdout
    return [int(line) for line in found.split()]


def _runs(pid: int) -> bool:
    try:
        return bool(Path(f"/proc/{pid}/cmdline").read_text())  # one that has ended, and that nobody waits for, has none
    except OSError:
        return False
