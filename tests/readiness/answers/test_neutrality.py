from datetime import UTC, datetime

import pytest
from readiness.answers.neutrality import difference
from readiness.wire.exchange import Exchange


def answer(body, status=200, headers=(), kind="application/json"):
    return Exchange(
        method="POST",
        url="https://api.example.com/forgot",
        status=status,
        headers=(("content-type", kind), *headers),
        body=body.encode(),
        observed_at=datetime(2026, 3, 2, tzinfo=UTC),
    )


def told(known, unknown):
    return difference({"ana@example.com": known}, {"ben@example.com": unknown})


def test_answers_that_only_vary_tell_nothing():
    known = [answer(f'{{"id": "{n}", "say": "sent to ana@example.com"}}') for n in (1, 2)]
    unknown = [answer(f'{{"id": "{n}", "say": "sent to ben@example.com"}}') for n in (3, 4)]
    assert told(known, unknown) == ""


@pytest.mark.parametrize(
    ("unknown", "what"),
    [
        (answer('{"say": "sent"}', status=404), "status: 200 for a known address, 404 for an unknown one"),
        (answer('{"say": "no such"}'), "body say: sent for a known address, no such for an unknown one"),
        (answer("{}"), "body say: sent for a known address, absent for an unknown one"),
        (answer('{"say": "sent"}', headers=[("set-cookie", "a=b")]), "header set-cookie: absent for a known address"),
        (answer("sent", kind="text/plain"), "body say: sent for a known address, absent"),
    ],
    ids=["status", "text", "member", "header", "type"],
)
def test_what_is_the_same_in_all_of_a_kind_tells_it(unknown, what):
    assert told([answer('{"say": "sent"}')] * 2, [unknown] * 2).startswith(what)


def test_something_that_only_one_kind_has_tells_it_though_it_varies():
    known = [answer(f'{{"ticket": {n}}}') for n in (1, 2)]
    assert told(known, [answer("{}")] * 2) == "body ticket: only in answers for a known address"


def test_how_much_of_a_limit_is_left_tells_nothing():
    known, unknown = ([answer("{}", headers=[("x-ratelimit-remaining", str(n)), ("date", str(n))])] for n in (4, 3))
    assert told(known, [*unknown, answer("{}")]) == ""


def test_text_is_compared_without_the_address():
    known, unknown = ([answer(f"<p>Sent to {name}@example.com</p>", kind="text/html")] for name in ("ana", "ben"))
    assert told(known, unknown) == ""
    assert told(known, [answer("<p>Nobody</p>", kind="text/html")]).startswith("body: <p>Sent to …</p>")
