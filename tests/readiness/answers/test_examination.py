"""The examination: whole documents, in their own process, stopped when they take too long."""

import json

from readiness.answers.description import Description
from readiness.answers.examination import PATHS, examine, findings


def document(**more):
    media = {"schema": {"$ref": "#/components/schemas/A"}}
    schema = {"type": "object", "properties": {"a": {"type": "integer"}}, "example": {"a": 1}}
    operation = {
        "summary": "Make",
        "requestBody": {"content": {"application/json": media}},
        "responses": {
            "200": {
                "description": "x",
                "content": {"application/json": media},
            },
            "400": {"description": "x"},
        },
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "Fake", "version": "1"},
        "paths": {"/v1/a": {"post": operation}},
        "components": {"schemas": {"A": schema}},
    } | more


def body(value):
    return json.dumps(value).encode()


def in_here(value):
    return {name: found for one in findings(Description(value)) for name, found in one.items()}


async def test_a_sound_document_passes():
    found = await examine(body(document()))
    assert found["valid"] is True
    assert found["published"] is True
    assert (found["title"], found["paths"], found["operations"]) == ("Fake", ["/v1/a"], 1)
    assert found["versioned_pct"] == 100
    assert found["examples_invalid"] == 0
    shares = ("with_examples_pct", "with_summary_pct", "with_errors_pct", "write_operations_typed_pct")
    assert [found[name] for name in shares] == [100.0] * 4


def test_a_document_that_breaks_the_specification_is_not_valid():
    assert in_here(document(info={}))["valid"] is False


def test_examples_that_do_not_fit_are_counted_in_both_dialects():
    schemas = {"A": {"type": "object", "properties": {"a": {"$ref": "#/components/schemas/B"}}, "example": {"a": "x"}}}
    schemas |= {"B": {"type": "integer"}}
    for version in ("3.0.3", "3.1.0"):
        found = in_here(document(openapi=version, components={"schemas": schemas}))
        assert found["examples_invalid"] == 1, version


def test_an_example_whose_schema_cannot_be_used_neither_fits_nor_fails():
    for unusable in ({"type": "strange"}, {"$ref": "#/components/schemas/Missing"}, {"pattern": "("}):
        schemas = {"A": {**unusable, "example": "x"}}
        assert "examples_invalid" not in in_here(document(components={"schemas": schemas})), unusable
        schemas["B"] = {"type": "integer", "example": "x"}
        assert in_here(document(components={"schemas": schemas}))["examples_invalid"] == 1


async def test_the_declared_routes_belong_to_no_version():
    get = {"get": {"responses": {"200": {"description": "x"}}}}
    text = body(document(paths={"/v1/a": get, "/alive": get}))
    assert (await examine(text))["versioned_pct"] == 50
    assert (await examine(text, ["/alive"]))["versioned_pct"] == 100


def test_paths_are_told_up_to_a_number_and_all_operations_are_counted():
    get = {"get": {"responses": {"200": {"description": "x"}}}}
    found = next(findings(Description(document(paths={f"/v1/{number}": get for number in range(PATHS + 1)}))))
    assert len(found["paths"]) == PATHS
    assert found["operations"] == PATHS + 1


async def test_half_a_character_in_a_document_is_not_quoted():
    info, trap = {"title": "Fake \ud800", "version": "1"}, {"$ref": "http://127.0.0.1:1/\udfff"}
    found = await examine(body(document(info=info, components={"schemas": {"A": trap}})))
    assert (found["title"], found["foreign"]) == ("Fake ?", "http://127.0.0.1:1/?")


async def test_a_document_that_takes_long_to_read_is_stopped_before_anything_is_known():
    assert await examine(b"openapi: 3.1.0\nx: [" + b"{a: b}, " * 240_000 + b"]\n", seconds=1) == {}


def test_a_reference_to_another_document_is_not_followed():
    found = in_here(document(components={"schemas": {"A": {"$ref": "http://127.0.0.1:1/a.json"}}}))
    assert "valid" not in found
    assert found["operations"] == 1


async def test_a_document_made_to_take_for_ever_is_stopped_and_what_was_found_stays():
    trap = {"type": "string", "pattern": "^(a+)+$", "example": "a" * 60 + "!"}
    found = await examine(body(document(components={"schemas": {"A": trap}})), seconds=3)
    assert found["operations"] == 1
    assert "examples_invalid" not in found


async def test_what_is_no_document_finds_nothing():
    assert await examine(b"<html>") == {"published": False}
