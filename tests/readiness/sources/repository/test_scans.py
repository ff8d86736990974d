"""Scans: a kind counts where its report is whole and of this week; no secret that a scan found is kept."""

import json

import pytest

KINDS = ("static", "dependencies", "secrets", "dynamic", "authorization", "image")


def sarif(*results, tool="semgrep", ended="2026-03-01T10:00:00Z", done=True, **run):
    call = {"executionSuccessful": done, **({"endTimeUtc": ended} if ended else {})}
    driver = {"name": tool, "rules": run.pop("rules", [])}
    return {
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "invocations": [call], "results": list(results), **run}],
    }


HIGH = {"ruleId": "a", "level": "error"}


@pytest.fixture
def scans(repo, build, look):
    async def ask(subject="scans", days=0.5, **reports):
        repo.commit({"a.py": ""})
        files = {kind: f"{kind}.{'xml' if isinstance(told, str) else 'sarif'}" for kind, told in reports.items()}
        folder = build({files[kind]: told for kind, told in reports.items() if told is not None}, days)
        return await look(subject, artefacts={"folder": str(folder), "scans": files})

    return ask


async def test_six_kinds_without_a_high_finding_pass(scans):
    reports = {kind: sarif(tool=kind) for kind in KINDS[:4]}
    matrix = "<testsuite><testcase classname='a' name='b'/></testsuite>"
    seen = await scans(**reports, authorization=matrix, image=sarif({"ruleId": "b", "level": "warning"}))
    assert (seen.value("scans.kinds"), seen.value("scans.high")) == (6, 0)


@pytest.mark.parametrize(
    ("kind", "report", "high"),
    [
        ("static", sarif(HIGH), 1),
        ("secrets", sarif({"ruleId": "aws-key"}), 1),
        ("static", sarif({"ruleId": "b", "level": "warning"}), 0),
        ("authorization", "<testsuite><testcase classname='a' name='b'><failure/></testcase></testsuite>", 1),
    ],
)
async def test_findings_of_high_severity_are_counted(scans, kind, report, high):
    assert (await scans(**{kind: report})).value("scans.high") == high


async def test_one_report_for_three_kinds_is_one(scans):
    seen = await scans(static=sarif(), dependencies=sarif(), secrets=sarif())
    assert seen.value("scans.kinds") == 1


@pytest.mark.parametrize(
    "report",
    [sarif(done=False), sarif(ended="2026-02-01T10:00:00Z"), "<testsuite/>"],
    ids=["did not succeed", "a month old", "no test"],
)
async def test_a_scan_that_did_not_run_this_week_is_no_scan(scans, report):
    seen = await scans(dynamic=report)
    assert seen.value("scans.kinds") == 0
    assert seen["scans.high"].reason == "no scan ran to its end within a week"


async def test_the_age_of_a_report_that_tells_none_is_that_of_its_file(scans):
    assert (await scans(static=sarif(ended=""), days=6)).value("scans.kinds") == 1
    assert (await scans(static=sarif(ended=""), days=8)).value("scans.kinds") == 0


async def test_a_report_that_cannot_be_read_leaves_open_what_it_found(scans):
    seen = await scans(static=sarif(), dynamic=None)
    assert (seen["scans.kinds"].low, seen["scans.kinds"].high) == (1, 2)
    assert "dynamic.sarif is not in the folder" in seen["scans.high"].reason
    assert (await scans(static=sarif(HIGH), dynamic=None)).value("scans.high") == 1
    assert "dynamic.sarif" in (await scans(dynamic=None))["scans.kinds"].reason


async def test_sql_built_from_strings_is_counted_over_the_files_that_were_analysed(scans):
    files = {"properties": {"metrics": {"_totals": {}, "a.py": {}}}}
    seen = await scans("sast", static=sarif(tool="Bandit", **files))
    assert (seen.value("sast.files"), seen.value("sast.sql_findings")) == (1, 0)
    seen = await scans("sast", static=sarif({"ruleId": "B608"}, tool="Bandit", **files))
    assert seen.value("sast.sql_findings") == 1


async def test_a_tool_without_a_rule_for_it_says_nothing_of_sql(scans):
    seen = await scans("sast", static=sarif(tool="other", rules=[{"id": "no-eval"}]))
    assert seen["sast.sql_findings"].reason == "other has no rule for SQL that is built from strings"
    assert "does not tell which files" in seen["sast.files"].reason
    seen = await scans("sast", static=sarif(tool="Bandit", done=False))
    assert seen["sast.sql_findings"].reason == "the analysis did not run to its end"


SECRET = "AKIAIOSFODNN7EXAMPLE"
LEAK = {
    "ruleId": "aws-access-token",
    "message": {"text": f"found {SECRET}"},
    "locations": [{"physicalLocation": {"region": {"snippet": {"text": SECRET}}}}],
}


async def test_a_scan_of_the_whole_history_that_found_nothing_passes(scans):
    seen = await scans("secrets", secrets=sarif(tool="gitleaks", properties={"commits": 1}))
    assert (seen.value("secrets.in_history"), seen.value("secrets.commits_read")) == (0, 1)


async def test_a_secret_in_history_is_counted_and_never_kept(scans):
    seen = await scans("secrets", secrets=sarif(LEAK, tool="gitleaks", properties={"commits": 1}))
    assert seen.value("secrets.in_history") == 1
    assert SECRET not in json.dumps(seen.survey.exchanges)


async def test_a_scan_of_a_part_of_the_history_has_found_nothing_yet(repo, build, look):
    for number in range(10):
        repo.commit({"a.py": f"x = {number}\n"})
    reports = {"secrets.sarif": sarif(tool="gitleaks"), "log": "8:00AM INF 3 commits scanned."}
    artefacts = {"folder": str(build(reports)), "scans": {"secrets": "secrets.sarif"}}
    seen = await look("secrets", artefacts={**artefacts, "secrets_log": "log"})
    assert seen.value("secrets.commits_read") == 3
    assert seen["secrets.in_history"].reason == "the scan read 3 commits of 10"
    seen = await look("secrets", artefacts=artefacts)
    assert "secrets_log" in seen["secrets.commits_read"].permission
