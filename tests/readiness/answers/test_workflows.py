"""Workflows: the newest completed run of each decides; a missing required one has not passed."""

from readiness.answers.workflows import Verdict, judged, success_pct


def run(name, number, conclusion="success", status="completed", attempt=1):
    path = f".github/workflows/{name}.yml@refs/heads/main"
    keys = {"workflow_id": name, "name": name.title(), "path": path, "run_number": number, "run_attempt": attempt}
    return keys | {"status": status, "conclusion": conclusion, "created_at": f"2026-03-01T00:{number:02d}:00Z"}


def test_the_newest_completed_run_decides():
    assert judged([run("tests", 2), run("tests", 1, "failure")]) == Verdict(1, 0)
    assert judged([run("tests", 2, "failure", attempt=1), run("tests", 2, attempt=2)]) == Verdict(1, 0)
    assert judged([run("tests", 2, "cancelled"), run("tests", 1)]) == Verdict(1, 1)


def test_a_run_under_way_is_waited_for_only_where_there_is_no_other():
    assert judged([run("tests", 1), run("tests", 2, None, "in_progress")]) == Verdict(1, 0)
    assert judged([run("lint", 1), run("tests", 2, None, "queued")]) == Verdict(1, None, "Tests")


def test_a_required_workflow_is_known_by_name_path_or_file():
    runs = [run("tests", 1), run("lint", 1, "failure"), run("docs", 1, "skipped")]
    assert judged(runs, ["Tests", "tests.yml", ".github/workflows/tests.yml"]) == Verdict(1, 0)
    assert judged(runs, ["tests.yml", "scan.yml"]) == Verdict(1, 1)
    assert judged(runs, ["docs.yml"]) == Verdict(1, 1)


def test_what_was_passed_over_counts_neither_way():
    assert judged([run("docs", 1, "skipped")]) == Verdict(0, None)
    assert judged([]) == Verdict(0, None)
    assert success_pct([run("docs", 1, "neutral")], 20) is None


def test_the_share_is_of_the_newest_runs():
    assert (
        success_pct([run("tests", number, "failure" if number < 10 else "success") for number in range(30)], 20) == 100
    )
    assert success_pct([run("tests", 1, "failure"), run("tests", 2)], 20) == 50
