"""Grants: what is missing, what it would settle by itself, and that most points come first."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from readiness.assessment import Parameters, assess
from readiness.evidence import frame
from readiness.grants import grants
from readiness.target import Target

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CRITERIA = {
    "security.one": ["a.flag"],
    "security.two": ["b.flag"],
    "data.both": ["a.flag", "b.flag"],
    "data.broken": ["c.flag"],
    "api.failing": ["a.flag", "d.flag"],
}


@pytest.fixture
def missing(catalogue_of, gates_of, row):
    """`missing(a="sources.x", …)`: the grants where these flags want these permissions; `d` is false."""

    def ask(**permissions):
        catalogue = catalogue_of(
            {name: {"criteria": [{"fact": fact, "is": True} for fact in facts]} for name, facts in CRITERIA.items()}
        )
        gates = gates_of({"security": (60, 0), "data": (30, 0), "api": (10, 0)})
        target = Target.model_validate(
            {"name": "one", "title": "One", "production": "http://127.0.0.1"}, context={"folder": Path()}
        )
        rows = [row(f"{name}.flag", permission=needs, reason="not granted") for name, needs in permissions.items()]
        evidence = frame([*rows, row("d.flag", False)])
        return grants(assess(evidence, Parameters(target, catalogue, gates, [], []), NOW), "alpha")

    return ask


def test_what_would_settle_most_points_comes_first(missing):
    found = missing(a="sources.y", b="sources.x")
    assert [(one.permission, one.points) for one in found] == [("sources.x", 30), ("sources.y", 30)]
    (both,) = missing(a="sources.x", b="sources.x")
    assert both.points == 75
    assert both.facts == ("a.flag", "b.flag")


def test_a_requirement_that_needs_more_is_only_helped(missing):
    first, second = missing(a="sources.y", b="sources.x")
    assert (first.settles, first.helps) == (("security.two",), ("data.both",))
    assert (second.settles, second.helps) == (("security.one",), ("data.both",))


def test_what_is_not_known_for_another_reason_is_no_matter_of_a_grant(missing):
    (one,) = missing(a="sources.x", c="")
    assert "data.broken" not in one.settles + one.helps


def test_a_requirement_that_fails_anyway_is_not_waited_for(missing):
    (one,) = missing(a="sources.x")
    assert "api.failing" not in one.settles + one.helps


def test_nothing_is_missing_where_everything_is_known(missing):
    assert missing() == []
