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


def test_every_query_has_a_default_but_that_which_the_server_does_not_count():
    assert {name for name, query in Queries().model_dump().items() if not query} == {"connections_refused"}
