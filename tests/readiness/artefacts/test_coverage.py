"""Coverage: lines of all files as a whole, whatever a report claims in its head."""

import json
from datetime import UTC, datetime

import pytest
from readiness.artefacts import Unreadable
from readiness.artefacts.coverage import coverage, together

COBERTURA = b"""<?xml version="1.0"?>
<!DOCTYPE coverage SYSTEM 'http://cobertura.sourceforge.net/xml/coverage-04.dtd'>
<coverage line-rate="1.0" lines-valid="4" lines-covered="4" timestamp="1772355600000"><packages><package><classes>
<class filename="a.py"><methods><method><lines><line number="1" hits="1"/></lines></method></methods>
<lines><line number="1" hits="1"/><line number="2" hits="0"/></lines></class>
<class filename="b.py"><lines><line number="1" hits="3"/><line number="7" hits="0"/></lines></class>
</classes></package></packages></coverage>"""
LCOV = b"TN:\nSF:src/a.js\nDA:1,1\nDA:2,0\nend_of_record\nSF:src/b.js\nDA:1,4\nend_of_record\n"
SUMMARY = {"num_statements": 10, "covered_lines": 7, "excluded_lines": 2}
JSON = {"meta": {"timestamp": "2026-03-01T10:00:00"}, "files": {"a.py": {"summary": SUMMARY}}, "totals": {}}


@pytest.mark.parametrize(
    ("content", "pct", "lines", "files"),
    [(COBERTURA, 50.0, 4, 2), (LCOV, 66.67, 3, 2), (json.dumps(JSON).encode(), 70.0, 10, 1)],
    ids=["Cobertura", "LCOV", "coverage.py"],
)
def test_lines_are_counted_over_all_files(content, pct, lines, files):
    read = coverage(content)
    assert (read.pct, read.lines, read.files) == (pct, lines, files)


def test_a_report_says_when_it_was_made_and_what_it_leaves_out():
    assert coverage(COBERTURA).finished_at == datetime(2026, 3, 1, 9, tzinfo=UTC)
    read = coverage(json.dumps(JSON).encode())
    assert (read.excluded, read.finished_at) == (2, datetime(2026, 3, 1, 10, tzinfo=UTC))


def test_several_reports_are_one():
    whole = together([coverage(COBERTURA), coverage(LCOV)])
    assert (whole.covered, whole.lines, whole.files) == (4, 7, 4)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "neither Cobertura XML nor LCOV"),
        (COBERTURA[:500], "is not whole XML"),
        (LCOV[:40], "is cut off"),
        (json.dumps(JSON).encode()[:60], "cut off"),
        (b"a poem", "neither Cobertura XML nor LCOV"),
        (b'<coverage line-rate="0.9"/>', "counts no line of code"),
        (b'{"files": {}, "meta": {}}', "counts no line of code"),
        (b'{"coverage": 90}', "no JSON report of coverage.py"),
        (b"SF:a\nDA:x,y\nend_of_record", "line of LCOV that cannot be read"),
    ],
)
def test_what_is_no_whole_report_is_refused_with_the_reason(content, words):
    with pytest.raises(Unreadable, match=words):
        coverage(content)
