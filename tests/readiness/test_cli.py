"""The command line: bad input is one clear line and exit code 3, and what was started is stopped."""

import io
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from datetime import UTC, date, datetime
from pathlib import Path
from unittest.mock import MagicMock

import pytest
import yaml
from readiness import cli, probes
from readiness.accounts.ledger import Entry, Ledger
from readiness.errors import RunFailed
from readiness.evidence import Evidence, frame
from readiness.run import RunFolder
from readiness.survey import Survey

from .conftest import NOW

ROOT = Path(__file__).parent.parent.parent
READINESS = [sys.executable, "-m", "readiness"]


@pytest.fixture
def params(tmp_path):
    """A copy of params/ with the notebooks beside it, to be spoiled."""
    shutil.copytree(ROOT / "params", tmp_path / "params")
    (tmp_path / "notebooks").symlink_to(ROOT / "notebooks")
    return tmp_path / "params"


@pytest.fixture
def run(params, monkeypatch, capsys):
    """`run("check", "sample")` → (exit code, lines on stdout, lines on stderr), in this process."""

    def call(*arguments: str) -> tuple[int, list[str], list[str]]:
        monkeypatch.setattr(sys, "argv", ["readiness", *arguments])
        monkeypatch.chdir(params.parent)
        heard = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        before = {number: signal.getsignal(number) for number in heard}
        try:
            with pytest.raises(SystemExit) as ended:
                cli.main()
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return int(ended.value.code), said.out.splitlines(), said.err.splitlines()

    return call


@pytest.fixture
def unchecked(monkeypatch):
    """Without the contract, which takes longer to load than all the rest, and which others hold."""
    monkeypatch.setattr("readiness.cli.check.Contract", MagicMock)


def spoil(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def target_file(params: Path, address: str, *lines: str) -> str:
    path = params / "targets" / "mine.yaml"
    text = ["name: mine", "title: Mine", f"production: {address}", "pace: {timeout: 1s, spacing: 0.1s}", *lines]
    path.write_text("\n".join(text) + "\n", encoding="utf-8")
    return "mine"


def test_an_unknown_target_names_the_near_one(run):
    code, out, err = run("check", "sampel")
    assert (code, out) == (3, [])
    assert err[0].startswith("readiness: target 'sampel': no such file")
    assert "did you mean 'sample'?" in err[0]


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        ("targets/sample.yaml", "name: sample", "name: [sample", "not valid YAML"),
        ("targets/sample.yaml", "staging:", "stagign:", "unknown key; did you mean 'staging'?"),
        ("targets/sample.yaml", "concurrency: 8", "concurrency: many", "expected a valid integer, got 'many'"),
        ("catalog/infrastructure.yaml", "tls.trusted", "tls.trussted", "expected a fact that a probe observes"),
        (
            "catalog/infrastructure.yaml",
            "at_least: {alpha: 14",
            "at_least: {alpha: soon",
            "expected a number, got 'soon'",
        ),
        ("gates.yaml", "weight: 20", "weight: 21", "expected weights that add up to 100, got 101"),
    ],
)
def test_a_mistake_in_a_file_is_one_line_with_its_place(run, params, file, old, new, expected):
    spoil(params / file, old, new)
    for command in (["validate"], ["check", "sample"]):
        code, out, err = run(*command)
        assert (code, out) == (3, [])
        line = next(line for line in err if expected in line)
        place = line.removeprefix("readiness: ").split(": ")[0]
        assert Path(place.rpartition(":")[0]).name == Path(file).name
        assert place.rpartition(":")[2].isdigit()


def test_what_is_as_expected_is_counted(run):
    code, out, err = run("validate")
    assert (code, err) == (0, [])
    assert "100 requirements" in out[0]
    assert "have no source of evidence yet" in out[0]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["check", "sample", "--dimension", "securty"], "did you mean 'security'?"),
        (["check", "sample", "--stage", "gamma"], "'gamma' is not one of"),
        (["check"], "Missing argument 'TARGET'"),
        (["chekc"], "No such command 'chekc'"),
        (["check", "sample", "--params", "/nowhere"], "no such file"),
        (["sample", "--defect", "no-such-defect"], "defect 'no-such-defect': expected one of"),
        (["run", "sample", "--dimension", "securty"], "did you mean 'security'?"),
    ],
)
def test_a_wrong_argument_is_one_line(run, arguments, expected):
    code, out, err = run(*arguments)
    assert (code, out) == (3, [])
    assert expected in err[0]


