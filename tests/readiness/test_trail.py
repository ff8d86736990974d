"""Events of an audit log: whose they are, what they lack, and when they were."""

from datetime import UTC, datetime, timedelta

import pytest
from readiness.accounts import Reply
from readiness.errors import Unobservable
from readiness.trail import PARTS, Event, events, moment
from readiness.wire.exchange import Exchange

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ACCOUNT = {"person-1", "a@example.com"}
WHOLE = {"actor": "person-1", "action": "x", "target": "key-1", "address": "203.0.113.7", "time": AT.isoformat()}
DESCRIBED = {name: f"*.{name}" for name in PARTS}


def reply(**values):
    return Reply("audit", Exchange(method="GET", url="http://127.0.0.1/", status=200, observed_at=AT), values)


def test_a_whole_event_lacks_nothing():
    assert Event(**WHOLE, result="done").lacks("sign_in", ACCOUNT, AT) == []


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("actor", "person-2"),
        ("target", None),
        ("address", "unknown"),
        ("address", None),
        ("time", (AT + timedelta(hours=1)).isoformat()),
        ("time", "lately"),
        ("result", ""),
    ],
)
def test_what_is_not_there_or_cannot_be_right_is_lacking(part, value):
    event = Event(**{**WHOLE, "result": "done", part: value})
    assert event.lacks("api_key_create", ACCOUNT, AT) == [part]


def test_nobody_signs_up_so_the_target_may_name_the_account_alone():
    event = Event(**{**WHOLE, "result": "done", "actor": None, "target": "person-1"})
    assert event.of(ACCOUNT)
    assert event.lacks("sign_up", ACCOUNT, AT) == []
    assert event.lacks("api_key_create", ACCOUNT, AT) == ["actor"]


@pytest.mark.parametrize("value", ["2026-03-02T09:00:00Z", "2026-03-02T10:00:00+01:00", "2026-03-02T09:00:00"])
def test_times_are_iso_8601_or_seconds_or_milliseconds(value):
    assert moment(value) == moment(AT.timestamp()) == moment(AT.timestamp() * 1000) == AT


@pytest.mark.parametrize("value", [None, True, "", "soon", 1e30, []])
def test_anything_else_is_no_time(value):
    assert moment(value) is None


def test_events_are_put_together_from_their_parts():
    columns = {name: [f"{name} 1", None] for name in PARTS}
    first, second = events(reply(**columns), DESCRIBED)
    assert (first.actor, first.result, second) == ("actor 1", "result 1", Event())
    assert events(reply(), DESCRIBED) == []


def test_parts_that_do_not_belong_together_or_are_nowhere_say_nothing():
    with pytest.raises(Unobservable, match="cannot be told apart"):
        events(reply(actor=["a"], action=["b", "c"]), DESCRIBED)
    with pytest.raises(Unobservable, match="does not say where its events hold result"):
        events(reply(), {name: place for name, place in DESCRIBED.items() if name != "result"})
