"""systemd: a timer that makes up for what it missed and a service; only units that were made here are touched."""

import configparser
import shutil
import subprocess
import sys

import pytest
from readiness.cli.options import OVERLAP
from readiness.errors import BadInput, RunFailed
from readiness.schedule import systemd


@pytest.fixture
def place(tmp_path, monkeypatch, program):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    program("systemctl")
    return tmp_path / "config" / "systemd" / "user"


def said(tmp_path):
    return (tmp_path / "log").read_text(encoding="utf-8").splitlines()


def read(text):
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(text)
    return parser


def test_a_timer_makes_up_for_what_it_missed_and_a_verdict_is_no_failure(job):
    units = systemd.units(job("06:00", "mon@07:00"))
    assert set(units) == {
        f"readiness-acme-{kind}.{suffix}" for kind in ("daily", "weekly") for suffix in ("service", "timer")
    }
    timer = read(units["readiness-acme-weekly.timer"])
    assert timer["Timer"]["OnCalendar"] == "Mon *-*-* 07:00:00"
    assert timer["Timer"]["Persistent"] == "true"
    assert read(units["readiness-acme-daily.timer"])["Timer"]["OnCalendar"] == "*-*-* 06:00:00"
    service = read(units["readiness-acme-daily.service"])
    assert service["Service"]["SuccessExitStatus"] == "1 2"
    assert '"--daily" "06:00"' in service["Service"]["ExecStart"]


def test_a_run_that_met_another_is_started_again(job):
    service = read(systemd.units(job("06:00", "mon@07:00"))["readiness-acme-weekly.service"])["Service"]
    assert (service["RestartForceExitStatus"], service["RestartSec"]) == (str(OVERLAP), "10min")
    assert service["Type"] != "oneshot", "systemd before 256 refuses it then"
    assert "Restart" not in service, "what failed is told, and the next moment tries again"


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd here")
def test_systemd_takes_the_units(job, tmp_path):
    for name, content in systemd.units(job("06:00", "mon@07:00", python=sys.executable)).items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    services = [str(path) for path in sorted(tmp_path.glob("*.service"))]
    verify = ["systemd-analyze", "--man=no", "--recursive-errors=no", "verify", *services]
    done = subprocess.run(verify, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


def test_what_systemd_would_expand_stands_for_itself(job):
    command = read(systemd.units(job("06:00", python='/opt/5%h $HOME "x"'))["readiness-acme-daily.service"])
    assert command["Service"]["ExecStart"].startswith('"/opt/5%%h $$HOME \\"x\\""')


def test_installing_twice_changes_nothing_and_a_kind_that_is_no_longer_planned_goes(job, place, tmp_path):
    assert systemd.install(job("06:00", "mon@07:00")) is True
    assert systemd.install(job("06:00", "mon@07:00")) is False
    assert said(tmp_path).count("--user daemon-reload") == 1
    assert systemd.install(job("06:00")) is True
    assert sorted(path.name for path in place.iterdir()) == [
        "readiness-acme-daily.service",
        "readiness-acme-daily.timer",
    ]
    assert "--user disable --now readiness-acme-weekly.timer" in said(tmp_path)
    assert systemd.remove("acme") is True and systemd.remove("acme") is False
    assert list(place.iterdir()) == []


def test_a_unit_of_somebody_else_is_left_alone(job, place):
    place.mkdir(parents=True)
    theirs = place / "readiness-acme-daily.timer"
    theirs.write_text("[Timer]\n", encoding="utf-8")
    for doing in (lambda: systemd.install(job("06:00")), lambda: systemd.remove("acme")):
        with pytest.raises(BadInput, match="made by `readiness schedule`"):
            doing()
    assert [path.name for path in place.iterdir()] == [theirs.name]


def test_what_systemctl_says_is_told(job, place, monkeypatch):
    monkeypatch.setenv("FAKE_FAILURE", "Failed to connect to bus")
    with pytest.raises(RunFailed, match="systemctl daemon-reload: Failed to connect to bus"):
        systemd.install(job("06:00"))
