"""Manners: a run leaves no account behind, however it ends."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from readiness import probes
from readiness.assessment import Parameters
from readiness.control import WINDOW_S, target_file
from readiness.survey import survey
from sample_platform import Addresses, started

ROOT = Path(__file__).parent.parent
PARAMS = ROOT / "params"
READINESS = [sys.executable, "-m", "readiness"]
MAKING_ACCOUNTS = {"registration", "imports", "tokens", "erasure"}


@dataclass
class Platform:
    """A sample platform, with what its databases hold."""

    addresses: Addresses
    target: Path

    @property
    def accounts(self) -> dict[str, int]:
        """Rows of the tables of accounts and of their tenants, by side."""
        return {f"{side} {table}": self._rows(side, table) for side in SIDES for table in ("accounts", "tenants")}

    def _rows(self, side: str, table: str) -> int:
        with self.database(side) as connection:
            return connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]

    def database(self, side: str = "production") -> psycopg.Connection:
        address = self.addresses.postgres.replace("+psycopg", "").replace("/production", f"/{side}")
        return psycopg.connect(address)

    @contextmanager
    def no_import_ends(self) -> Iterator[Callable[[], bool]]:
        """Hold up every import while the block lasts; yields whether one is being held up."""
        with self.database() as holding, self.database() as looking:
            holding.execute("LOCK TABLE imports IN SHARE MODE")
            looking.autocommit = True
            waiting = "SELECT count(*) FROM pg_locks WHERE relation = 'imports'::regclass AND NOT granted"
            yield lambda: looking.execute(waiting).fetchone()[0] > 0


SIDES = ("production", "staging")


@pytest.fixture(scope="module")
def platform(shared, tmp_path_factory) -> Iterator[Platform]:
    folder = tmp_path_factory.mktemp("sample")
    with started(state=folder / "state", services=shared, window_s=WINDOW_S, cheap_hashes=True) as sample:
        yield Platform(sample.addresses, target_file(PARAMS, sample.addresses, folder))


@pytest.fixture
def run(platform, tmp_path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """`run("check", "--dimension", "data")` starts a command against the platform."""
    started = []

    def start(command: str, *options: str) -> subprocess.Popen[str]:
        arguments = [*READINESS, command, str(platform.target), "--params", str(PARAMS), *options]
        started.append(
            subprocess.Popen(arguments, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        )
        return started[-1]

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def until(condition: Callable[[], object], process: subprocess.Popen[str], seconds: float = 120) -> None:
    """Wait for something to be seen while a process lasts."""
    end = time.monotonic() + seconds
    while not condition():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end
        time.sleep(0.02)


def ledgers(state_folder: Path) -> list[Path]:
    return list(state_folder.rglob("*.jsonl"))


async def test_a_run_leaves_as_many_accounts_as_it_found(platform, state_folder):
    before = platform.accounts
    target = Parameters.load(str(platform.target), PARAMS).target
    result = await survey(target, [one for one in probes.discover() if one.name in MAKING_ACCOUNTS])
    assert result.accounts >= len(MAKING_ACCOUNTS)
    assert result.evidence.set_index("fact").loc["imports.created_pct", "number"] == 100
    assert result.left == ()
    assert platform.accounts == before
    assert ledgers(state_folder) == []


@pytest.mark.parametrize("side", SIDES)
def test_accounts_of_a_killed_run_are_removed_by_cleanup(platform, run, state_folder, side):
    before = platform.accounts
    killed = run("check", "--dimension", "infrastructure")
    until(lambda: platform.accounts[f"{side} accounts"] > before[f"{side} accounts"], killed)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    assert len(ledgers(state_folder)) == 1
    assert platform.accounts != before
    _clean(run, state_folder)
    assert platform.accounts == before


def test_an_import_of_a_killed_run_is_removed_by_cleanup(platform, run, state_folder):
    before = platform.accounts
    with platform.no_import_ends() as held_up:
        killed = run("check", "--dimension", "data")
        until(held_up, killed)
        killed.send_signal(signal.SIGKILL)
        killed.wait()
    end = time.monotonic() + 60
    while platform.accounts["production accounts"] < before["production accounts"] + 900:
        assert time.monotonic() < end
    _clean(run, state_folder)
    assert platform.accounts == before


def _clean(run: Callable[..., subprocess.Popen[str]], state_folder: Path) -> None:
    cleaning = run("cleanup")
    out, err = cleaning.communicate(timeout=120)
    assert (cleaning.returncode, err) == (0, ""), out
    assert out.endswith(" removed, 0 left behind\n")
    assert ledgers(state_folder) == []


@pytest.mark.parametrize(("command", "number"), [("check", signal.SIGINT), ("run", signal.SIGTERM)])
def test_an_interrupted_run_removes_its_accounts_itself(platform, run, state_folder, tmp_path, command, number):
    before = platform.accounts
    options = ["--reports", str(tmp_path / "reports")] if command == "run" else []
    process = run(command, "--dimension", "infrastructure", *options)
    until(lambda: platform.accounts != before and ledgers(state_folder), process)
    _interrupt(process, number)
    assert platform.accounts == before
    assert ledgers(state_folder) == []


def test_an_import_that_is_interrupted_is_undone(platform, run, state_folder):
    before = platform.accounts
    with platform.no_import_ends() as held_up:
        process = run("check", "--dimension", "data")
        until(held_up, process)
        process.send_signal(signal.SIGTERM)
    _interrupt(process, signal.SIGTERM)
    assert platform.accounts == before
    assert ledgers(state_folder) == []


def _interrupt(process: subprocess.Popen[str], number: int) -> None:
    """Being told twice changes nothing."""
    os.kill(process.pid, number)
    out, err = process.communicate(timeout=120)
    assert (process.returncode, out) == (130, "")
    assert err.strip().splitlines()[-1] == "readiness: interrupted; nothing was published"
    assert "Traceback" not in err
