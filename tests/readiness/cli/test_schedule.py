"""`readiness schedule` and `scheduled`: printed, installed, and what is started."""

from datetime import UTC, datetime
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from readiness.cli import cli
from readiness.errors import BadInput, Overlap, RunFailed
from readiness.pipeline import Published
from readiness.schedule import cron, job
from readiness.schedule.diary import Diary


@pytest.fixture
def call(params):
    def invoke(*arguments: str):
        result = CliRunner().invoke(cli, [*arguments, "--params", str(params)], standalone_mode=False)
        if result.exception:
            raise result.exception
        return result

    return invoke


def test_what_is_printed_is_what_would_be_installed(call, monkeypatch, params):
    printed = call("schedule", "one", "--daily", "06:00", "--weekly", "mon@07:00").stdout
    assert printed.startswith("# >>> readiness schedule one >>>") and printed.count(" scheduled one ") == 4
    installed = []
    monkeypatch.setattr(cron, "install", lambda given: bool(installed.append(cron.lines(given))) or True)
    said = call("schedule", "one", "--daily", "06:00", "--weekly", "mon@07:00", "--install").stdout
    assert installed == [printed]
    assert said.startswith("one: daily 06:00, weekly mon@07:00, ") and said.rstrip().endswith("; installed")
    assert Diary(params.parent / "reports", "one").done("daily") is not None
    assert "Persistent=true" in call("schedule", "one", "--daily", "06:00", "--as", "systemd").stdout


def test_times_that_are_missing_or_none_are_refused(call):
    with pytest.raises(BadInput, match="--daily 06:00, --weekly mon@07:00, or both"):
        call("schedule", "one")
    with pytest.raises(BadInput, match="one of them"):
        call("scheduled", "one")
    with pytest.raises(click.BadParameter, match="expected a duration"):
        call("schedule", "one", "--daily", "06:00", "--at-most", "long")


@pytest.mark.parametrize("ending", ["go", "no-go", "failed"])
def test_a_scheduled_run_ends_with_its_verdict(call, monkeypatch, params, ending):
    def publish(target, **given):
        assert given["at_most"].total_seconds() == 90
        if ending == "failed":
            raise RunFailed("the run took longer than 0:01:30 and was stopped")
        figures = {"verdict": ending, "floor": 10.0, "ceiling": 20.0, "minimum": 60}
        return Published(Path("reports/one/now"), {"alpha": figures})

    monkeypatch.setattr(job, "publish", publish)
    Diary(params.parent / "reports", "one").note("daily", datetime(2020, 1, 1, tzinfo=UTC), "go")
    result = call("scheduled", "one", "--daily", "06:00", "--at-most", "90s")
    assert result.return_value == {"go": 0, "no-go": 1, "failed": 3}[ending]
    assert "runs were missed" in result.stderr
    assert ("was stopped" in result.stderr) == (ending == "failed")
    again = call("scheduled", "one", "--daily", "06:00", "--at-most", "90s")
    assert (again.return_value, again.output) == (0, "")


def test_a_second_run_has_an_exit_code_of_its_own(monkeypatch, params, capsys):
    def publish(target, **given):
        raise Overlap("one: another run is going on (process 1)")

    from readiness import cli as command_line

    monkeypatch.setattr(job, "publish", publish)
    monkeypatch.setattr("readiness.interrupt.heed", lambda: None)
    Diary(params.parent / "reports", "one").note("daily", datetime(2020, 1, 1, tzinfo=UTC), "go")
    arguments = ["readiness", "scheduled", "one", "--daily", "06:00", "--params", str(params)]
    monkeypatch.setattr("sys.argv", arguments)
    with pytest.raises(SystemExit) as ended:
        command_line.main()
    assert ended.value.code == 4
    assert capsys.readouterr().err.splitlines()[-1] == "readiness: one: another run is going on (process 1)"
