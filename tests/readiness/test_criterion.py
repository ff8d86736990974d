"""Criteria: one operator on one fact, with a threshold for each stage."""

import pytest
from readiness.criterion import Criterion


def criterion(**keys):
    return Criterion.model_validate(keys)


def test_one_threshold_stands_for_every_stage():
    item = criterion(fact="a.b", at_most=5)
    assert (item.operator, [item.threshold(stage) for stage in ("alpha", "beta", "ga")]) == ("at_most", [5, 5, 5])


def test_a_later_stage_inherits_and_an_earlier_one_does_not_apply_it():
    item = criterion(fact="a.b", at_least={"beta": 80})
    assert [item.threshold(stage) for stage in ("alpha", "beta", "ga")] == [None, 80, 80]


def test_false_and_zero_are_thresholds():
    assert criterion(fact="a.b", **{"is": False}).threshold("alpha") is False
    assert criterion(fact="a.b", at_most=0).threshold("alpha") == 0


def test_what_nothing_observes_yet_is_told_in_words():
    item = criterion(awaits={"beta": "an audit"})
    assert (item.operator, item.threshold("alpha"), item.threshold("ga")) == ("awaits", None, "an audit")


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ({}, "expected a fact, or awaits with a text"),
        ({"at_least": 1}, "expected a fact, or awaits with a text"),
        ({"fact": "a.b"}, "got none"),
        ({"fact": "a.b", "is": None}, "got none"),
        ({"fact": "a.b", "at_least": 1, "at_most": 2}, "expected exactly one of .* got at_least, at_most"),
        ({"fact": "a.b", "awaits": "x"}, "got both"),
        ({"awaits": " "}, "awaits: expected a text"),
        ({"awaits": True}, "awaits: expected a text"),
        ({"fact": "a.b", "at_least": "5"}, "at_least: expected a number, got '5'"),
        ({"fact": "a.b", "at_least": True}, "at_least: expected a number, got True"),
        ({"fact": "a.b", "at_most": float("inf")}, "at_most: expected a number, got inf"),
        ({"fact": "a.b", "at_most": float("nan")}, "at_most: expected a number, got nan"),
        ({"fact": "a.b", "at_most": {"gamma": 1}}, "expected stages alpha, beta, ga, got 'gamma'"),
        ({"fact": "a.b", "at_most": {}}, "at_most: expected a number, got nothing"),
        ({"fact": "a.b", "is": 1}, "is: expected true, false or a text, got 1"),
        ({"fact": "a.b", "one_of": []}, "one_of: expected a list of texts"),
        ({"fact": "a.b", "one_of": [1]}, "one_of: expected a list of texts"),
        ({"fact": "a.b", "atleast": 1}, "did you mean 'at_least'"),
    ],
)
def test_a_criterion_that_cannot_be_judged_is_refused(keys, told):
    with pytest.raises(ValueError, match=told):
        criterion(**keys)
