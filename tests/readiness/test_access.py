"""Rows of the matrix of access, and which documented operation each is."""

import pytest
from pydantic import ValidationError
from readiness.access import Access, names


@pytest.mark.parametrize(
    ("declared", "method", "path", "same"),
    [
        ("GET /users/{own}", "get", "/users/{id}", True),
        ("GET /users/42", "get", "/users/{id}", True),
        ("GET /users/{own}?deep=1", "get", "/users/{id}", True),
        ("GET /users/{own}.json", "get", "/users/{id}.json", True),
        ("GET /users/{own}", "get", "/users/{id}.json", False),
        ("GET /users/{own}", "put", "/users/{id}", False),
        ("GET /users/{own}/keys", "get", "/users/{id}", False),
        ("GET /users/me", "get", "/users/me", True),
        ("GET /users/{own}", "get", "/users/me", False),
    ],
)
def test_a_row_names_an_operation_of_the_document(declared, method, path, same):
    assert names(declared, method, path) is same


def test_a_row_expects_what_it_says_of_each_role():
    row = Access.model_validate({"operation": "GET /me", "nobody": 401, "user": [200, 204]})
    assert row.expected == {"nobody": (401,), "user": (200, 204)}
    assert (row.method, row.path) == ("GET", "/me")


@pytest.mark.parametrize(
    "row", [{"operation": "/me"}, {"operation": "GET /me", "user": 500}, {"operation": "FETCH /me"}]
)
def test_a_row_that_makes_no_sense_is_refused(row):
    with pytest.raises(ValidationError):
        Access.model_validate(row)
