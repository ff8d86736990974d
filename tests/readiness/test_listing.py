"""The daily check as text."""

import click
import pytest
from readiness.assessment import Parameters, assess
from readiness.judge import STATUSES
from readiness.listing import EXIT_CODES, MARKS, interval, listing

from .conftest import NOW


@pytest.fixture
def listed(params, evidence_of):
    def run(values, stage="alpha", **keys):
        assessment = assess(evidence_of({"x.y": True, **values}), Parameters.load("one", params), NOW)
        return click.unstyle(listing(assessment, stage, **keys)).splitlines()

    return run


def test_each_dimension_lists_its_findings_and_the_verdict_stands_last(listed):
    lines = listed({"a.flag": True})
    assert lines[:3] == ["Infrastructure", "  ✓ Sound", ""]
    assert lines[-1] == "alpha: go  score 100.0 of 100, 50 needed"


def test_what_fails_and_what_is_unknown_say_why(listed):
    lines = listed({"a.flag": False})
    assert "  ✗ Sound: a.flag is false, expected true" in lines
    assert any(line.startswith("  blocks: 0.0 points in total, 50 needed") for line in lines)
    lines = listed({})
    assert "  ? Sound: a.flag is not known: not observed in this run" in lines
    assert lines[-2:] == [
        "alpha: undetermined  score 0.0–100.0 of 100, 50 needed",
        "  2 more demands are not settled; evidence is missing",
    ]


def test_what_was_asked_of_the_target_is_told_with_what_was_allowed_and_what_is_left(listed):
    account = {"requests": 120, "accounts": 4, "left": []}
    lines = listed({"a.flag": True}, account=account)
    assert lines[-1] == "  asked: 120 of 3000 requests, 4 test accounts made, none left behind"
    lines = listed({"a.flag": True}, account=account | {"left": ["test+r1-3@example.com"]})
    assert lines[-2:] == [
        "  asked: 120 of 3000 requests, 4 test accounts made, 1 left behind",
        "  The run could not remove what it made: test+r1-3@example.com. `readiness cleanup` tries again.",
    ]


def test_only_the_chosen_dimensions_are_listed(listed):
    lines = listed({"a.flag": True}, dimensions=iter(["data", "api"]))
    assert [line for line in lines if line and not line.startswith((" ", "alpha"))] == ["Data", "Api"]


def test_a_reason_is_one_line_of_the_width_and_moves_no_cursor(listed, params):
    chapter = params / "catalog" / "api.yaml"
    chapter.write_text(chapter.read_text().replace("Sound", "Sound " + "x" * 200))
    assert max(map(len, listed({"a.flag": False}, width=60))) <= 60


def test_what_a_target_sent_moves_no_cursor(params, evidence_of):
    evidence = evidence_of({"a.flag": None}, reason="\x1b[2Jall\r\nfine\u202e")
    text = listing(assess(evidence, Parameters.load("one", params), NOW), "alpha")
    assert "\x1b[2J" not in text and "\r" not in text and "\u202e" not in text


def test_waivers_in_force_are_printed_side_by_side(params, evidence_of):
    (params / "waivers" / "one.yaml").write_text(
        "waivers:\n  - {requirement: security.sound, reason: the edge filters it, approved_by: Head of security,\n"
        "     approved_on: 2026-03-01, expires_on: 2026-03-02}\n"
    )
    assessment = assess(evidence_of({"a.flag": False}), Parameters.load("one", params), NOW)
    lines = click.unstyle(listing(assessment, "alpha")).splitlines()
    assert "  ✗ Sound (waived): a.flag is false, expected true" in lines
    assert "  with waivers: no-go, 10.0" in lines


def test_every_status_has_a_mark_and_every_verdict_a_code():
    assert set(MARKS) == set(STATUSES)
    assert sorted(EXIT_CODES.values()) == [0, 1, 2]
    assert (interval(1, 1), interval(1, 2.25)) == ("1.0", "1.0–2.2")
