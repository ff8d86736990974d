"""The contract: each expectation has a frame that breaks it, and the breach names the expectation and the rows.

great-expectations takes seconds to import, so all of it is tested here, through one process that imports it once.
"""

import multiprocessing
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
from readiness.contract import Contract
from readiness.errors import RunFailed
from readiness.judge import judge

from .conftest import NOW


@pytest.fixture(scope="module")
def contract():
    with Contract() as contract:
        yield contract


@pytest.fixture
def breaches_of(contract):
    """`breaches_of(frame, suite)` is what the contract says is wrong with it, one line an expectation."""

    def check(frame, suite):
        try:
            contract.hold(frame, suite)
        except RunFailed as broken:
            lines = str(broken).splitlines()
            assert all(line.startswith(f"contract on {suite}: ") for line in lines)
            return [line.removeprefix(f"contract on {suite}: ") for line in lines]
        return []

    return check


@pytest.fixture
def evidence(evidence_of):
    return evidence_of({"a.flag": True, "a.gone": None, "a.ms": 5.0, "a.text": "x"})


@pytest.fixture
def findings(catalogue_of, evidence_of):
    criteria = {
        name: {"criteria": [{"fact": name, "is": True}]} for name in ("security.one", "security.two", "api.one")
    }
    values = {"security.one": True, "security.two": False}
    return judge(evidence_of(values), catalogue_of(criteria), now=NOW, partial_credit=0.5)


def test_sound_frames_have_no_breaches(breaches_of, evidence, findings):
    before = evidence.copy(deep=True), findings.copy(deep=True)
    assert breaches_of(evidence, "evidence") == []
    assert breaches_of(findings, "findings") == []
    assert evidence.equals(before[0]) and findings.equals(before[1])


def change(column, value, row=0):
    def spoil(frame):
        frame.loc[row, column] = value

    return spoil


def twice(frame):
    frame.loc[len(frame)] = frame.loc[0]


ONE_VALUE = "expected exactly one value where observed, none elsewhere"


# rows of the evidence frame: 0 a.flag, 1 a.gone (unavailable), 2 a.ms, 3 a.text
@pytest.mark.parametrize(
    ("spoil", "breach"),
    [
        (twice, "expected each fact of a target once; broken on rows 0 (a.flag), 4 (a.flag)"),
        (change("fact", "No Fact"), "expected fact names; broken on row 0 (No Fact)"),
        (change("fact", None), "expected a fact on every row; broken on row 0 (nan)"),
        (change("target", None, 2), "expected a target on every row; broken on row 2 (a.ms)"),
        (change("status", "fine", 1), "expected known statuses; broken on row 1 (a.gone)"),
        (change("status", None, 1), "expected a status on every row; broken on row 1 (a.gone)"),
        (change("observed_at", pd.NaT, 1), "expected a time of observation; broken on row 1 (a.gone)"),
        (change("max_age", pd.NaT, 2), "expected a maximum age; broken on row 2 (a.ms)"),
        (change("boolean", pd.NA), f"{ONE_VALUE}; broken on row 0 (a.flag)"),
        (change("number", 1.0), f"{ONE_VALUE}; broken on row 0 (a.flag)"),
        (change("text", "x", 1), f"{ONE_VALUE}; broken on row 1 (a.gone)"),
        (change("digest", "", 2), "expected an observed value names its source and exchange; broken on row 2 (a.ms)"),
        (change("source", "", 3), "expected an observed value names its source and exchange; broken on row 3 (a.text)"),
        (change("reason", "", 1), "expected a reason wherever there is no value; broken on row 1 (a.gone)"),
        (change("low", 6.0, 2), "expected low at most the value, the value at most high; broken on row 2 (a.ms)"),
        (change(["low", "high"], [6.0, 9.0], 2), "expected low at most the value, the value at most high"),
        (change(["low", "high"], [1.0, 4.0], 2), "expected low at most the value, the value at most high"),
    ],
)  # fmt: skip
def test_evidence_that_is_not_fit_to_be_scored_is_told_by_its_rows(breaches_of, evidence, spoil, breach):
    spoil(evidence)
    told = breaches_of(evidence, "evidence")
    assert any(line.startswith(breach) for line in told), told


