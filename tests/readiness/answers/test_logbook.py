"""Logbooks: what makes a line a record, under whatever names."""

import json

import pytest
from readiness.answers.logbook import examine

FIELDS = {
    "time": ["time", "@timestamp"],
    "level": ["level", "log.level"],
    "message": ["message"],
    "service": ["service.name"],
    "request_id": ["request_id"],
    "trace_id": ["trace_id"],
}
GOOD = {"time": 1, "level": "info", "message": "ok", "service": {"name": "api"}, "request_id": "r-1"}


def book(*lines):
    return examine([line if isinstance(line, str) else json.dumps(line) for line in lines], FIELDS)


def test_a_record_has_every_field_under_one_of_its_names():
    flat = GOOD | {"service": None, "service.name": "api", "trace_id": "t-1"}
    found = book(GOOD, flat)
    assert (found.lines, found.structured, found.traced, found.leaking) == (2, 2, 1, 0)


@pytest.mark.parametrize(
    "line",
    [
        "2026-03-02 INFO signed in",
        '"a text"',
        "[1, 2]",
        "{",
        "[" * 100_000,
        GOOD | {"request_id": ""},
        GOOD | {"level": None},
        GOOD | {"service": "api"},
        {name: value for name, value in GOOD.items() if name != "message"},
    ],
)
def test_what_lacks_one_is_no_record(line):
    found = book(line)
    assert (found.lines, found.structured) == (1, 0)


def test_secrets_are_counted_by_line_and_by_kind_however_deep_they_are():
    quoted = GOOD | {"message": 'body {"password": "hunter2"}', "detail": [{"to": "anna@example.com"}]}
    found = book(quoted, GOOD, "plain password=hunter2")
    assert found.leaking == 2
    assert found.kinds == {"credential": 2, "e-mail address": 1}
    assert "hunter2" not in str(found)
