"""Conformance: answers that are as the document promises, and answers that are not."""

import json

import pytest
from readiness.answers.conformance import Answered, difference, differences
from readiness.answers.description import read

ITEM = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string", "pattern": "^[0-9]+$"}}}
DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "Fake", "version": "1"},
    "servers": [{"url": "https://fake.example/v1"}],
    "paths": {
        "/items/{id}": {
            "get": {
                "responses": {
                    "200": {
                        "description": "It",
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Item"}}},
                    },
                    "204": {"description": "Nothing"},
                    "4XX": {"description": "No", "content": {"application/problem+json": {}}},
                }
            }
        }
    },
    "components": {"schemas": {"Item": ITEM}},
}


def answered(status=200, text='{"id": "1"}', media_type="application/json", template="/v1/items/{item}"):
    return Answered("GET", template, status, media_type, text)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (answered(), ""),
        (answered(204, "", ""), ""),
        (answered(404, "{}", "application/problem+json"), ""),
        (answered(200, '{"id": 1}'), "$.id: type does not hold"),
        (answered(200, "{}"), "$: required does not hold"),
        (answered(200, "<html>"), "the body is not JSON"),
        (answered(404, "No", "text/plain"), "text/plain is not documented for status 404"),
        (answered(500, "{}"), "status 500 is not documented"),
        (answered(template="/v1/others"), None),
    ],
)
def test_how_an_answer_differs(answer, told):
    assert difference(read(json.dumps(DOCUMENT).encode()), answer) == told


async def test_answers_are_told_in_their_order_and_what_takes_too_long_is_not_told():
    document = json.loads(json.dumps(DOCUMENT))
    assert await differences(json.dumps(document).encode(), [answered(), answered(500)]) == [
        "",
        "status 500 is not documented",
    ]
    document["components"]["schemas"]["Item"]["properties"]["id"]["pattern"] = "^(([a-z])+.)+[A-Z]([a-z])+$"
    slow = answered(text=json.dumps({"id": "a" * 60}))
    assert await differences(json.dumps(document).encode(), [answered(500), slow], seconds=3) == [
        "status 500 is not documented",
        None,
    ]
