"""Differences: what breaks whoever relies on the older document is told, what only adds is not."""

import copy

import pytest
from readiness.answers.description import Description
from readiness.artefacts.differences import breaking

PERSON = {
    "type": "object",
    "required": ["id"],
    "properties": {
        "id": {"type": "integer"},
        "name": {"type": "string"},
        "kind": {"type": "string", "enum": ["a", "b"]},
    },
}
BEFORE = {
    "openapi": "3.1.0",
    "components": {"schemas": {"Person": PERSON}},
    "paths": {
        "/v1/people/{id}": {
            "get": {
                "parameters": [
                    {"in": "path", "name": "id", "required": True, "schema": {"type": "string"}},
                    {"in": "query", "name": "sort", "schema": {"type": "string", "enum": ["up", "down"]}},
                ],
                "responses": {
                    "200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Person"}}}}
                },
            }
        },
        "/v1/people": {
            "post": {
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Person"}}}},
                "responses": {"201": {}},
            }
        },
    },
}


def changed(change):
    after = copy.deepcopy(BEFORE)
    change(after, after["paths"]["/v1/people/{id}"]["get"], after["paths"]["/v1/people"]["post"])
    return breaking(Description(BEFORE), Description(after))


def split(after, **members):
    """A schema of its own for answers, so that a change of it is none of what is taken."""
    answer = copy.deepcopy(PERSON)
    answer["properties"] |= members
    after["paths"]["/v1/people/{id}"]["get"]["responses"]["200"]["content"]["application/json"]["schema"] = answer
    return answer


def demand(operation, **parameter):
    operation["parameters"].append({"in": "query", "name": "q", "required": True, **parameter})


def narrow(operation):
    operation["parameters"][1]["schema"] = {"type": "string", "enum": ["up"]}


def require(document, *names):
    document["components"]["schemas"]["Person"]["required"] = list(names)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda d, g, p: d["paths"].pop("/v1/people"), "POST /v1/people is gone"),
        (lambda d, g, p: g["responses"].clear(), "GET /v1/people/{id}: answer 200 is gone"),
        (lambda d, g, p: demand(g), "query parameter q is demanded now"),
        (lambda d, g, p: g["parameters"][1].update(required=True), "query parameter sort is demanded now"),
        (lambda d, g, p: narrow(g), "parameter sort does not take down any more"),
        (lambda d, g, p: g.update(security=[{"bearer": []}]), "credentials are demanded now"),
        (lambda d, g, p: p["requestBody"].update(required=True), "a body is demanded now"),
        (lambda d, g, p: require(d, "id", "name"), "body.name is demanded now"),
        (lambda d, g, p: split(d)["properties"].pop("name"), "answer 200.name is gone"),
        (lambda d, g, p: split(d).update(required=[]), "answer 200.id may be absent now"),
        (lambda d, g, p: split(d, id={"type": "string"}), "answer 200.id may be string now"),
        (lambda d, g, p: split(d, id={"type": ["integer", "null"]}), "answer 200.id may be null now"),
    ],
)
def test_what_breaks_is_told(change, told):
    assert told in " | ".join(changed(change))


@pytest.mark.parametrize(
    "change",
    [
        lambda d, g, p: None,
        lambda d, g, p: d["paths"].update({"/v1/more": {"get": {"responses": {"200": {}}}}}),
        lambda d, g, p: d["paths"].update({"/v1/people/{person}": d["paths"].pop("/v1/people/{id}")}),
        lambda d, g, p: g["parameters"].append({"in": "query", "name": "q"}),
        lambda d, g, p: split(d, more={"type": "string"}),
        lambda d, g, p: g["responses"].update({"404": {}}),
        lambda d, g, p: d["components"]["schemas"]["Person"]["properties"].update(more={"type": "string"}),
    ],
)
def test_what_only_adds_breaks_nothing(change):
    assert changed(change) == []


def test_schemas_that_hold_themselves_come_to_an_end():
    tree = {"type": "object", "properties": {"child": {"$ref": "#/components/schemas/Person"}}}
    document = copy.deepcopy(BEFORE)
    document["components"]["schemas"]["Person"] = tree
    assert breaking(Description(document), Description(document)) == []
