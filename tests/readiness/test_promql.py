"""PromQL: labels stand in selectors as they are, whatever is in them."""

import pytest
from readiness.promql import Queries, matchers


@pytest.mark.parametrize(
    ("labels", "text"),
    [
        ({}, ""),
        ({"job": "api", "env": "prod"}, 'job="api", env="prod"'),
        ({"job": 'a"b\\c\nd'}, r'job="a\"b\\c\nd"'),
    ],
)
def test_labels_are_quoted(labels, text):
    assert matchers(labels) == text


def test_every_query_has_a_default():
    assert all(Queries().model_dump().values())
