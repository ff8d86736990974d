"""The ledger: what a run made is known after any crash, and to its owner alone."""

import json
import subprocess
import sys
from datetime import UTC, datetime

import pytest
from readiness.accounts.ledger import Entry, Ledger, left_behind, state_folder
from readiness.errors import RunFailed

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
ANA = Entry("readiness+1@example.com", "a-password", made=True)


def ledger(folder, run="r1"):
    return Ledger("fake", run, NOW, folder)


def test_what_was_made_is_read_again(tmp_path):
    written = ledger(tmp_path)
    written.add(ANA)
    written.add(Entry(id="i1", operation="import_undo"))
    (found,) = left_behind("fake", tmp_path)
    assert list(found) == [ANA, Entry(id="i1", operation="import_undo")]
    assert found.run == "r1"


def test_nothing_stays_when_all_is_gone(tmp_path):
    written = ledger(tmp_path)
    written.add(ANA)
    written.strike(ANA)
    assert left_behind("fake", tmp_path) == []
    assert not written.path.exists()


def test_only_its_owner_can_read_it(tmp_path):
    written = ledger(tmp_path)
    written.add(ANA)
    assert written.path.stat().st_mode & 0o077 == 0


def test_a_line_that_a_crash_cut_off_costs_nothing_else(tmp_path):
    written = ledger(tmp_path)
    written.add(ANA)
    with written.path.open("a") as file:
        file.write('{"add": {"email": "readi')
    assert list(left_behind("fake", tmp_path)[0]) == [ANA]


def test_a_file_of_something_else_is_no_ledger(tmp_path):
    (tmp_path / "fake").mkdir()
    (tmp_path / "fake" / "x.jsonl").write_text("hello\n")
    assert left_behind("fake", tmp_path) == []


def test_what_cannot_be_written_down_must_not_be_made(tmp_path):
    (tmp_path / "fake").write_text("a file where the folder should be")
    with pytest.raises(RunFailed, match="the list of test accounts cannot be written"):
        ledger(tmp_path).add(ANA)


def test_a_run_that_is_still_going_is_told_from_one_that_ended(tmp_path):
    code = (
        "import sys, time, datetime as dt; from pathlib import Path; from readiness.accounts.ledger import Entry, Ledger\n"  # noqa: E501
        "Ledger('fake', 'r2', dt.datetime.now(dt.UTC), Path(sys.argv[1])).add(Entry('a@example.com'))\n"
        "print('written', flush=True); time.sleep(30)"
    )
    child = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert child.stdout.readline() == "written\n"
    (found,) = left_behind("fake", tmp_path)
    assert found.alive
    child.kill()
    child.wait()
    assert not found.alive
    child.stdout.close()


def test_an_entry_never_prints_its_password_as_its_name():
    assert ANA.password not in ANA.name
    assert Entry(id="7", operation="import_undo").name == "import_undo 7"


def test_the_state_folder_can_be_named(monkeypatch, tmp_path):
    monkeypatch.setenv("READINESS_STATE", str(tmp_path))
    assert state_folder() == tmp_path
    monkeypatch.delenv("READINESS_STATE")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert state_folder() == tmp_path / "readiness"


def test_the_first_line_says_whose_it_is(tmp_path):
    written = ledger(tmp_path)
    written.add(ANA)
    head = json.loads(written.path.read_text().splitlines()[0])
    assert head["target"] == "fake"
    assert head["at"] == "2026-03-02T09:00:00+00:00"
