"""Schemas: what they let one ask."""

import pytest
from graphql import build_schema, introspection_from_schema, parse, validate
from readiness.answers.graph import Circle, addresses, circle, endless, leaves, schema_of

PEOPLE = """
type Query { me: Person person(id: ID!): Person search(words: String!): [Person] count: Int }
type Person { id: ID! eMail: String friends: [Person] friend(id: ID!): Person card: Card }
type Card { number: Int owner: Person }
"""


def read(text):
    return schema_of(introspection_from_schema(build_schema(text)))


@pytest.mark.parametrize("answer", [None, {}, {"__schema": None}, {"__schema": {"types": 5}}, "text"])
def test_what_holds_no_schema_is_none(answer):
    assert schema_of(answer) is None


def test_the_nearest_circle_without_arguments_is_found():
    assert circle(read(PEOPLE)) == Circle(("me",), ("friends",))


def test_a_circle_makes_valid_queries_of_any_depth():
    schema = read("type Query { me: A } type A { b: B } type B { a: A }")
    found = circle(schema)
    for depth in (1, 4, 30):
        query = found.query(depth)
        assert validate(schema, parse(query)) == []
        assert query.count("{") == depth + 1
    assert found.turned(1) == "{me{b{a{__typename}}}}"


def test_a_circle_that_takes_arguments_is_endless_and_not_found():
    schema = read("type Query { me: A } type A { next(id: ID!): A }")
    assert circle(schema) is None
    assert endless(schema)


def test_a_circle_through_a_union_is_endless():
    schema = read("type Query { me: A } type A { one: Either } union Either = A | B type B { n: Int }")
    assert endless(schema)


def test_a_schema_that_comes_to_an_end_is_not_endless():
    schema = read("type Query { me: A } type A { b: B } type B { n: Int }")
    assert circle(schema) is None
    assert not endless(schema)


def test_addresses_are_asked_for_where_nothing_or_an_id_alone_is_wanted():
    schema = read(PEOPLE)
    found = addresses(schema, "7")
    assert found == ["{me{eMail}}", '{person(id: "7"){eMail}}']
    assert all(validate(schema, parse(query)) == [] for query in found)
    assert addresses(schema, "") == ["{me{eMail}}"]


def test_an_address_a_few_fields_away_is_found():
    text = "type Query { viewer: V } type V { account: A } type A { email_address: String }"
    assert addresses(read(text), "") == ["{viewer{account{email_address}}}"]


def test_leaves_are_the_values_of_an_answer():
    assert list(leaves({"a": [{"b": 1}, {"b": None}], "c": {"d": "x"}})) == [1, "x"]
