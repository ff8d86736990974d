"""Workflows: a job that can be green without having done anything is found out."""

import pytest
from readiness.artefacts import Unreadable
from readiness.artefacts.workflow import workflow

WHOLE = """
name: restore
on:
  schedule: [{cron: "0 4 * * 1"}]
jobs:
  restore:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: |
          set -euo pipefail
          pg_restore --dbname scratch newest.dump
"""


def test_a_workflow_says_what_it_runs_and_when():
    read = workflow(WHOLE.encode())
    assert (read.scheduled, read.excuses) == (True, ())
    assert read.commands == ("pg_restore --dbname scratch newest.dump",)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('[ -f backup.sh ] || echo "backup.sh not found, skipping"', "passed over"),
        ('if [ ! -f backup.sh ]; then echo "not found, skipping"; fi', "says that it skips"),
        ("./restore.sh || true", "passed over"),
        ('test -n "$KEY" || exit 0', "passed over"),
        ("exit 0", "ends early"),
        ("set +e", "errors are passed over"),
    ],
)
def test_how_it_can_be_green_without_having_worked_is_told(line, words):
    read = workflow(WHOLE.replace("set -euo pipefail", line).encode())
    assert words in read.excuses[0]


def test_errors_that_do_not_matter_to_it_are_told():
    read = workflow(WHOLE.replace("runs-on: ubuntu-latest", "continue-on-error: true").encode())
    assert read.excuses == ("continue-on-error is set",)


def test_one_that_only_speaks_does_nothing():
    assert workflow(WHOLE.replace("pg_restore --dbname scratch newest.dump", 'echo "restored"').encode()).commands == ()


def test_one_that_a_person_starts_is_not_scheduled():
    assert not workflow(WHOLE.replace('schedule: [{cron: "0 4 * * 1"}]', "workflow_dispatch:").encode()).scheduled


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("on: [push\njobs: {", "is not valid YAML"),
        ("a: &a [1]\nb: *a", "uses YAML aliases"),
        ("name: x", "is no workflow"),
        ("[" * 100 + "]" * 100, "nested too deeply"),
        ("on: push\njobs:\n\t- x", "is not valid YAML"),
    ],
)
def test_what_github_would_not_load_is_refused_with_the_reason(text, words):
    with pytest.raises(Unreadable, match=words):
        workflow(text.encode())