# rows of the findings frame at alpha: 0 security.one (met), 1 security.two (unmet), 2 api.one (unknown)
@pytest.mark.parametrize(
    ("spoil", "breach"),
    [
        (twice, "expected each requirement once a target and stage; broken on rows 0 (security.one), 9 (security.one)"),
        (change("stage", "gamma"), "expected known stages; broken on row 0 (security.one)"),
        (change("status", "green"), "expected known statuses; broken on row 0 (security.one)"),
        (change("status", None), "expected a status on every row; broken on row 0 (security.one)"),
        (change("floor", -0.5, 1), "expected floor from 0 to 1; broken on row 1 (security.two)"),
        (change("ceiling", 1.5, 2), "expected ceiling 0 to 1; broken on row 2 (api.one)"),
        (change("weight", -1.0), "expected no negative weight; broken on row 0 (security.one)"),
        (change("weight", float("nan")), "expected a weight on every row; broken on row 0 (security.one)"),
        (change("floor", float("nan")), "expected floor at most ceiling; broken on row 0 (security.one)"),
        (change("reason", ""), "expected a reason; broken on row 0 (security.one)"),
        (change("reason", None), "expected a reason on every row; broken on row 0 (security.one)"),
        (change("ceiling", 0.5), "expected floor at most ceiling; broken on row 0 (security.one)"),
        (change("status", "met", 2), "expected known exactly where floor and ceiling agree; broken on row 2 (api.one)"),
        (change("status", "unknown"), "expected known exactly where floor and ceiling agree; broken on row 0"),
    ],
)
def test_findings_that_are_not_fit_to_be_scored_are_told_by_their_rows(breaches_of, findings, spoil, breach):
    spoil(findings)
    told = breaches_of(findings, "findings")
    assert any(line.startswith(breach) for line in told), told


@pytest.mark.parametrize("suite", ["evidence", "findings"])
def test_a_frame_without_rows_or_columns_is_refused(breaches_of, request, suite):
    frame = request.getfixturevalue(suite)
    (told,) = breaches_of(frame.iloc[:0], suite)
    assert told.startswith("expected there ")
    assert told.endswith("at all; got 0")
    assert breaches_of(frame.drop(columns=["status", "reason"]), suite) == ["columns status, reason are missing"]


def test_of_many_rows_a_few_are_named_and_all_are_counted(breaches_of, evidence_of):
    evidence = evidence_of({f"a.f{n}": True for n in range(9)})
    evidence["digest"] = ""
    (told,) = breaches_of(evidence, "evidence")
    assert told.endswith("broken on rows 0 (a.f0), 1 (a.f1), 2 (a.f2), 3 (a.f3), 4 (a.f4) and 4 more")


def test_the_process_that_checks_does_not_outlive_a_run_that_is_killed():
    code = (
        "import multiprocessing, time; from readiness.contract import Contract\n"
        "if __name__ == '__main__':\n    with Contract():\n"
        "        print(multiprocessing.active_children()[0].pid, flush=True); time.sleep(60)"
    )
    run = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert run.stdout
    checking = Path("/proc", run.stdout.readline().strip())
    assert checking.exists()
    run.kill()
    run.wait()
    run.stdout.close()
    end = time.monotonic() + 60
    while checking.exists() and time.monotonic() < end:
        time.sleep(0.05)
    assert not checking.exists()


def test_a_process_that_was_killed_is_a_run_that_failed(evidence):
    before = multiprocessing.active_children()
    with Contract() as contract:
        for process in multiprocessing.active_children():
            if process not in before:
                process.kill()
        with pytest.raises(RunFailed, match="contract on evidence: the process that checks it was ended"):
            contract.hold(evidence, "evidence")
