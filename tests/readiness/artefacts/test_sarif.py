"""SARIF: findings are counted by severity; those that were dismissed, or are gone, do not count."""

import json
from datetime import UTC, datetime

import pytest
from readiness.artefacts import Unreadable
from readiness.artefacts.sarif import commits_in, scan


def report(*results, tool="semgrep", rules=(), **run):
    driver = {"name": tool, "rules": list(rules)}
    return json.dumps(
        {"version": "2.1.0", "runs": [{"tool": {"driver": driver}, "results": list(results), **run}]}
    ).encode()


def test_high_is_the_level_error_or_a_score_of_seven():
    rules = [
        {"id": "a", "properties": {"security-severity": "9.1"}},
        {"id": "b", "properties": {"security-severity": "4.0"}},
        {"id": "c", "defaultConfiguration": {"level": "error"}},
    ]
    results = [{"ruleId": "a", "level": "note"}, {"ruleId": "b", "level": "error"}, {"ruleIndex": 2}, {"ruleId": "d"}]
    assert (scan(report(*results, rules=rules)).findings, scan(report(*results, rules=rules)).high) == (4, 2)


@pytest.mark.parametrize(
    "result",
    [
        {"suppressions": [{"kind": "inSource"}]},
        {"suppressions": [{"kind": "external", "status": "accepted"}]},
        {"baselineState": "absent"},
        {"kind": "pass"},
    ],
)
def test_a_finding_that_does_not_stand_does_not_count(result):
    assert scan(report({"ruleId": "a", "level": "error", **result})).findings == 0


def test_a_suppression_that_was_rejected_leaves_the_finding():
    assert scan(report({"ruleId": "a", "suppressions": [{"kind": "external", "status": "rejected"}]})).findings == 1


@pytest.mark.parametrize(
    ("rule", "sql"),
    [
        ({"id": "B608"}, True),
        ({"id": "py/sql-injection"}, True),
        ({"id": "x", "properties": {"tags": ["external/cwe/cwe-089"]}}, True),
        ({"id": "x", "properties": {"tags": ["CWE-89: Improper Neutralization"]}}, True),
        ({"id": "x", "relationships": [{"target": {"id": "89"}}]}, True),
        ({"id": "B105"}, False),
        ({"id": "x", "properties": {"tags": ["CWE-890"]}}, False),
    ],
)
def test_sql_built_from_strings_is_known_by_rule_or_weakness(rule, sql):
    read = scan(report({"ruleId": rule["id"]}, rules=[rule]))
    assert (read.sql, read.looks_for_sql) == (int(sql), sql)


def test_bandit_looks_for_sql_and_tells_its_files_as_metrics():
    read = scan(report(tool="Bandit", properties={"metrics": {"_totals": {}, "a.py": {}, "b.py": {}}}))
    assert (read.looks_for_sql, read.files) == (True, 2)
    assert scan(report(artifacts=[{"location": {"uri": "a.py"}}])).files == 1
    assert scan(report()).files is None


def test_a_run_says_whether_it_succeeded_when_it_ended_and_of_which_commit():
    call = {"executionSuccessful": False, "endTimeUtc": "2026-03-01T10:00:00Z"}
    read = scan(report(invocations=[call], versionControlProvenance=[{"revisionId": "ABC1234"}]))
    assert (read.completed, read.finished_at, read.commit) == (False, datetime(2026, 3, 1, 10, tzinfo=UTC), "abc1234")


def test_the_commits_that_a_secret_scan_read_are_told_by_a_property_or_its_words():
    assert scan(report(properties={"commits": 12})).commits == 12
    note = {"message": {"text": "7 commits scanned."}}
    assert scan(report(invocations=[{"toolExecutionNotifications": [note]}])).commits == 7
    assert commits_in("9:00AM INF 123 commits scanned.\n9:00AM INF no leaks found") == 123
    assert commits_in("no leaks found") is None


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"{}", "is no SARIF report"),
        (b'{"version": "2.1.0", "runs": []}', "without a run"),
        (report()[:40], "cut off"),
        (b"[" * 100_000, "nested too deeply|not valid JSON"),
    ],
)
def test_what_is_no_report_is_refused_with_the_reason(content, words):
    with pytest.raises(Unreadable, match=words):
        scan(content)
