"""Evaluation: each question is asked once, and answered of every target alike."""

import numpy as np
import pandas as pd
import pytest
from readiness.evaluation import FAILS, HOLDS, OPEN, Questions, answer, located
from readiness.evidence import frame

from .conftest import NOW

pytestmark = pytest.mark.filterwarnings("error")


@pytest.fixture
def questions(catalogue_of):
    """Three questions of seven criteria: an age limit of its own makes another one."""
    return Questions.by(
        catalogue_of(
            {
                "security.a_one": {"criteria": [{"fact": "a.b", "is": True}, {"fact": "a.n", "at_least": 2}]},
                "security.b_one": {"criteria": [{"fact": "a.n", "at_least": 2, "max_age": "1h"}], "stage": "ga"},
            }
        ).criteria
    )


def test_what_several_criteria_ask_is_one_question(questions):
    assert list(questions.facts) == ["a.b", "a.n"]
    assert sorted(questions.asked["fact"]) == ["a.b", "a.n", "a.n"]
    assert len(questions.of) == 7
    assert (questions.asked["fact"].iloc[questions.of].to_numpy() == ["a.b", "a.n"] * 3 + ["a.n"]).all()


def test_every_target_is_answered_in_the_order_of_their_names(questions, row):
    evidence = frame([row("a.n", 2, target="two"), row("a.n", 1, target="one"), row("a.b", True, target="other")])
    answers = answer(evidence, questions, NOW, ["two", "none", "one"])
    says = {fact: list(said) for fact, said in zip(questions.asked["fact"], answers.says, strict=True)}
    assert says == {"a.b": [OPEN, OPEN, OPEN], "a.n": [HOLDS, OPEN, FAILS]}
    numbers = np.append(evidence["number"].to_numpy(float, na_value=np.nan), np.nan)
    assert list(numbers[answers.place[-1]])[::2] == [2, 1]


def test_two_rows_of_one_target_and_fact_are_refused(questions, row):
    with pytest.raises(ValueError, match="one row of evidence for each target and fact"):
        answer(frame([row("a.n", 2), row("a.n", 3)]), questions, NOW, ["one"])


def test_what_is_none_of_the_others_has_no_place():
    assert list(located(pd.Series(["b", "x", None, "a"], dtype="str"), ["a", "b"])) == [1, -1, -1, 0]
    assert len(located(pd.Series([], dtype="str"), ["a"])) == 0
