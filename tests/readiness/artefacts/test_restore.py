"""Restores: what was compared is compared again; a job's word that it succeeded is not asked for."""

import json
from datetime import UTC, datetime

import pytest
from readiness.artefacts import Unreadable
from readiness.artefacts.restore import restore

WHOLE = {
    "backup": {"taken_at": "2026-03-01T02:00:00Z"},
    "started_at": "2026-03-01T04:00:00Z",
    "finished_at": "2026-03-01T04:12:00Z",
    "rows": {"users": {"expected": 120, "restored": 120}, "audit": {"expected": 0, "restored": 0}},
    "checksums": {"users": {"expected": "ab12", "restored": "ab12"}},
    "revision": {"expected": "0003", "restored": "0003"},
}


def read(**changes):
    return restore(json.dumps({**WHOLE, **changes}).encode())


def test_a_restore_that_brought_everything_back_has_no_faults():
    told = read()
    assert (told.faults, told.minutes, told.finished_at) == ((), 12, datetime(2026, 3, 1, 4, 12, tzinfo=UTC))


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"rows": {"users": {"expected": 120, "restored": 119}}}, "rows.users is not what it was"),
        ({"rows": {"users": {"expected": 0, "restored": 0}}}, "rows are all 0"),
        ({"rows": {}}, "rows were not compared"),
        ({"rows": {"users": {"expected": 120}}}, "rows.users was not compared"),
        ({"checksums": {}}, "checksums were not compared"),
        ({"checksums": {"users": {"expected": "", "restored": ""}}}, "checksums.users was not compared"),
        ({"revision": {"expected": "0003", "restored": "0002"}}, "revision is not what it was"),
        ({"revision": None}, "revision was not compared"),
        ({"rows": "all good"}, "rows were not compared"),
    ],
)
def test_what_differs_or_was_not_compared_is_a_fault(changes, fault):
    assert fault in " | ".join(read(**changes).faults)


@pytest.mark.parametrize("content", [b"backup.sh not found, skipping", b'{"succeeded": true}', b"[]", b"{"])
def test_a_log_or_a_word_is_no_report(content):
    with pytest.raises(Unreadable, match=r"is no report|is not valid JSON"):
        restore(content)
