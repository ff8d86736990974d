"""`readiness history` and `readiness prune`, in this process."""

from datetime import timedelta

import pytest
from click.testing import CliRunner
from readiness.assessment import Parameters, assess
from readiness.cli import cli
from readiness.run import RunFolder

from .conftest import NOW


@pytest.fixture
def reports(params, evidence_of, tmp_path):
    """Five runs, a day apart; the second is a no-go."""
    parameters = Parameters.load("one", params)
    for day, flag in enumerate((True, False, True, True, True)):
        at = NOW + timedelta(days=day)
        evidence = evidence_of({"a.flag": flag, "b.count": 7}, observed_at=at)
        folder = RunFolder(tmp_path / "reports" / "one" / f"{at:%Y-%m-%dT%H%M%SZ}")
        evidence.to_parquet(folder.path / "evidence.parquet", index=False)
        folder.save_assessment(assess(evidence, parameters, at))
        folder.save_json("manifest.json", {"catalogue": "abc"})
    return tmp_path / "reports" / "one"


def run(*arguments):
    done = CliRunner().invoke(cli, [str(item) for item in arguments], standalone_mode=False)
    assert done.exception is None, done.exception
    return done.output.splitlines()


def test_history_is_a_line_a_run_with_verdict_score_and_movement(params, reports):
    told = run("history", "one", "--params", params)
    assert [line.split()[0] for line in told[1:6]] == sorted(path.name for path in reports.glob("2026*"))
    assert "go 100" in told[1]
    assert "no-go 0" in told[2]
    assert "-100" in told[2]
    assert "+100" in told[3]
    assert told[6].startswith("unsteady in the last 10 runs: infrastructure.sound")
    assert told[7] == "  infrastructure.sound: a.flag is true: held in 4 of 5"
    assert len(told) == 7 + 10


def test_a_run_whose_evidence_is_gone_is_left_out_of_what_criteria_said(params, reports):
    for path in sorted(reports.glob("2026*"))[3:]:
        (path / "evidence.parquet").unlink()
    assert run("history", "one", "--params", params)[7] == "  infrastructure.sound: a.flag is true: held in 2 of 3"


def test_no_runs_are_said(params):
    assert run("history", "two", "--params", params) == ["no runs yet; `readiness run two` makes one"]


def test_prune_shows_first_and_removes_only_with_yes(params, reports):
    before = sorted(path.name for path in reports.glob("2026*"))
    (reports / "notes").mkdir()
    keep = ("--keep-daily", 0, "--keep-weekly", 0)
    told = run("prune", "one", "--params", params, *keep)
    assert told == [f"would remove one/{before[3]}", "4 kept, 1 to remove with --yes"]
    assert sorted(path.name for path in reports.glob("2026*")) == before
    run("prune", "one", "--params", params, *keep, "--yes")
    assert sorted(path.name for path in reports.glob("2026*")) == before[:3] + before[4:]
    assert (reports / "notes").is_dir()
