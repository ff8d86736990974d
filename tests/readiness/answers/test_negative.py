"""Negative requests: made from the document alone, different from each other, the same every time."""

import asyncio
import json

import pytest
from readiness.answers.negative import CASES, Case, Described, negatives

SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["email", "password"],
    "properties": {
        "email": {"type": "string", "minLength": 5, "maxLength": 60, "pattern": "^[a-z]+@[a-z]+\\.[a-z]+$"},
        "password": {"type": "string", "minLength": 12, "maxLength": 128},
        "birthday": {"type": "string", "format": "date"},
    },
}
WORDS = {"name": "q", "in": "query", "required": True, "schema": {"type": "string", "maxLength": 20}, "example": "lost"}
ID = {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "format": "uuid"}}
PAGE = {"description": "x", "content": {"text/html": {}}}
DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "Fake", "version": "1"},
    "servers": [{"url": "https://fake.example/v1"}],
    "paths": {
        "/people": {
            "post": {
                "requestBody": {"required": True, "content": {"application/json": {"schema": SCHEMA}}},
                "responses": {"202": {"description": "x"}},
            }
        },
        "/visits": {
            "post": {
                "requestBody": {"content": {"application/x-www-form-urlencoded": {"schema": SCHEMA}}},
                "responses": {"200": {"description": "x"}},
            }
        },
        "/words": {"get": {"parameters": [WORDS], "responses": {"200": PAGE}}},
        "/people/{id}": {"delete": {"parameters": [ID], "responses": {"204": {"description": "x"}}}},
    },
}  # fmt: skip
BODY = json.dumps(DOCUMENT).encode()


@pytest.fixture(scope="module")
def made():
    return {(one.method, one.template): one for one in asyncio.run(negatives(BODY))}


def test_every_operation_is_found_below_the_path_of_its_server(made):
    written = {("POST", "/v1/people"), ("POST", "/v1/visits"), ("DELETE", "/v1/people/{id}")}
    assert set(made) == written | {("GET", "/v1/words")}
    assert made["GET", "/v1/words"].media == ("text/html",)
    assert made["POST", "/v1/people"].takes == "application/json"
    assert made["GET", "/v1/words"].takes == ""


def test_bodies_break_one_rule_each_and_different_ones(made):
    cases = made["POST", "/v1/people"].cases
    assert 5 <= len(cases) <= CASES
    assert len({case.what for case in cases}) >= 5
    bodies = [json.loads(case.body.content) for case in cases if case.body.content]
    assert any(isinstance(body, dict) and "email" not in body for body in bodies)


def test_an_operation_that_takes_a_form_gets_forms(made):
    visits = made["POST", "/v1/visits"]
    assert visits.takes == "application/x-www-form-urlencoded"
    assert visits.strings == ("body email", "body password", "body birthday")
    sent = [case.body for case in visits.cases]
    assert len(sent) >= 4
    assert {body.media for body in sent} == {"application/x-www-form-urlencoded"}
    assert any("password" not in body.members for body in sent)
    assert any(len(body.members.get("password", "")) == 129 for body in sent)


def test_a_format_alone_makes_no_body_invalid(made):
    assert not [
        case for case in made["POST", "/v1/people"].cases if case.what.startswith("birthday: Value not matching")
    ]


def test_parameters_are_turned_wrong_too(made):
    assert any(len(case.path) > len("/v1/words?q=") + 20 for case in made["GET", "/v1/words"].cases)
    assert all(case.path.startswith("/v1/people/") for case in made["DELETE", "/v1/people/{id}"].cases)


def test_what_the_document_allows_is_there_with_its_examples(made):
    words, people = made["GET", "/v1/words"], made["POST", "/v1/people"]
    assert words.address() == "/v1/words?q=lost"
    assert words.address(query={"q": "a b"}) == "/v1/words?q=a+b"
    assert words.strings == ("query q",)
    assert people.strings == ("body email", "body password", "body birthday")
    assert set(people.body) >= {"email", "password"}


async def test_the_same_document_gives_the_same_requests(made):
    assert {(one.method, one.template): one for one in await negatives(BODY)} == made


@pytest.mark.parametrize("body", [b"<html>", b"{}", b'{"openapi": "3.1.0", "paths": {"/a": {"$ref": "other.json"}}}'])
async def test_what_is_no_document_of_its_own_gives_nothing(body):
    assert await negatives(body) == []


async def test_nothing_is_left_in_the_working_directory(tmp_path, monkeypatch, state_folder):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HYPOTHESIS_STORAGE_DIRECTORY", raising=False)
    assert await negatives(BODY)
    assert list(tmp_path.iterdir()) == []
    assert any(state_folder.rglob("*"))


async def test_what_takes_too_long_is_stopped():
    assert await negatives(BODY, seconds=0.01) == []


def test_a_path_is_known_whatever_its_parameters_are_called():
    assert Described("GET", "/a/{id}/b").key == Described("GET", "/a/{user_id}/b").key
    assert Described("GET", "/a/{id}", path={"id": "x/y"}).address() == "/a/x%2Fy"
    assert Case("x", "/a").body.headers == {}
