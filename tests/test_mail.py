"""docs/mail.md is true: its example is read, its commands are understood, its occasions and times are the code's."""

import re
from pathlib import Path
from typing import get_args

import yaml
from readiness.cli import cli
from readiness.mail.declaration import When
from readiness.mail.outbox import FIRST, FOLDER, GIVE_UP, MOST
from readiness.target import Target

ROOT = Path(__file__).parent.parent
DOCS = (ROOT / "docs" / "mail.md").read_text(encoding="utf-8")


def test_the_example_is_a_target_file_s():
    (example,) = re.findall(r"```yaml\n(.*?)```", DOCS, re.S)
    values = {"name": "acme", "title": "Acme", "production": "https://api.acme.example", **yaml.safe_load(example)}
    target = Target.model_validate(values)
    assert target.mail and target.notify
    assert {each.when for each in target.mail.lists} == {"weekly", "change", "failed"}


def test_commands_of_the_page_are_understood():
    commands = [line.split("#")[0].split() for line in re.findall(r"^readiness .*$", DOCS, re.M)]
    assert len(commands) == 4
    for command in commands:
        known = {name for option in cli.commands[command[1]].params for name in option.opts}
        assert {part for part in command if part.startswith("--")} <= known


def test_every_occasion_is_told_and_the_times_are_those_of_the_code():
    assert re.findall(r"^\| `(\w+)` \|", DOCS, re.M)[1:] == list(get_args(When))
    assert f"reports/<target>/{FOLDER}/" in DOCS
    minutes, hours = FIRST.total_seconds() / 60, MOST.total_seconds() / 3600
    assert f"after {minutes:g}, {2 * minutes:g}, {4 * minutes:g}, … minutes, at most {hours:g} hours" in DOCS
    assert f"given up after {GIVE_UP.days} days" in DOCS
