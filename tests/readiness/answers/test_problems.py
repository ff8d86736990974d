"""Documented error codes, found in every place where an OpenAPI document may show them."""

import pytest
from readiness.answers.description import Description
from readiness.answers.problems import MOST, Problem, problems, tells, unknown


def described(*media, status="422", kind="application/problem+json"):
    paths = {f"/{i}": {"post": {"responses": {status: {"content": {kind: one}}}}} for i, one in enumerate(media)}
    return Description({"openapi": "3.1.0", "paths": paths})


@pytest.mark.parametrize(
    "media",
    [
        {"example": {"code": "too_long", "detail": "It is too long."}},
        {"examples": {"long": {"value": {"error_code": "too_long"}}}},
        {"schema": {"example": {"error": "too_long"}}},
        {"schema": {"properties": {"code": {"enum": ["too_long"]}}}},
        {"schema": {"properties": {"code": {"const": "too_long"}}}},
        {"example": {"error": {"code": "too_long"}}},
        {"example": {"errors": [{"code": "too_long"}]}},
    ],
    ids=["example", "examples", "schema example", "enum", "const", "nested", "listed"],
)
def test_a_code_is_found_where_it_is_documented(media):
    found = problems(described(media))
    assert [(one.code, one.status) for one in found] == [("too_long", 422)]


def test_a_code_is_listed_once_and_the_list_is_bounded():
    media = [{"example": {"code": f"code_{i % 80}"}} for i in range(160)]
    found = problems(described(*media))
    assert len(found) == len({one.code for one in found}) == MOST


@pytest.mark.parametrize(
    ("media", "status", "kind"),
    [
        ({"example": {"code": "fine"}}, "200", "application/json"),
        ({"example": {"code": "any"}}, "default", "application/json"),
        ({"example": "code"}, "400", "text/plain"),
        ({"example": {"code": 17}}, "400", "application/json"),
        ({"schema": {"properties": []}}, "400", "application/json"),
        ({"examples": [1]}, "400", "application/json"),
    ],
    ids=["a success", "no status", "no JSON", "a number", "odd schema", "odd examples"],
)
def test_what_is_no_error_code_is_left_out(media, status, kind):
    assert problems(described(media, status=status, kind=kind)) == []


WRONG = Problem("wrong_password", 401, "application/json", {"code": "wrong_password", "detail": "It is wrong."})
FALLBACK = "That did not work."


@pytest.mark.parametrize("text", ["The password is wrong.", "Error wrong_password: try again", "Пароль неверен"])
def test_a_text_of_its_own_tells_a_person_what_is_wrong(text):
    assert tells(text, WRONG, FALLBACK)


@pytest.mark.parametrize("text", ["", "wrong_password", "Error: wrong_password", "401", FALLBACK])
def test_a_bare_code_or_what_is_said_of_anything_tells_nothing(text):
    assert not tells(text, WRONG, FALLBACK)


def test_of_a_failing_server_there_is_no_more_to_say_than_of_anything():
    assert tells(FALLBACK, Problem("internal", 500, "application/json", {}), FALLBACK)


def test_an_unknown_problem_has_another_code_and_another_text():
    made = unknown(WRONG)
    assert made.body["code"] == made.code != WRONG.code
    assert made.body["detail"] != WRONG.body["detail"]
