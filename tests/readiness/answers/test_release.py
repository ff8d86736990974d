"""Releases: what runs is told from what is named elsewhere, in whatever form a commit or version is written."""

from datetime import UTC, datetime

import pytest
from readiness.answers.release import release, same
from readiness.wire.exchange import Exchange


def answer(body: bytes, *headers: tuple[str, str]) -> Exchange:
    return Exchange(
        method="GET", url="http://a/", status=200, body=body, headers=headers, observed_at=datetime.now(UTC)
    )


def test_a_release_is_read_from_body_and_headers():
    found = release(answer(b'{"Version": 7, "git": {"commit_sha": "ab"}, "status": "ok"}', ("x-release", "r1")))
    assert found == {"version": "7", "commit_sha": "ab", "x-release": "r1"}
    assert release(answer(b"[" * 10_000)) == {}


COMMIT = "3f1c9a7e5b2d4f6081a3c5e7f9b1d3f507192b3d"


@pytest.mark.parametrize(
    ("name", "running", "agrees"),
    [
        (COMMIT, COMMIT[:7], True),
        (f"api@{COMMIT[:12]}", COMMIT, True),
        ("api@1.4.0+77", "1.4.0", True),
        ("v1.4.0", "1.4.0", True),
        (COMMIT, COMMIT[:6], False),
        ("1.4.0", "1.4.0.1", False),
        (COMMIT, COMMIT[::-1], False),
    ],
)
def test_one_release_may_be_written_in_several_ways(name, running, agrees):
    assert same(name, answer(b'{"version": "%s"}' % running.encode())) is agrees


def test_where_the_platform_names_no_release_nothing_can_be_said():
    assert same(COMMIT, answer(b'{"status": "ok"}')) is None
