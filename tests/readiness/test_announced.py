"""Announced criteria: judged and shown before their day, and counted from it on."""

from datetime import UTC, datetime, timedelta

import pytest
from readiness.assessment import Parameters
from readiness.errors import BadInput
from readiness.judge import judge

DAY = datetime(2026, 3, 2, tzinfo=UTC)
CRITERIA = [{"fact": "a.flag", "is": True}, {"fact": "b.count", "at_least": 5, "from": DAY.date()}]


@pytest.fixture
def found(catalogue_of, evidence_of):
    def ask(now, criteria=CRITERIA, **values):
        catalogue = catalogue_of({"security.one": {"criteria": criteria}})
        evidence = evidence_of({"a.flag": True, **values}, observed_at=now - timedelta(hours=1))
        findings = judge(evidence, catalogue, now=now, partial_credit=0.5)
        return findings[findings["stage"] == "alpha"].iloc[0]

    return ask


def test_until_its_day_it_is_shown_with_what_it_says_and_costs_nothing(found):
    finding = found(DAY - timedelta(seconds=1), **{"b.count": 3})
    assert (finding["status"], finding["floor"]) == ("met", 1)
    assert finding["reason"] == "its one criterion holds; from 2026-03-02 on: b.count is 3, expected at least 5"


def test_from_the_first_moment_of_its_day_on_it_counts(found):
    finding = found(DAY, **{"b.count": 3})
    assert (finding["status"], finding["floor"]) == ("unmet", 0)
    assert finding["reason"] == "b.count is 3, expected at least 5"


def test_one_that_holds_says_so_and_gives_nothing(found):
    finding = found(DAY - timedelta(days=1), **{"b.count": 7})
    assert finding["reason"].endswith("from 2026-03-02 on: b.count holds")


def test_one_that_could_not_be_looked_at_leaves_nothing_unknown_before_its_day(found):
    before, after = (found(day, **{"b.count": None}) for day in (DAY - timedelta(days=1), DAY))
    assert (before["status"], before["ceiling"]) == ("met", 1)
    assert (after["status"], after["floor"], after["ceiling"]) == ("unknown", 0, 1)


def test_a_requirement_cannot_be_announced_whole(params):
    path = params / "catalog" / "data.yaml"
    text = path.read_text(encoding="utf-8").replace("is: true}", "is: true, from: 2030-01-01}")
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match=r"data\.yaml:\d+: criteria: expected one that counts already at alpha"):
        Parameters.load("one", params)


def test_a_day_that_is_none_is_refused_with_its_line(params):
    path = params / "catalog" / "data.yaml"
    text = path.read_text(encoding="utf-8").replace("{beta: 5}}", "{beta: 5}, from: soon}")
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match=r"data\.yaml:14: requirements\.0\.criteria\.1\.from"):
        Parameters.load("one", params)


def test_the_digest_tells_a_catalogue_with_an_announced_criterion_apart(catalogue_of):
    plain = catalogue_of({"security.one": {"criteria": CRITERIA[:1]}})
    assert plain.digest != catalogue_of({"security.one": {"criteria": CRITERIA}}).digest
