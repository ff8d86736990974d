"""The allowance: what headers tell of a rate limit, in the forms that are in use."""

from datetime import UTC, datetime

import pytest
from readiness.answers.allowance import advertised, announces
from readiness.wire.exchange import Exchange


def answer(**headers):
    told = tuple((name.replace("_", "-").lower(), value) for name, value in headers.items())
    return Exchange(
        method="GET", url="http://a/", status=200, headers=told, observed_at=datetime(2026, 3, 2, tzinfo=UTC)
    )


@pytest.mark.parametrize(
    ("headers", "limit"),
    [
        ({"X_RateLimit_Limit": "40", "X_RateLimit_Remaining": "39"}, 40),
        ({"X_Rate_Limit_Limit": "40", "X_Rate_Limit_Remaining": "39"}, 40),
        ({"RateLimit_Limit": "10, 10;w=1, 50;w=60", "RateLimit_Remaining": "9"}, 10),
        ({"RateLimit": "limit=10, remaining=9, reset=5"}, 10),
        ({"RateLimit_Policy": '"default";q=100;w=60', "RateLimit": '"default";r=50;t=30'}, 100),
        ({"RateLimit": '"default";r=50;t=30'}, None),
    ],
)
def test_a_limit_is_read_in_every_form_that_is_in_use(headers, limit):
    assert advertised(answer(**headers)) == limit
    assert announces(answer(**headers))


@pytest.mark.parametrize("headers", [{}, {"X_RateLimit_Limit": "many"}, {"X_RateLimit_Limit": ""}])
def test_headers_without_a_number_tell_nothing(headers):
    assert advertised(answer(**headers)) is None
    assert not announces(answer(**headers))
