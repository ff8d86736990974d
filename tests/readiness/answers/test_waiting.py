"""Waiting: signs of being busy on a page, judged by when they came and whether they went."""

import pytest
from readiness.answers.waiting import shows_busy


@pytest.mark.parametrize(
    "snapshots",
    [
        [(0, []), (104, ["button#1 *"])],
        [(0, []), (399, ["p#1 Sending"]), (1700, ["p#1 Sent"])],
        # a page that is busy from its first line on, until its data is there
        [(0, ["main#1 *"]), (1900, [])],
        [(0, ["p#1 Welcome"]), (120, ["p#1 Welcome", "form#2 *"])],
    ],
    ids=["submit disabled", "a text just in time", "a skeleton", "beside a standing text"],
)
def test_a_sign_that_comes_or_goes_with_the_wait_is_seen(snapshots):
    assert shows_busy(snapshots, asked=100) is True


@pytest.mark.parametrize(
    "snapshots",
    [
        [],
        [(0, [])],
        [(0, ["p#1 Welcome"])],
        [(0, ["p#1 Welcome"]), (150, ["p#1 Welcome"])],
        [(0, []), (401, ["button#1 *"])],
        [(0, []), (20, ["p#1 Loading"]), (60, [])],
    ],
    ids=["nothing noted", "nothing shown", "a sign that stands", "one that is noted again", "too late", "gone before"],
)
def test_a_sign_that_says_nothing_of_the_wait_is_none(snapshots):
    assert shows_busy(snapshots, asked=100) is False
