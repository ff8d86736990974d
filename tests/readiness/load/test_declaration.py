"""What a target file says of load: refused in a line where it cannot be meant."""

from datetime import timedelta

import pytest
from pydantic import ValidationError
from readiness.load.declaration import JourneyStep, Load, LoadTest


def test_by_default_nothing_is_granted():
    load = Load()
    assert (load.rate, load.users, load.until, load.journeys, load.executor) == (None, None, None, {}, "")


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"journeys": {"a": [{}]}}, "one of operation and get"),
        ({"journeys": {"a": [{"get": "/", "operation": "me"}]}}, "one of operation and get"),
        ({"journeys": {"a": []}}, "at least 1"),
        ({"rate": 0}, "greater than 0"),
        ({"rate": 1e9}, "less than or equal"),
        ({"users": -1}, "greater than 0"),
        ({"executor": "http://x"}, "pattern"),
        ({"abort": 101}, "less than or equal"),
        ({"until": "soon"}, "date"),
        ({"forever": True}, "unknown key"),
    ],
    ids=str,
)
def test_what_cannot_be_meant_is_refused(keys, words):
    with pytest.raises(ValidationError, match=words):
        Load.model_validate(keys)


def test_times_are_written_as_elsewhere():
    assert JourneyStep.model_validate({"get": "/", "think": "1s"}).think == timedelta(seconds=1)
    assert Load.model_validate({"timeout": "2s"}).timeout == timedelta(seconds=2)


@pytest.mark.parametrize("keys", [{}, {"rate": 1, "users": 1}])
def test_a_test_has_a_rate_or_users(keys):
    with pytest.raises(ValidationError, match="one of rate and users"):
        LoadTest.model_validate(keys)