def test_a_host_that_refuses_leaves_everything_unknown_with_the_reason(run, params):
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        name = target_file(params, f"https://127.0.0.1:{held.getsockname()[1]}")
        code, out, _ = run("check", name, "--json")
    result = json.loads("\n".join(out))
    assert code == 2
    assert result["verdict"] == "undetermined"
    assert result["floor"] == 0.0
    assert {row["status"] for row in result["findings"]} == {"unknown"}
    assert 0 < result["survey"]["requests"] < 3000
    assert (result["survey"]["accounts"], result["survey"]["left"]) == (0, [])
    reason = next(row["reason"] for row in result["findings"] if row["requirement"] == "infrastructure.tls")
    assert "refused" in reason.lower() or "connect" in reason.lower()


def test_a_host_that_hangs_costs_its_timeouts_and_the_run_completes(run, params, unchecked):
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(64)
        name = target_file(params, f"https://127.0.0.1:{silent.getsockname()[1]}")
        code, out, err = run("check", name)
    assert code == 2
    assert any("undetermined" in line for line in out)
    assert any(line.startswith("probing ") for line in err)


def test_a_check_of_one_dimension_lists_that_alone_and_counts_all(run, params, unchecked):
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        name = target_file(params, f"http://127.0.0.1:{held.getsockname()[1]}")
        code, out, _ = run("check", name, "--dimension", "api")
    assert code == 2
    assert any("restricted to some dimensions" in line for line in out)
    assert any("Nothing could be observed" in line for line in out)
    asked = re.compile(r"  asked: \d+ of 3000 requests, 0 test accounts made, none left behind")
    assert any(asked.fullmatch(line) for line in out)
    headings = [line for line in out if line and not line.startswith(" ")]
    assert len(headings) == 2  # the dimension and the verdict
    assert "of 100" in headings[1]


def test_cleanup_lists_what_it_cannot_remove_until_it_is_forgotten(run, params):
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        name = target_file(params, f"http://127.0.0.1:{held.getsockname()[1]}")
        assert run("cleanup", name) == (0, ["0 removed, 0 left behind"], [])
        Ledger(name, "r1", NOW).add(Entry("test+r1-1@example.com", "a-password", made=True))
        code, out, err = run("cleanup", name)
        assert (code, err) == (1, [])
        assert out == ["left behind: test+r1-1@example.com", "0 removed, 1 left behind"]
        assert run("cleanup", name, "--forget") == (0, ["1 forgotten"], [])
        assert run("cleanup", name) == (0, ["0 removed, 0 left behind"], [])


def test_a_run_that_fails_says_what_it_left_behind(run, params, monkeypatch):
    async def broken(*given: object, **keys: object) -> None:
        Ledger("mine", "r1", NOW).add(Entry("test+r1-1@example.com", "a-password", made=True))
        raise RunFailed("the disk is full")

    monkeypatch.setattr("readiness.cli.check.survey", broken)
    code, out, err = run("check", target_file(params, "http://127.0.0.1:1"))
    assert (code, out) == (3, [])
    assert err == [
        "readiness: 1 of what was made could not be removed; `readiness cleanup mine` tries again",
        "readiness: the disk is full",
    ]


