"""The OpenAPI description: what counts as documented, typed, an operation, a document at all."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from readiness.answers.description import Description, read
from readiness.answers.examination import findings


def described(operation, method="get", **more):
    document = {"openapi": "3.1.0", "info": {"title": "Fake", "version": "1"}, "paths": {"/v1/x": {method: operation}}}
    return Description(document | more)


def only(description):
    (operation,) = description.operations
    return operation


def answers(media=None, code="200", **components):
    content = {} if media is None else {"content": {"application/json": media}}
    return described({"responses": {code: {"description": "x", **content}}}, components={"schemas": components})


@pytest.mark.parametrize(
    ("description", "shown"),
    [
        (answers({"example": {"a": 1}}), True),
        (answers({"examples": {"one": {"value": 1}}}), True),
        (answers({"schema": {"example": 1}}), True),
        (answers({"schema": {"$ref": "#/components/schemas/A"}}, A={"examples": [1]}), True),
        (answers({"schema": {"$ref": "#/components/schemas/A"}}, A={"properties": {"x": {"examples": [1]}}}), True),
        (answers({"schema": {"items": {"example": 1}}}), True),
        (answers(None, "204"), True),
        (answers(None, "205"), True),
        (answers(None, "303"), True),
        (answers(None, "200"), False),
        (answers(None, "201"), False),
        (answers(None, "default"), False),
        (described({"responses": {"200": {"description": "OK"}, "204": {"description": "None"}}}), False),
        (described({"responses": {"200": {"description": "OK"}}}, "head"), True),
        (answers({"schema": {}}), False),
        (answers({"examples": {}}), False),
        (answers({"schema": {"properties": {"x": {"examples": [1]}, "y": {}}}}), False),
        (answers({"schema": {"$ref": "#/components/schemas/A"}}, A={"$ref": "#/components/schemas/A"}), False),
        (answers({"example": 1}, "404"), False),
        (described({}), False),
    ],
)
def test_an_example_of_a_successful_answer(description, shown):
    assert description.has_example(only(description)) is shown


@pytest.mark.parametrize(
    ("codes", "documented"),
    [
        (["200", "404"], True),
        (["200", "4XX"], True),
        (["200", "default"], True),
        (["200"], False),
        (["default"], False),
    ],
)
def test_errors_are_documented(codes, documented):
    description = described({"responses": {code: {"description": "x"} for code in codes}})
    assert description.has_errors(only(description)) is documented


@pytest.mark.parametrize(
    ("schema", "typed"),
    [
        ({"properties": {"a": {"type": "string"}, "b": {"$ref": "#/components/schemas/A"}, "c": {"enum": [1]}}}, True),
        ({"$ref": "#/components/schemas/A"}, True),
        ({"allOf": [{"$ref": "#/components/schemas/A"}]}, True),
        ({"type": "array", "items": {"type": "string"}}, True),
        ({"type": "object", "additionalProperties": {"type": "string"}}, True),
        ({"properties": {"a": {"type": "string"}, "b": {}}}, False),
        ({"type": "object"}, False),
        ({"type": ["object", "null"]}, False),
        ({"type": ["object", "null"], "properties": {"a": {"type": "string"}}}, True),
        ({"type": ["string", "null"]}, True),
        ({}, False),
        (None, False),
        ({"$ref": "#/components/schemas/Missing"}, False),
    ],
)
def test_a_body_is_typed_when_every_member_is(schema, typed):
    body = {"content": {"application/json": {"schema": schema}}}
    members = {"A": {"properties": {"x": {"type": "integer"}}}}
    description = described({"requestBody": body}, "post", components={"schemas": members})
    assert description.is_typed(only(description)) is typed


def test_operations_that_read_and_those_without_json_or_a_form_have_no_body_to_type():
    upload = {"requestBody": {"content": {"multipart/form-data": {}}}}
    for description in (described({}, "get"), described({}, "post"), described(upload, "post")):
        assert description.is_typed(only(description)) is None


@pytest.mark.parametrize(("members", "typed"), [({"a": {"type": "string"}}, True), ({"a": {}}, False)])
def test_a_form_is_a_body_as_well(members, typed):
    schema = {"type": "object", "properties": members}
    form = {"application/x-www-form-urlencoded": {"schema": schema}}
    description = described({"requestBody": {"content": form}}, "post")
    assert description.is_typed(only(description)) is typed
    assert description.bodies(only(description)) == ("application/x-www-form-urlencoded", [schema])
    both = described({"requestBody": {"content": {**form, "application/json": {"schema": schema}}}}, "post")
    assert both.bodies(only(both)) == ("application/json", [schema])


def test_the_path_of_the_first_server_belongs_to_every_path():
    assert only(described({}, servers=[{"url": "https://fake.example/api"}])).path == "/api/v1/x"


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"{}", b"[]", b'{"openapi": "2.0"}', b"[" * 100_000, b"a: &a [*a]\nopenapi: 3.1.0\n"]
)
def test_what_is_no_document_is_none(body):
    assert read(body) is None


def test_yaml_is_read_too():
    description = read(
        b"openapi: 3.0.3\ninfo: {title: Fake, version: '1'}\npaths: {/x: {get: {responses: {200: {}}}}}\n"
    )
    assert description is not None and description.title == "Fake"
    assert only(description).method == "get"


def test_another_document_is_noticed():
    assert described({"x": [{"$ref": "https://evil.example/x.json"}]}).foreign() == "https://evil.example/x.json"
    assert described({"x": {"$ref": "#/components/x"}}).foreign() == ""


_words = st.sampled_from(["get", "post", "responses", "200", "content", "schema", "$ref", "properties", "#/paths", "x"])
_json = st.recursive(
    st.none() | st.booleans() | st.integers() | _words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_words, inner, max_size=3),
    max_leaves=20,
)


@settings(max_examples=40)
@given(_json, _json)
def test_documents_of_any_shape_are_judged_without_an_error(paths, components):
    description = read(json.dumps({"openapi": "3.1.0", "paths": paths, "components": components}).encode())
    assert description is not None
    for operation in description.operations:
        description.has_example(operation), description.has_errors(operation), description.is_typed(operation)
    next(findings(description))


def test_a_document_nested_without_end_is_no_document():
    assert read(b"openapi: " + b"[" * 100_000) is None
