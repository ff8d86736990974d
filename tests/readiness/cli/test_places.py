"""Commands that read runs say the same of a folder and of an object store, each in this process."""

import shutil
from datetime import timedelta

import pytest
from click.testing import CliRunner
from readiness import snapshot
from readiness.assessment import Parameters, assess
from readiness.cli import cli
from readiness.reports import Reports
from readiness.run import RunFolder

from ..conftest import NOW

WEEKS = 6


@pytest.fixture
def folder(params, evidence_of, tmp_path):
    """Six runs, a week apart; in the last the count is higher, and each was judged a day after it observed."""
    parameters = Parameters.load("one", params)
    for week in range(WEEKS):
        at = NOW + timedelta(days=7 * week)
        evidence = evidence_of({"a.flag": True, "b.count": 7 if week == WEEKS - 1 else 3}, observed_at=at)
        run = RunFolder(tmp_path / "reports" / "one" / f"{at:%Y-%m-%dT%H%M%SZ}")
        evidence.to_parquet(run.path / "evidence.parquet", index=False)
        judged = at + timedelta(hours=1)
        run.save_assessment(assess(evidence, parameters, judged))
        run.save_json("manifest.json", {"judged_at": judged.isoformat(), "stage": "beta", "catalogue": "abc"})
        (run.path / snapshot.NAME).write_bytes(snapshot.take("one", params))
        (run.path / "badge.svg").write_text("<svg/>", encoding="utf-8")
    return tmp_path / "reports"


@pytest.fixture(params=["folder", "store"])
def place(request, folder):
    """Where the runs are; in an object store, they are nowhere else."""
    if request.param == "folder":
        return folder
    store = Reports.of(request.getfixturevalue("store"))
    for run in sorted((folder / "one").iterdir()):
        store.publish(run, "one")
    shutil.rmtree(folder)
    return store.place


def run(params, place, *arguments):
    arguments = [*arguments, "--params", params, "--reports", place]
    done = CliRunner().invoke(cli, [str(item) for item in arguments], standalone_mode=False)
    assert done.exception is None, done.exception
    return done.stdout.splitlines(), done.return_value


def test_what_moved_between_the_newest_runs_and_between_named_ones(params, place):
    told, code = run(params, place, "diff", "one", "--stage", "beta")
    assert code == 1
    assert told[0] == "beta: 50.0 → 100.0  (2026-03-30T090000Z → 2026-04-06T090000Z)"
    assert "        b.count: 3 → 7" in told
    named = run(params, place, "diff", "one/2026-03-02T090000Z", "one/2026-03-09T090000Z", "--stage", "beta")
    assert named == (["beta: 50.0 → 50.0  (2026-03-02T090000Z → 2026-03-09T090000Z)"], 0)


def test_the_path_of_the_newest_run(params, place):
    assert run(params, place, "path", "one", "--stage", "beta") == (
        ["beta is a go in the run of 2026-04-06T090000Z"],
        0,
    )


def test_a_gate_that_demands_steadiness_looks_at_the_runs_before(params, place):
    path = params / "gates.yaml"
    text = path.read_text(encoding="utf-8").replace("    minimum: 50", "    minimum: 50\n    steady_runs: 3")
    path.write_text(text, encoding="utf-8")
    told, code = run(params, place, "rescore", "one")
    beta = ["beta: go, 100.0 of 50 → no-go, 100.0 of 50", "  steady: Sound: held in 1 of the last 3 runs, 3 needed"]
    assert (told[:3], code) == (["alpha: go, 100.0 of 50", *beta], 1)
    assert run(params, place, "rescore", "one/2026-03-09T090000Z")[0][1] == (
        "  steady: 2 runs so far, 3 needed to tell what is steady"
    )
    told, _ = run(params, place, "path", "one", "--stage", "beta")
    assert told == ["beta is a go in the run of 2026-04-06T090000Z; its gate looks at earlier runs as well"]


def test_dates_and_that_there_are_none(params, place):
    told, _ = run(params, place, "forecast", "one")
    assert told[1] == "beta: the points are there, and what is mandatory"
    assert told[-1].startswith("What a category needs")


def test_a_run_and_every_run_judged_again(params, place):
    assert run(params, place, "rescore", "one")[1] == 0
    path = params / "catalog" / "data.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("beta: 5", "beta: 9"), encoding="utf-8")
    told, code = run(params, place, "rescore", "one/2026-04-06T090000Z")
    assert code == 1 and told[1] == "beta: go, 100.0 of 50 → go, 95.0 of 50"
    every, _ = run(params, place, "rescore", "one", "--all")
    assert [line[:18] for line in every] == sorted(f"2026-{day}T090000Z" for day in _days())
    assert every[-1].split("  ")[2] == "beta go 95.0"


def _days():
    return [f"{NOW + timedelta(days=7 * week):%m-%d}" for week in range(WEEKS)]


def test_the_results_of_a_run_for_other_programs(params, place):
    told, _ = run(params, place, "export", "one/2026-04-06T090000Z", "--format", "markdown", "--stage", "beta")
    assert "score 100.0 of 100" in "\n".join(told)


def test_the_page_of_all_runs_is_written_there(params, place):
    told, _ = run(params, place, "index")
    assert told == [f"{place}/index.html"]
    reports = Reports.of(place)
    assert reports.read("index.html").count(b"/report.html") == WEEKS + 1
    assert reports.read("one", "badge.svg") == b"<svg/>"


def test_what_was_lacking(params, place):
    assert run(params, place, "permissions", "one") == (["nothing is missing"], 0)


@pytest.mark.parametrize("command", ["path", "permissions", "rescore", "export"])
def test_a_target_without_runs_is_one_line(params, place, command):
    done = CliRunner().invoke(cli, [command, "two", "--params", str(params), "--reports", str(place)])
    assert str(done.exception).startswith(f"{place}/two: expected a published run there")


def test_evidence_is_as_old_as_it_was_when_the_run_was_judged(params, folder):
    newest = RunFolder(max((folder / "one").iterdir()))
    newest.save_json("manifest.json", {"judged_at": "2026-04-20T09:00:00+00:00"})
    told, _ = run(params, folder, "path", "one", "--stage", "beta")
    assert "is a go" not in told[0]
