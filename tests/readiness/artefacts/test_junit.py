"""JUnit: test cases are counted, and what could not be collected is a failure and no test."""

from datetime import UTC, datetime

import pytest
from readiness.artefacts import Unreadable
from readiness.artefacts.junit import results, together

WHOLE = b"""<?xml version="1.0" encoding="utf-8"?>
<testsuites>
<testsuite name="pytest" errors="0" failures="1" skipped="1" tests="4" timestamp="2026-03-01T10:00:00+00:00">
<properties><property name="commit" value="ABCDEF1234567"/></properties>
<testcase classname="tests.test_a" name="test_one" time="0.1"/>
<testcase classname="tests.test_a" name="test_two[x]"><failure message="no">assert 0</failure></testcase>
<testcase classname="tests.test_a" name="test_three"><skipped message="later"/></testcase>
<testcase classname="tests.test_a.TestB" name="test_four" file="tests/test_a.py"/>
</testsuite></testsuites>"""


def test_cases_are_counted_and_the_run_names_its_commit_and_time():
    run = results(WHOLE)
    assert (run.tests, run.failures, run.skipped) == (3, 1, 1)
    assert run.commit == "abcdef1234567"
    assert run.finished_at == datetime(2026, 3, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("test", "verdict"),
    [
        ("tests.test_a.test_one", True),
        ("tests/test_a.py::test_one", True),
        ("test_one", True),
        ("one", None),
        ("tests/test_a.py::test_four", True),
        ("test_two[x]", False),
        ("test_three", None),
    ],
)
def test_a_test_is_found_by_its_name_or_the_end_of_it(test, verdict):
    assert results(WHOLE).verdict(test) is verdict


def test_a_suite_that_does_not_collect_is_a_failure_and_no_test():
    run = results(
        b'<testsuites><testsuite errors="1" tests="1"><testcase classname="" name="tests.test_a">'
        b'<error message="collection failure">ImportError</error></testcase></testsuite></testsuites>'
    )
    assert (run.tests, run.failures) == (0, 1)


def test_errors_that_only_the_totals_tell_count():
    assert results(b'<testsuite tests="0" errors="2" failures="0"/>').failures == 2


def test_a_test_that_was_repeated_until_it_passed_has_not_passed():
    case = b'<testcase classname="a" name="b">%s</testcase>'
    run = results(b"<testsuite>" + case % b"<failure/>" + case % b"" + b"</testsuite>")
    assert run.verdict("a.b") is False


def test_several_files_are_one_run_that_is_as_old_as_its_oldest_part():
    run = together([results(WHOLE), results(WHOLE.replace(b"2026-03-01", b"2026-02-01"))])
    assert (run.tests, run.failures) == (6, 2)
    assert run.finished_at == datetime(2026, 2, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (WHOLE[:300], "is not whole XML"),
        (b"<html></html>", "is no JUnit XML: it begins with <html>"),
        (b'<!DOCTYPE a [<!ENTITY b "c"><!ENTITY d "&b;&b;">]><testsuite>&d;</testsuite>', "declares entities"),
        (b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><testsuite>&b;</testsuite>', "declares entities"),
        (b"<testsuite>" * 200 + b"</testsuite>" * 200, "nested too deeply"),
    ],
    ids=["empty", "cut off", "another root", "bomb", "external", "deep"],
)
def test_what_is_no_report_is_refused_with_the_reason(content, words):
    with pytest.raises(Unreadable, match=words):
        results(content)
