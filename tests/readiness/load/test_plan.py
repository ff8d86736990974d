"""Plans: what cannot be is refused in a line, and nothing but loopback is loaded without a grant that covers it."""

from datetime import UTC, date, datetime

import pytest
from readiness.errors import BadInput
from readiness.load.plan import PER_WORKER, Plan, Slo, plan_for, plan_for_address, refusal

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
GRANT = {"rate": 100, "users": 20, "until": date(2026, 3, 2)}
JOURNEYS = {
    "browse": [{"get": "/a"}, {"get": "/b", "think": "2s"}],
    "account": [{"operation": "sign_in"}, {"operation": "me", "think": "1s"}],
    "rule": [{"operation": "users"}],
}
OPERATIONS = {
    "sign_in": {"path": "/visits", "body": {"email": "{email}"}, "answer": {"access": "token"}},
    "me": {"method": "GET", "path": "/me"},
    "users": {"method": "GET", "path": "/users"},
}


def plan(**keys):
    return plan_for_address("http://203.0.113.1:8000/a?b=c", **{"rate": 10.0, **keys})


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"rate": None}, "either a rate or a number of users"),
        ({"users": 5}, "either a rate or a number of users"),
        ({"rate": 0.0}, "expected a rate above 0"),
        ({"rate": float("nan")}, "expected a rate above 0"),
        ({"rate": float("inf")}, "expected a rate above 0"),
        ({"rate": -5.0}, "expected a rate above 0"),
        ({"rate": None, "users": 0}, "1 to 100000 users"),
        ({"ramp_from": -5.0}, "ramp"),
        ({"ramp_from": float("nan")}, "ramp"),
        ({"ramp_from": 200_000.0}, "ramp"),
        ({"rate": None, "users": 5, "ramp_from": 1.0}, "ramp"),
        ({"seconds": 0.5}, "duration from 1s"),
        ({"seconds": 1e6}, "duration from 1s"),
        ({"warm_up_s": -1.0}, "warm-up"),
        ({"workers": 65}, "at most 64 workers"),
        ({"workers": -1}, "at most 64 workers"),
    ],
    ids=str,
)
def test_what_cannot_be_is_refused(keys, words):
    with pytest.raises(BadInput, match=words):
        plan(**keys)


@pytest.mark.parametrize("slo", [(0, 1), (float("nan"), 1), (500, 0), (500, 101), (500, float("nan"))], ids=str)
def test_what_cannot_hold_is_refused(slo):
    with pytest.raises(BadInput, match="expected a p99"):
        Slo(*slo)


def test_an_address_is_a_journey_of_its_own():
    made = plan()
    assert (made.target, made.address, made.journey) == ("203.0.113.1", "http://203.0.113.1:8000", "GET /a")
    assert [step.operation.path for step in made.steps] == ["/a?b=c"]
    assert not made.accounts


def test_a_journey_is_that_of_the_target_file(target_of):
    target = target_of("https://shop.example", load={"journeys": JOURNEYS}, operations=OPERATIONS)
    first = plan_for(target, rate=5.0)
    assert (first.journey, [step.name for step in first.steps]) == ("browse", ["GET /a", "GET /b"])
    assert (first.think_s, first.accounts, first.target, first.address) == (2, False, "fake", "https://shop.example")
    other = plan_for(target, journey="account", users=5)
    assert other.accounts
    assert [(step.name, step.signed_in) for step in other.steps] == [("sign_in", False), ("me", True)]


def test_without_a_journey_it_is_the_health_route(target_of):
    target = target_of("https://shop.example", load={"timeout": "3s", "abort": 20})
    made = plan_for(target, rate=5.0)
    assert (made.journey, made.steps[0].operation.path) == ("health", target.routes.health)
    assert (made.timeout_s, made.abort_pct) == (3, 20)


@pytest.mark.parametrize(
    ("journey", "words"), [("none", "expected one of: browse, account, rule"), ("rule", "administrators alone")]
)
def test_a_journey_that_is_not_there_or_not_for_users_is_refused(target_of, journey, words):
    target = target_of("https://shop.example", load={"journeys": JOURNEYS}, operations=OPERATIONS)
    with pytest.raises(BadInput, match=words):
        plan_for(target, journey=journey, rate=5.0)


@pytest.mark.parametrize(
    ("keys", "permissions", "asked", "reason"),
    [
        (GRANT, ["load"], {}, ""),
        (GRANT, [], {}, "load is not granted"),
        ({**GRANT, "until": None}, ["load"], {}, "load is granted without an end"),
        ({**GRANT, "until": date(2026, 3, 1)}, ["load"], {}, "the grant of load ended on 2026-03-01"),
        (GRANT, ["load"], {"rate": 100.5}, "100.5 requests a second: at most 100 are granted"),
        (GRANT, ["load"], {"ramp_from": 101.0}, "101 requests a second: at most 100 are granted"),
        ({**GRANT, "rate": None}, ["load"], {}, "10 requests a second: none are granted"),
        ({**GRANT, "rate": None}, ["load"], {"rate": None, "users": 20}, ""),
        (GRANT, ["load"], {"rate": None, "users": 20}, "20 users may send any number of requests a second"),
        (GRANT, ["load"], {"rate": None, "users": 21}, "21 users: at most 20 are granted"),
        ({**GRANT, "users": None}, ["load"], {"rate": None, "users": 1}, "1 users: none are granted"),
    ],
    ids=str,
)
def test_what_the_target_file_does_not_grant_is_refused(target_of, keys, permissions, asked, reason):
    target = target_of("https://shop.example", permissions=permissions, load=keys)
    said = refusal(plan(**asked), target, loopback=False, now=NOW)
    assert said.startswith(reason)
    assert bool(said) is bool(reason)
    assert refusal(plan(**asked), target, loopback=True, now=NOW) == ""


def test_an_address_alone_is_loaded_on_loopback_only():
    assert "needs a target file" in refusal(plan(), None, loopback=False, now=NOW)
    assert refusal(plan(), None, loopback=True, now=NOW) == ""


def test_there_is_a_worker_for_each_so_many_but_not_more_than_cores():
    assert [plan(rate=rate).crew_size(4) for rate in (1.0, PER_WORKER, PER_WORKER + 1.0, 90_000.0)] == [1, 1, 2, 4]
    assert plan(rate=None, users=3 * PER_WORKER).crew_size(4) == 3
    assert plan(workers=7).crew_size(2) == 7


def test_the_warm_up_is_at_the_rate_that_the_measured_part_begins_with():
    made = plan(rate=50.0, ramp_from=10.0, warm_up_s=3.0, seconds=20.0).assignment()
    assert [(ramp.seconds, ramp.start, ramp.end) for ramp in made.ramps] == [(3, 10, 10), (20, 10, 50)]
    assert len(plan(warm_up_s=0.0).assignment().ramps) == 1
    assert plan(rate=None, users=5).assignment().ramps == ()


def test_another_load_is_the_same_otherwise():
    assert plan(seconds=5.0).at(70) == plan(rate=70, seconds=5.0)
    assert plan(rate=None, users=5).at(6.4) == plan(rate=None, users=6)


def test_secrets_are_in_no_text_of_an_assignment():
    assert "s3cret" not in repr(plan().assignment(headers={"X-Key": "s3cret"}))
    assert isinstance(plan(), Plan)