def _started(params: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*READINESS, *arguments], cwd=params.parent, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def _wait_for(condition, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


LOADING = """
import os, sys
from readiness.__main__ import main

class Library:
    def find_spec(self, name, path=None, target=None):
        if name == "pandas":
            try:
                os.kill(os.getpid(), {number})
            except BaseException:
                pass  # as some libraries do while they are loading

sys.meta_path.insert(0, Library())
main()
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_while_still_loading_is_one_line_whoever_would_catch_it(number):
    command = [sys.executable, "-c", LOADING.format(number=int(number))]
    result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (result.returncode, result.stdout, result.stderr) == (130, "", "readiness: interrupted\n")


def test_a_reader_who_leaves_changes_nothing_of_the_verdict(params):
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        name = target_file(params, f"http://127.0.0.1:{held.getsockname()[1]}")
        process = _started(params, "check", name)
        assert process.stdout and process.stderr
        process.stdout.close()
        process.stderr.close()
        assert process.wait(timeout=60) == 2


def test_a_full_disk_behind_stdout_is_one_line(params):
    with Path("/dev/full").open("w") as full:
        command = [*READINESS, "validate"]
        result = subprocess.run(command, cwd=params.parent, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (result.returncode, result.stderr) == (3, "readiness: the system: No space left on device\n")


def test_without_a_command_it_explains_itself(run):
    code, out, err = run()
    assert (code, err) == (0, [])
    assert any("Usage" in line for line in out)


def test_a_statement_is_written_after_asking_and_then_stands(run, params, monkeypatch):
    answers = ["9.5", "Release 41 was taken back to release 40", "Head of platform", "2026-01-10", "", "", ""]
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n".join(answers) + "\n"))
    code, out, _ = run("attest", "sample", "drills.rollback_min")
    path = params / "attestations" / "sample.yaml"
    assert (code, out) == (0, [str(path)])
    (item,) = yaml.safe_load(path.read_text())["attestations"]
    assert (item["fact"], item["value"], item["by"]) == ("drills.rollback_min", 9.5, "Head of platform")
    assert (item["attested_on"], item["expires_on"]) == (date(2026, 1, 10), date(2026, 4, 10))
    assert run("validate")[0] == 0


@pytest.mark.parametrize(
    ("fact", "line"),
    [
        (
            "drills.rollback",
            "readiness: 'drills.rollback': expected a fact or a requirement; did you mean 'drills.rollback_min'?",
        ),
        ("tls.trusted", "tls.trusted has to be observed; no statement can stand for it"),
    ],
)
def test_a_statement_that_cannot_stand_is_not_written(run, params, monkeypatch, fact, line):
    answers = ["true", "The certificate is trusted by all", "Head of platform", "2026-01-10", "", "", ""]
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n".join(answers) + "\n"))
    code, _, err = run("attest", "sample", fact)
    assert code == 3
    assert line in err[-1]
    assert not (params / "attestations" / "sample.yaml").exists()


def test_the_newest_run_says_what_was_missing(run, params):
    address = target_file(params, "http://127.0.0.1:9")
    code, _, err = run("permissions", address)
    place = params.parent / "reports" / "mine"
    assert (code, err) == (3, [f"readiness: {place}: expected a published run there; `readiness run mine` makes one"])
    folder = RunFolder(params.parent / "reports" / "mine" / "2026-03-02T090000Z")
    fact = probes.facts()["registration.neutral"]
    at = datetime(2026, 3, 2, 9, tzinfo=UTC)
    needs = {"reason": "creating test accounts is not granted", "permission": "accounts"}
    folder.save_survey(Survey(frame([Evidence("mine", fact, "unavailable", at, **needs)]), [], {}, (), at))
    code, out, _ = run("permissions", "mine")
    assert code == 0
    assert "points  accounts" in out[0]
    assert out[-1] == "1 missing in the run of 2026-03-02T090000Z"


def test_an_interrupted_run_publishes_nothing_and_stops_what_it_started(params):
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(64)
        name = target_file(params, f"https://127.0.0.1:{silent.getsockname()[1]}", "routes: {live: /live}")
        spoil(params / "targets" / "mine.yaml", "timeout: 1s", "timeout: 25s")
        process = _started(params, "run", name)
        folder = params.parent / "reports" / "mine"
        _wait_for(lambda: folder.is_dir() and any(folder.iterdir()))
        silent.settimeout(60)
        silent.accept()  # the notebook's kernel has begun to ask
        kernels = _children(process.pid)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert out == ""
    assert err.strip().splitlines()[-1] == "readiness: interrupted; nothing was published"
    assert "Traceback" not in err
    assert list(folder.iterdir()) == []
    assert kernels
    _wait_for(lambda: not any(Path(f"/proc/{pid}").exists() for pid in kernels), 10)


def _children(pid: int) -> list[int]:
    found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False).stdout
    return [int(line) for line in found.split()]


def test_a_disk_that_takes_no_more_is_one_line_and_nothing_is_published(params):
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        name = target_file(params, f"http://127.0.0.1:{held.getsockname()[1]}")
        limited = "import resource, os, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (8000, 8000)); "
        limited += f"os.execv({sys.executable!r}, {[*READINESS, 'run', name]!r})"
        result = subprocess.run(
            [sys.executable, "-c", limited],
            cwd=params.parent,
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
            check=False,
        )
    assert result.returncode == 3
    assert "Traceback" not in result.stderr
    assert result.stderr.strip().splitlines()[-1].startswith("readiness: ")
    published = [path for path in (params.parent / "reports" / "mine").iterdir() if not path.name.endswith(".failed")]
    assert published == []


def test_a_fault_of_ours_is_one_line_and_no_verdict(run, monkeypatch):
    def broken(*given: object) -> None:
        raise KeyError("a fault")

    monkeypatch.setattr("readiness.cli.check.dimensions", broken)
    code, out, err = run("check", "sample")
    assert (code, out, err) == (3, [], ["readiness: unexpected KeyError: 'a fault'"])
