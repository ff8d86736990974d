"""Operations: templates in, requests out; answers in, named values out."""

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError
from readiness.errors import Unobservable
from readiness.operation import OPERATIONS, Operation, check
from readiness.wire.exchange import Exchange

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def answer(body="", headers=(), status=200):
    return Exchange(
        method="GET",
        url="https://api.example.com/",
        status=status,
        body=body.encode(),
        headers=headers,
        observed_at=NOW,
    )


def test_placeholders_are_filled_in_path_query_headers_and_body():
    operation = Operation(
        method="PUT",
        path="/v1/users/{id}",
        query={"as": "{name}"},
        headers={"X-API-Key": "key {key}"},
        body={"plan": "{plan}", "note": "for {name}", "list": ["{id}"]},
    )
    asked = operation.request({"id": "a/b", "name": "x y", "key": "k", "plan": "pro"})
    assert asked.path == "/v1/users/a%2Fb?as=x+y"
    assert asked.headers == {"X-API-Key": "key k", "Content-Type": "application/json"}
    assert asked.content == '{"plan": "pro", "note": "for x y", "list": ["a/b"]}'


def test_a_text_that_is_one_placeholder_keeps_the_type_of_the_value():
    operation = Operation(path="/", body={"remember": "{remember}", "rows": "{rows}"})
    assert operation.request({"remember": False, "rows": [1]}).content == '{"remember": false, "rows": [1]}'


def test_a_form_is_sent_as_a_form():
    asked = Operation(path="/", form={"pass_phrase": "{password}"}).request({"password": "a b&c"})
    assert (asked.content, asked.headers["Content-Type"]) == (
        "pass_phrase=a+b%26c",
        "application/x-www-form-urlencoded",
    )


def test_a_form_says_yes_and_no_as_json_does():
    assert Operation(path="/", form={"stay": "{remember}"}).request({"remember": True}).content == "stay=true"


def test_a_placeholder_without_a_value_stands_in_the_way():
    with pytest.raises(Unobservable, match="user needs id, which this platform did not give"):
        Operation(path="/users/{id}").request({}, "user")


def test_a_body_and_a_form_exclude_each_other():
    with pytest.raises(ValidationError, match="got both"):
        Operation(path="/", body={}, form={})


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("data.user.id", 7),
        ("items.*.id", [1, 2]),
        ("items.1.id", 2),
        ("header:location", "https://app.example.com/?code=c1&state=s"),
        ("location:code", "c1"),
        ("cookie:sid", "s1"),
    ],
)
def test_a_value_is_found_where_the_target_file_says(place, value):
    operation = Operation(path="/", answer={"id": place})
    exchange = answer(
        '{"data": {"user": {"id": 7}}, "items": [{"id": 1}, {"id": 2}]}',
        (
            ("location", "https://app.example.com/?code=c1&state=s"),
            ("set-cookie", "sid=s1; Path=/; HttpOnly"),
        ),
    )
    assert operation.found_in(exchange) == {"id": value}


@pytest.mark.parametrize(
    "place", ["data.nothing", "items.5.id", "cookie:other", "header:other", "location:other", "data.*"]
)
def test_a_value_that_is_not_there_is_left_out(place):
    exchange = answer('{"data": {"user": null}, "items": []}')
    assert Operation(path="/", answer={"id": place}).found_in(exchange) == {}


def test_an_answer_that_is_no_json_holds_nothing():
    assert Operation(path="/", answer={"id": "id", "key": "."}).found_in(answer("<p>")) == {}


def test_a_cookie_that_is_removed_is_empty():
    exchange = answer(headers=(("set-cookie", "sid=x; Max-Age=0"), ("set-cookie", "csrf=y; Max-Age=60")))
    assert exchange.cookies == {"sid": "", "csrf": "y"}


@pytest.mark.parametrize(
    ("name", "operation", "problem"),
    [
        ("sing_in", Operation(path="/"), "expected one of sign_up"),
        ("me", Operation(path="/{id}"), "placeholder 'id': expected one of none"),
        ("me", Operation(path="/", answer={"key": "key"}), "answer 'key': expected one of id"),
    ],
    ids=["name", "placeholder", "answer"],
)
def test_what_the_vocabulary_does_not_know_is_refused(name, operation, problem):
    assert problem in check({name: operation})[0]


def test_every_word_of_the_vocabulary_says_what_it_does():
    assert all(meaning.does and not meaning.does.endswith(".") for meaning in OPERATIONS.values())
