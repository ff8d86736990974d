"""The Markdown summary says the decision, and what a target said stays text."""

import re

from readiness.export.markdown import MOST, safe, text

from .conftest import HOSTILE


def test_it_says_decision_categories_and_what_is_not_known(results):
    told = text(results)
    assert "**beta: ? undetermined**, score 50.0–100.0 of 100, 50 needed" in told
    assert "### Unknown, 10 requirements" in told
    assert told.count("| Security |") == 1
    assert len(told) < 20_000


def test_hostile_text_makes_no_markup(results):
    told = text(results)
    assert "<" not in told
    assert not re.search(r"(?<!\\)[`\[]", told)
    assert "@everyone" not in told and "http://evil" not in told
    assert not re.search(r"^(# heading|- item|::error)", told, re.M)
    tables = [row for row in told.splitlines() if row.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in tables} <= {5, 6}


def test_special_characters_are_written_so_that_they_are_shown():
    assert safe("a_b|c<d>&") == r"a\_b\|c&lt;d&gt;&amp;"
    assert "\n" not in safe(HOSTILE)


def test_a_waived_requirement_says_so(results):
    assert "? Sound (waived): " in text(results)


def test_long_lists_are_cut_with_their_number(results_of, monkeypatch):
    monkeypatch.setattr("readiness.export.markdown.MOST", 3)
    assert MOST > 3
    assert "- and 7 more, which the report lists" in text(results_of(False, 1))
