"""cron: a target's lines are put between markers and taken out again; every other line stays as it is."""

import re
import shlex

import pytest
from readiness.errors import BadInput, RunFailed
from readiness.schedule import cron

OTHERS = "MAILTO=me@example.com\n# mine\n*/5 * * * * /usr/bin/true # readiness schedule acme\n"


def test_lines_hold_times_zone_and_a_command_of_absolute_paths(job):
    rows = cron.lines(job("06:00", "mon@07:05")).splitlines()
    assert rows[0].endswith("acme >>>") and rows[-1].endswith("acme <<<")
    assert rows[1].startswith("# times are those of this machine: ")
    assert [" ".join(row.split()[:5]) for row in rows[2:-1]] == [
        "0 6 * * *",
        "45 * * * *",
        "5 7 * * 1",
        "50 * * * *",
    ]
    command = shlex.split(rows[2].split(maxsplit=5)[5])
    assert command[1:6] == ["-m", "readiness", "scheduled", "acme", "--daily"]
    assert any(part.endswith("a project/params") for part in command)
    assert " 0" in cron.lines(job(weekly="sun@01:00")).splitlines()[2]


def test_a_percent_sign_does_not_end_the_command(job):
    assert r"/opt/50\%/python" in cron.lines(job("06:00", python="/opt/50%/python"))


def test_what_cannot_stand_in_one_line_is_refused(job):
    with pytest.raises(BadInput, match="without control characters"):
        job("06:00", python="/opt/x\n* * * * * evil")


def test_installing_twice_is_installing_once_and_removing_leaves_the_rest(job, program, tmp_path):
    table = program("crontab")
    table.write_text(OTHERS, encoding="utf-8")
    assert cron.install(job("06:00")) is True
    once = table.read_text(encoding="utf-8")
    assert cron.install(job("06:00")) is False
    assert cron.install(job("06:00", name="other")) is True
    assert cron.install(job("08:30")) is True
    text = table.read_text(encoding="utf-8")
    assert text.startswith(OTHERS) and once.startswith(OTHERS)
    assert len(re.findall(r"^30 8 \* \* \*", text, re.M)) == 1
    assert len(re.findall(r"^0 6 \* \* \*", text, re.M)) == 1  # the other target's
    assert cron.remove("acme") is True and cron.remove("other") is True
    assert table.read_text(encoding="utf-8") == OTHERS
    assert cron.remove("acme") is False
    assert (tmp_path / "log").read_text(encoding="utf-8").splitlines().count("-") == 5


def test_a_user_without_a_crontab_gets_one(job, program):
    table = program("crontab")
    cron.install(job("06:00"))
    assert table.read_text(encoding="utf-8") == cron.lines(job("06:00"))


def test_a_last_line_without_an_end_is_not_joined_to_ours(job, program):
    table = program("crontab")
    table.write_text("0 0 * * * /usr/bin/true", encoding="utf-8")
    cron.install(job("06:00"))
    assert table.read_text(encoding="utf-8").splitlines()[0] == "0 0 * * * /usr/bin/true"


def test_a_crontab_that_cannot_be_read_is_never_written_over(job, program, monkeypatch, tmp_path):
    table = program("crontab")
    table.write_text(OTHERS, encoding="utf-8")
    monkeypatch.setenv("FAKE_FAILURE", "you are not allowed to use this program")
    with pytest.raises(RunFailed, match="crontab -l: you are not allowed"):
        cron.install(job("06:00"))
    assert table.read_text(encoding="utf-8") == OTHERS
    assert (tmp_path / "log").read_text(encoding="utf-8") == "-l\n"


def test_markers_that_were_spoiled_are_left_alone(job, program):
    table = program("crontab")
    spoiled = OTHERS + "# >>> readiness schedule acme >>>\n0 6 * * * x\n"
    table.write_text(spoiled, encoding="utf-8")
    with pytest.raises(BadInput, match="mend it by hand"):
        cron.install(job("07:00"))
    assert table.read_text(encoding="utf-8") == spoiled


def test_without_cron_it_says_so(job, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BadInput, match="no such program on the PATH"):
        cron.install(job("06:00"))
