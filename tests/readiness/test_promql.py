"""PromQL: labels stand in selectors as they are, whatever is in them."""

import pytest
from readiness.errors import Unobservable
from readiness.promql import Queries, history, matchers
from readiness.survey import context_of

from .sources.conftest import vendor as vendor


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


async def test_a_history_has_one_series_and_values_that_are_numbers(vendor, target_of, now):
    answers = {
        "one": [[1, "2"], [2, "NaN"], [3, "+Inf"], [4, "5.5"]],
        "odd": [["now"]],
    }

    def query_range(request, body):
        query = request.query_params["query"]
        if query == "refused":
            return 400, {"status": "error", "error": "parse error"}
        result = [{"metric": {}, "values": answers[query]}] if query in answers else []
        return {"status": "success", "data": {"resultType": "matrix", "result": result}}

    _, base = vendor({"GET /query_range": query_range})
    target = target_of("http://127.0.0.1:9", sources={"prometheus": {"base": base, "labels": {"job": "api"}}})
    async with context_of(target, lambda: now) as context:
        api = await context.supply.connection("prometheus", context)
        assert await history(api, "one", 1, 4, 1) == [(1, 2), (4, 5.5)]
        for query, reason in (("none", "has 0 series"), ("odd", "else than samples"), ("refused", "parse error")):
            with pytest.raises(Unobservable, match=reason):
                await history(api, query, 1, 4, 1)
