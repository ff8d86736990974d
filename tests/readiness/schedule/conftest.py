"""A job, and programs that take the place of crontab and systemctl."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from readiness.schedule.command import Job
from readiness.schedule.plan import Plan

CRONTAB = """#!{python}
import os, sys
from pathlib import Path
table, log = Path(os.environ["FAKE_TABLE"]), Path(os.environ["FAKE_LOG"])
with log.open("a") as file:
    file.write(" ".join(sys.argv[1:]) + "\\n")
if os.environ.get("FAKE_FAILURE"):
    sys.exit(os.environ["FAKE_FAILURE"])
if sys.argv[1:] == ["-l"]:
    if not table.exists():
        sys.exit("no crontab for nobody")
    sys.stdout.write(table.read_text())
elif sys.argv[1:] == ["-"]:
    table.write_text(sys.stdin.read())
"""


@pytest.fixture
def job(tmp_path) -> Callable[..., Job]:
    """`job("06:00", "mon@07:00")` is the schedule of a target called acme."""

    def build(daily: str = "", weekly: str = "", **keys: str) -> Job:
        plans = [Plan.parse("daily", daily)] if daily else []
        plans += [Plan.parse("weekly", weekly)] if weekly else []
        places = (tmp_path / "a project" / "params", tmp_path / "a project" / "reports")
        return Job(keys.pop("name", "acme"), "acme", tuple(plans), *places, **{"python": sys.executable, **keys})

    return build


@pytest.fixture
def program(tmp_path, monkeypatch) -> Callable[[str], Path]:
    """`program("crontab")` puts a fake of that name on the PATH and gives the file that it keeps its table in."""

    def install(name: str) -> Path:
        place = tmp_path / "bin"
        place.mkdir()
        path = place / name
        path.write_text(CRONTAB.format(python=sys.executable), encoding="utf-8")
        path.chmod(0o755)
        monkeypatch.setenv("PATH", f"{place}{os.pathsep}{os.environ['PATH']}")
        monkeypatch.setenv("FAKE_TABLE", str(tmp_path / "table"))
        monkeypatch.setenv("FAKE_LOG", str(tmp_path / "log"))
        return tmp_path / "table"

    return install
