"""Bodies: the same members as JSON and as a form, and what is read of either."""

import pytest
from readiness.body import FORM, JSON, Body


def test_members_are_written_as_json_and_as_a_form():
    members = {"mail": "a+b@example.com", "pass": "x &=y"}
    assert Body.of(members).content == '{"mail": "a+b@example.com", "pass": "x &=y"}'
    assert Body.of(members, FORM).content == "mail=a%2Bb%40example.com&pass=x+%26%3Dy"
    assert Body.of(members).headers == {"Content-Type": JSON}
    assert Body.of(members, FORM).headers == {"Content-Type": FORM}
    assert Body.of(members, FORM).members == Body.of(members).members == members


def test_a_form_says_what_is_no_text_as_json_does():
    assert Body.of({"remember": True, "count": 5}, FORM).content == "remember=true&count=5"


def test_what_has_no_members_is_no_form():
    assert Body.of(["a"], FORM) == Body('["a"]', JSON)


@pytest.mark.parametrize("body", [Body(), Body('{"mail": ', JSON), Body("[1]", JSON), Body("[" * 9_000, JSON)])
def test_what_is_no_object_has_no_members(body):
    assert body.members == {}


def test_no_body_has_no_media_type():
    assert (Body().content, Body().headers) == ("", {})
