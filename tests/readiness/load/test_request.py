"""Requests: made of templates, with what shows who asks, and never more than one."""

import pytest
from readiness.errors import Unobservable
from readiness.load.assignment import Assignment, Step
from readiness.load.request import Maker
from readiness.operation import Operation


def made(operation, values=None, held=None, *, signed_in=False, **keys):
    step = Step("mine", operation, signed_in)
    assignment = Assignment("http://127.0.0.1:1", (step,), **keys)
    return Maker(assignment, step).request(values or {}, held or {}).decode()


def test_a_request_of_nobody_shows_nothing():
    text = made(Operation(method="GET", path="/a"), {"access": "t"}, {"sid": "1"}, session={"X-Who": "{access}"})
    assert text.startswith("GET /a HTTP/1.1\r\nHost: 127.0.0.1:1\r\nUser-Agent: readiness-load\r\n")
    assert "X-Who" not in text
    assert "Cookie" not in text


def test_a_request_of_a_user_shows_what_the_platform_gave():
    session = {"Authorization": "Bearer {access}", "X-CSRF": "{csrf}"}
    text = made(
        Operation(method="GET", path="/a"),
        {"access": "t"},
        {"sid": "1", "b": "2"},
        signed_in=True,
        session=session,
        cookies=True,
    )
    assert "Authorization: Bearer t\r\n" in text
    assert "Cookie: sid=1; b=2\r\n" in text
    assert "X-CSRF" not in text  # the platform gave none


def test_a_body_is_json_and_a_value_stays_within_its_place():
    text = made(Operation(path="/u/{id}", body={"email": "{email}"}), {"id": "a/../b c", "email": 'x"y'})
    assert text.startswith("POST /u/a%2F..%2Fb%20c HTTP/1.1\r\n")
    assert text.endswith(('{"email":"x\\"y"}', '{"email": "x\\"y"}'))


def test_a_value_that_is_missing_is_said_to_be():
    with pytest.raises(Unobservable, match="mine needs id"):
        made(Operation(path="/u/{id}"))


@pytest.mark.parametrize("bad", ["a\r\nX: 1", "a\nX: 1", "a\rX: 1", "\ud800"])
def test_a_value_that_no_header_can_hold_is_refused_wherever_it_is_from(bad):
    for operation, keys in (
        (Operation(method="GET", path="/", headers={"X": "{key}"}), {}),
        (Operation(method="GET", path="/"), {"session": {"X": "{key}"}}),
        (Operation(method="GET", path="/"), {"cookies": True}),
    ):
        with pytest.raises(Unobservable, match="mine"):
            made(operation, {"key": bad}, {"sid": bad}, signed_in=True, **keys)


def test_only_requests_that_change_nothing_twice_may_be_sent_again():
    for method, again in {"GET": True, "PUT": True, "DELETE": True, "POST": False, "PATCH": False}.items():
        step = Step("mine", Operation(method=method, path="/"))
        assert Maker(Assignment("http://127.0.0.1", (step,)), step).again is again
